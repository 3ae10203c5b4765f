"""How usable one face is for recognition: sharpness, light, size, pose. For crops, hints and enrolment alike."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.events import Quality
from shared.face import BoxPx, Face

Image = NDArray[np.uint8]
"""Shape (height, width, 3), BGR."""
FACE_WIDTH_PX = 112
"""Every face is measured at this width, so that a large face is not called sharper than a small one."""
_OPEN_EAR = 0.28
"""Eye aspect ratio of an average open eye, for where no baseline of the person is known."""
GOOD_SHARPNESS = 120.0
GOOD_INTEROCULAR_PX = 60.0
"""From these on a crop is not better for more of it."""
_SURROUND = 0.6
"""How far around the face its background is looked at, in face widths."""
_STEP = 4
"""Light is measured on every fourth pixel of every fourth row."""


@dataclass(frozen=True)
class Light:
    """The light on a face. Luma is 0 to 255."""

    brightness: float
    """Mean luma of the face."""
    background: float
    """Mean luma around it."""
    unevenness: float
    """Difference of its left and right half's means over their sum: 0 is even, 1 is one half black."""

    @property
    def backlit(self) -> bool:
        """The face is dark before something much brighter."""
        return self.brightness < 90 and self.background > self.brightness + 90


def measure(image_bgr: Image, face: Face, open_ear: float | None = None) -> Quality:
    """Return the quality of `face` in `image_bgr`.

    `open_ear` is this person's own open-eye aspect ratio, where it is known.
    """
    gray = normalised_gray(image_bgr, face.box)
    openness = (face.ear_left + face.ear_right) / 2 / max(open_ear or _OPEN_EAR, 1e-6)
    sharpness, brightness = sharpness_of(gray), float(gray.mean())
    return Quality(
        sharpness=sharpness,
        yaw_deg=face.yaw_deg,
        pitch_deg=face.pitch_deg,
        roll_deg=face.roll_deg,
        interocular_px=face.interocular_px,
        brightness=brightness,
        eye_openness=openness,
        score=score(sharpness, face.yaw_deg, face.pitch_deg, face.interocular_px, brightness, openness),
    )


def score(
    sharpness: float, yaw_deg: float, pitch_deg: float, interocular_px: float, brightness: float, eye_openness: float
) -> float:
    """Return 0 to 1: the product of what each measure leaves of a good crop, so that one bad measure is enough."""
    return (
        _rising(sharpness, GOOD_SHARPNESS)
        * _rising(interocular_px, GOOD_INTEROCULAR_PX)
        * float(np.exp(-((yaw_deg / 25) ** 2) - (pitch_deg / 30) ** 2))
        * float(np.exp(-(((brightness - 128) / 110) ** 4)))
        * (0.4 + 0.6 * min(1.0, max(0.0, eye_openness)))
    )


def sharpness_of(gray: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian, after Pech-Pacheco et al., 2000."""
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def light(image_bgr: Image, face: Face) -> Light:
    """Return the light on `face` and behind it."""
    gray = _luma(cut(image_bgr, face.box)[::_STEP, ::_STEP])
    if gray.size == 0:
        return Light(0.0, 0.0, 0.0)
    left, right = (float(half.mean()) for half in np.array_split(gray, 2, axis=1))
    return Light(float(gray.mean()), _background(image_bgr, face.box, gray), abs(left - right) / max(left + right, 1.0))


def normalised_gray(image_bgr: Image, box: BoxPx) -> NDArray[np.uint8]:
    """Return the face's luma, `FACE_WIDTH_PX` wide. A face outside the image gives black."""
    part = cut(image_bgr, box)
    if part.size == 0:
        return np.zeros((FACE_WIDTH_PX, FACE_WIDTH_PX), dtype=np.uint8)
    height = max(1, round(FACE_WIDTH_PX * part.shape[0] / part.shape[1]))
    shrinking = part.shape[1] > FACE_WIDTH_PX
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(_luma(part), (FACE_WIDTH_PX, height), interpolation=way), dtype=np.uint8)


def cut(image_bgr: Image, box: BoxPx) -> Image:
    """Return the part of the image in `box`, a view, clipped to the image."""
    height, width = image_bgr.shape[:2]
    left, top = max(0, int(box.x)), max(0, int(box.y))
    right, bottom = min(width, int(box.x + box.width) + 1), min(height, int(box.y + box.height) + 1)
    return image_bgr[top : max(top, bottom), left : max(left, right)]


def _background(image_bgr: Image, box: BoxPx, face: NDArray[np.uint8]) -> float:
    """Mean luma beside and above the face: below it are clothes. `face` is the face's own luma, thinned alike."""
    reach = _SURROUND * box.width
    around = cut(image_bgr, BoxPx(box.x - reach, box.y - reach, box.width + 2 * reach, box.height + reach))
    whole = _luma(around[::_STEP, ::_STEP])
    pixels = whole.size - face.size
    if pixels <= 0:
        return float(whole.mean())
    return max(0.0, (float(whole.sum()) - float(face.sum())) / pixels)


def _luma(image_bgr: Image) -> NDArray[np.uint8]:
    if image_bgr.size == 0:
        return np.zeros((0, 0), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image_bgr), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _rising(value: float, good: float) -> float:
    """0 at 0, 1 from `good` on."""
    return min(1.0, max(0.0, value / good))
