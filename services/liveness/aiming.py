"""What whoever aims a camera is told: the nearest face's measures against what is needed. Pure."""

from collections.abc import Sequence

from services.liveness.hints import Needs, hint_for
from services.liveness.observation import FrameSize, Observation
from shared.events import Aim, AimNeeds
from shared.quality import GOOD_INTEROCULAR_PX, GOOD_SHARPNESS


def aim_of(seen: Sequence[Observation], size: FrameSize, needs: Needs) -> Aim | None:
    """Return what the nearest face measures; None where there is none."""
    if not seen:
        return None
    face = max(seen, key=lambda one: one.interocular_px)
    return Aim(
        frame_width_px=size.width,
        frame_height_px=size.height,
        x=round(face.box.x / size.width, 3),
        y=round(face.box.y / size.height, 3),
        width=round(face.box.width / size.width, 3),
        height=round(face.box.height / size.height, 3),
        interocular_px=round(face.interocular_px, 1),
        brightness=round(face.quality.brightness, 1),
        sharpness=round(face.quality.sharpness, 1),
        yaw_deg=round(face.yaw_deg, 1),
        pitch_deg=round(face.pitch_deg, 1),
        roll_deg=round(face.quality.roll_deg, 1),
        backlit=face.backlit,
        hint=hint_for(face, size, needs),
        needs=_limits(needs),
    )


def _limits(needs: Needs) -> AimNeeds:
    return AimNeeds(
        least_interocular_px=needs.least_interocular_px,
        good_interocular_px=max(GOOD_INTEROCULAR_PX, needs.least_interocular_px),
        most_width=needs.most_width,
        least_brightness=needs.least_brightness,
        most_brightness=needs.most_brightness,
        least_sharpness=needs.least_sharpness,
        good_sharpness=max(GOOD_SHARPNESS, needs.least_sharpness),
        most_yaw_deg=needs.most_yaw_deg,
        most_pitch_deg=needs.most_pitch_deg,
    )
