"""Is this photo good enough? The first thing wrong with it, as a code and the measured figure. Pure."""

from dataclasses import dataclass

from services.recognizer.settings import EnrolmentSection
from shared.events import EnrolmentRefusal, Quality


@dataclass(frozen=True)
class Refusal:
    """Why a photo is no good: what to change, and the figure against what is needed."""

    code: EnrolmentRefusal
    detail: str


@dataclass(frozen=True)
class Measured:
    """What was measured on a photo's main face."""

    quality: Quality
    unevenness: float
    """Difference of the face's halves in luma over their sum."""
    eye_aspect: float
    """EAR of the more open eye."""
    second_face_share: float
    """Width of the largest other face that might be meant, over this one's; 0 where there is none."""


def refusal_of(found: Measured, needed: EnrolmentSection) -> Refusal | None:
    """Return the first reason to refuse a photo, or None."""
    quality = found.quality
    if found.second_face_share >= needed.second_face_share:
        return Refusal("several_faces", f"another face is {found.second_face_share:.0%} as wide as the largest")
    if quality.interocular_px < needed.min_interocular_px:
        return _too_low("face_too_small", "eyes", quality.interocular_px, needed.min_interocular_px, " px apart")
    if quality.brightness < needed.min_brightness:
        return _too_low("too_dark", "mean luma", quality.brightness, needed.min_brightness)
    if quality.brightness > needed.max_brightness:
        return _too_high("too_bright", "mean luma", quality.brightness, needed.max_brightness)
    if found.unevenness > needed.max_uneven_light:
        return _too_high("uneven_light", "halves of the face differ by", found.unevenness, needed.max_uneven_light)
    if abs(quality.yaw_deg) > needed.max_yaw_deg:
        return _too_high("not_frontal", "turned by", abs(quality.yaw_deg), needed.max_yaw_deg, "°")
    if abs(quality.pitch_deg) > needed.max_pitch_deg:
        return _too_high("not_frontal", "raised or lowered by", abs(quality.pitch_deg), needed.max_pitch_deg, "°")
    if found.eye_aspect < needed.min_eye_aspect:
        return _too_low("eyes_closed", "eye aspect ratio", found.eye_aspect, needed.min_eye_aspect)
    if quality.sharpness < needed.min_sharpness:
        return _too_low("blurred", "sharpness", quality.sharpness, needed.min_sharpness)
    return None


def _too_low(code: EnrolmentRefusal, what: str, found: float, needed: float, unit: str = "") -> Refusal:
    return Refusal(code, f"{what} {found:.3g}{unit}, at least {needed:.3g} needed")


def _too_high(code: EnrolmentRefusal, what: str, found: float, needed: float, unit: str = "") -> Refusal:
    return Refusal(code, f"{what} {found:.3g}{unit}, at most {needed:.3g} allowed")
