"""Where each network wants the eyes, nose and mouth, and the similarity transform that puts them there.

One template per network, all here. A template is in pixels of the network's own input, measured as the
landmarks measure: the eyes' middles, the tip or the base of the nose, the corners of the mouth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.errors import Invalid
from shared.events import FacePoints

Image = NDArray[np.uint8]
"""Shape (height, width, 3), BGR."""
Points = NDArray[np.float64]
"""Shape (n, 2), x and y in pixels."""


@dataclass(frozen=True)
class Template:
    """A network's input size, and where in it the named points of `FacePoints` belong."""

    width_px: int
    height_px: int
    places: Mapping[str, tuple[float, float]]

    @property
    def corners(self) -> Points:
        """The places as an array, in the order of their names."""
        return np.array(list(self.places.values()), dtype=np.float64)

    def points_of(self, face: FacePoints) -> Points:
        """The same points of one face."""
        return np.array([getattr(face, name) for name in self.places], dtype=np.float64)


def _five(width_px: int, height_px: int, eyes_nose_mouth: tuple[tuple[float, float], ...]) -> Template:
    names = ("left_eye", "right_eye", "nose_tip", "mouth_left", "mouth_right")
    return Template(width_px, height_px, MappingProxyType(dict(zip(names, eyes_nose_mouth, strict=True))))


def _scaled(
    places: Mapping[str, tuple[float, float]], scale: float, shift: tuple[float, float]
) -> dict[str, tuple[float, float]]:
    return {name: (x * scale + shift[0], y * scale + shift[1]) for name, (x, y) in places.items()}


def _dlib_chip(size_px: int = 150, padding: float = 0.25) -> Template:
    """The chip of dlib: the mean five-point face of its trainer in the unit square, with padding around it."""
    unit = {
        "right_eye_outer": (0.8595674595992, 0.2134981538014),
        "right_eye_inner": (0.6460604764104, 0.2289674387677),
        "left_eye_outer": (0.1205750620789, 0.2137274526848),
        "left_eye_inner": (0.3340850613712, 0.2290642403242),
        "nose_base": (0.4901123135679, 0.6277975316475),
    }
    scale = size_px / (1 + 2 * padding)
    return Template(size_px, size_px, MappingProxyType(_scaled(unit, scale, (padding * scale, padding * scale))))


INTEL_0095 = _five(
    128,
    128,
    (
        (0.31556875 * 128, 0.46157410714 * 128),
        (0.68262291667 * 128, 0.46157410714 * 128),
        (0.5002625 * 128, 0.64050535714 * 128),
        (0.349471875 * 128, 0.82469196429 * 128),
        (0.65343645833 * 128, 0.82469196429 * 128),
    ),
)
"""From the network's description in Intel's Open Model Zoo."""

ARCFACE_112 = _five(
    112,
    112,
    ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)),
)
"""What ArcFace, SFace and GhostFaceNet were trained on (InsightFace's five points)."""

DLIB_150 = _dlib_chip()

FACENET_160 = Template(
    160, 160, MappingProxyType(_scaled(ARCFACE_112.places, 1.2, (160 / 2 - 1.2 * 56.0, 160 / 2 - 1.2 * 66.0)))
)
"""FaceNet saw MTCNN's boxes with a margin of 32 of 182 pixels, cut to 160: a face of this size, in the middle."""

_TRAINED_ON = {"Dlib": DLIB_150, "Facenet": FACENET_160, "Facenet512": FACENET_160}


def template_for(network: str, width_px: int, height_px: int) -> Template:
    """Return the template of a DeepFace network whose input has this size.

    A network with no template of its own gets ArcFace's, scaled to fit.
    """
    template = _TRAINED_ON.get(network, ARCFACE_112)
    if (template.width_px, template.height_px) == (width_px, height_px):
        return template
    scale = min(width_px / template.width_px, height_px / template.height_px)
    shift = ((width_px - scale * template.width_px) / 2, (height_px - scale * template.height_px) / 2)
    return Template(width_px, height_px, MappingProxyType(_scaled(template.places, scale, shift)))


def similarity(source: Points, target: Points) -> NDArray[np.float64]:
    """Return the 2×3 matrix of the rotation, scale and shift that best takes `source` to `target`.

    Least squares in closed form, after Umeyama, 1991; never a reflection.

    Raises:
        Invalid: the points fall together, or are no numbers.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    from_mean, to_mean = source - source_mean, target - target_mean
    spread = float((from_mean**2).sum())
    if not np.isfinite(spread) or spread < 1e-6:
        raise Invalid("the face's points fall together: it cannot be aligned")
    u, singular, vt = np.linalg.svd(to_mean.T @ from_mean)
    upright = np.diag([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    turn = u @ upright @ vt
    scale = float((singular * np.diag(upright)).sum()) / spread
    return np.column_stack([scale * turn, target_mean - scale * turn @ source_mean])


def aligned(image: Image, face: FacePoints, template: Template) -> Image:
    """Return the face as the network wants it: shape (height, width, 3) of the template, BGR, 0 to 255.

    Raises:
        Invalid: the points cannot be aligned.
    """
    matrix = similarity(template.points_of(face), template.corners)
    shrink = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    image, matrix = _shrunk(image, matrix, shrink)
    size = (template.width_px, template.height_px)
    return np.asarray(
        cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.uint8
    )


def _shrunk(image: Image, matrix: NDArray[np.float64], scale: float) -> tuple[Image, NDArray[np.float64]]:
    """Halve a picture that is more than twice too large, or the warp would skip pixels (aliasing)."""
    while scale < 0.5 and min(image.shape[:2]) > 2:
        height, width = image.shape[:2]
        image = np.asarray(cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
        grow = np.array([[width / (width // 2), 0.0, 0.0], [0.0, height / (height // 2), 0.0], [0.0, 0.0, 1.0]])
        matrix = (np.vstack([matrix, [0.0, 0.0, 1.0]]) @ grow)[:2]
        scale *= 2
    return image, matrix
