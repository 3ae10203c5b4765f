"""From pixels and landmarks to the numbers that are decided on. The only part here that touches both."""

import numpy as np

from services.liveness.appearance import appearance, tone
from services.liveness.observation import Observation
from shared import quality
from shared.events import Point
from shared.face import BoxPx, Face
from shared.quality import Image

CROP_REACH = 1.6
"""Side of a crop over the face's longer side: every network's alignment fits inside."""


def observe(image_bgr: Image, face: Face, t_s: float, open_ear: float | None = None) -> Observation:
    """Return the numbers of `face`, seen at `t_s`."""
    measured = quality.measure(image_bgr, face, open_ear)
    return Observation(
        t_s=t_s,
        box=face.box,
        ear_left=face.ear_left,
        ear_right=face.ear_right,
        yaw_deg=face.yaw_deg,
        pitch_deg=face.pitch_deg,
        mouth_opening=face.mouth_opening,
        smile=face.smile,
        interocular_px=face.interocular_px,
        appearance=appearance(image_bgr, face),
        tone=tone(image_bgr, face.box),
        points=face.points,
        quality=measured,
        backlit=quality.light(image_bgr, face).backlit,
    )


def cut_crop(image_bgr: Image, box: BoxPx) -> tuple[Image, Point]:
    """Return a copy of the face with its margin, and where its corner was in the image."""
    side = CROP_REACH * max(box.width, box.height)
    centre = box.centre
    around = BoxPx(centre.x - side / 2, centre.y - side / 2, side, side)
    part = quality.cut(image_bgr, around)
    return np.array(part), Point(float(max(0, int(around.x))), float(max(0, int(around.y))))
