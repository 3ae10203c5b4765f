"""One photo of a student: decoded, its face found and measured, aligned; or refused."""

import math
from dataclasses import dataclass

from services.recognizer.alignment import Image, Template, aligned
from services.recognizer.enrolment.checks import Measured, Refusal, refusal_of
from services.recognizer.settings import EnrolmentSection
from shared import images, metrics
from shared.errors import Invalid
from shared.events import Quality
from shared.face import BoxPx, Face
from shared.image_header import BadImage
from shared.landmarks import Landmarker
from shared.quality import light, measure

_SEARCH_WIDTH_PX = 1280
"""Larger photos are scaled down before the face is looked for: the finder sees 192 pixels of them anyway."""


@dataclass(frozen=True)
class GoodPhoto:
    """A photo that can become a template."""

    photo_id: str
    chip: Image
    quality: Quality


class PhotoReader:
    """From a photo's bytes to an aligned face."""

    def __init__(self, landmarker: Landmarker, template: Template, needed: EnrolmentSection) -> None:
        self._landmarker = landmarker
        self._template = template
        self._needed = needed

    def read(self, photo_id: str, data: bytes) -> GoodPhoto | Refusal:
        """Return the aligned face, or what to change about the photo.

        Raises:
            Unavailable: the landmark model failed.
        """
        try:
            picture = images.fit_width(images.decode(data, max_pixels=self._needed.photo_max_pixels), _SEARCH_WIDTH_PX)
        except BadImage as error:
            metrics.IMAGES_REFUSED.labels("enrolment", error.code).inc()
            return Refusal("image_too_large" if error.code == "too_large" else "not_an_image", str(error))
        faces = sorted(self._landmarker.find(picture), key=lambda face: face.box.width, reverse=True)
        if not faces:
            return Refusal("no_face", "no face was found in the photo")
        return self._judged(photo_id, picture, faces)

    def _judged(self, photo_id: str, picture: Image, faces: list[Face]) -> GoodPhoto | Refusal:
        measured = measured_of(picture, faces)
        refusal = refusal_of(measured, self._needed)
        if refusal is not None:
            return refusal
        try:
            return GoodPhoto(photo_id, aligned(picture, faces[0].points, self._template), measured.quality)
        except Invalid as error:
            return Refusal("no_face", str(error))


def measured_of(picture: Image, faces: list[Face]) -> Measured:
    """Measure the first of `faces`, which are sorted from the widest."""
    largest = faces[0]
    return Measured(
        quality=measure(picture, largest),
        unevenness=light(picture, largest).unevenness,
        eye_aspect=max(largest.ear_left, largest.ear_right),
        second_face_share=max((face.box.width for face in _rivals(picture, faces)), default=0.0) / largest.box.width,
    )


def _rivals(picture: Image, faces: list[Face]) -> list[Face]:
    """Return the other faces that might be the one that is meant: not cut off by the edge, or nearer the middle."""
    height, width = picture.shape[:2]

    def off_middle(face: Face) -> float:
        return math.hypot(face.box.centre.x - width / 2, face.box.centre.y - height / 2)

    def whole(box: BoxPx) -> bool:
        return box.x >= 0 and box.y >= 0 and box.x + box.width <= width and box.y + box.height <= height

    return [face for face in faces[1:] if whole(face.box) or off_middle(face) < off_middle(faces[0])]
