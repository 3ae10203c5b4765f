"""The one most useful hint, and whether a face can be served at all."""

from dataclasses import dataclass

from services.liveness.observation import FrameSize, Observation
from shared.events import Hint


@dataclass(frozen=True)
class Needs:
    """What a face must be like. Shares are of the frame's width and height."""

    oval_x: float = 0.5
    oval_y: float = 0.5
    oval_width: float = 0.5
    oval_height: float = 0.7
    """The middle of the face must be inside this oval."""
    stay: float = 1.25
    """A face that is served may move so much further out before it is let go."""
    least_interocular_px: float = 30.0
    most_width: float = 0.75
    least_brightness: float = 45.0
    most_brightness: float = 225.0
    least_sharpness: float = 12.0
    most_yaw_deg: float = 38.0
    most_pitch_deg: float = 35.0


def in_oval(seen: Observation, size: FrameSize, needs: Needs, slack: float = 1.0) -> bool:
    """Tell whether the middle of the face is in the oval, made larger by `slack`."""
    centre = seen.box.centre
    x = (centre.x / size.width - needs.oval_x) / (needs.oval_width / 2 * slack)
    y = (centre.y / size.height - needs.oval_y) / (needs.oval_height / 2 * slack)
    return x * x + y * y <= 1.0


def looks_here(seen: Observation, needs: Needs) -> bool:
    """Tell whether the face points roughly at the camera."""
    return abs(seen.yaw_deg) <= needs.most_yaw_deg and abs(seen.pitch_deg) <= needs.most_pitch_deg


def hint_for(seen: Observation, size: FrameSize, needs: Needs) -> Hint | None:
    """Return what would help most, or None: first where to stand, then the light, then where to look."""
    too_wide = seen.box.width > needs.most_width * size.width
    checks: tuple[tuple[bool, Hint], ...] = (
        (seen.interocular_px < needs.least_interocular_px, "too_far"),
        (too_wide, "too_near"),
        (not in_oval(seen, size, needs, needs.stay), "centre"),
        (seen.backlit, "backlit"),
        (seen.quality.brightness < needs.least_brightness, "too_dark"),
        (seen.quality.brightness > needs.most_brightness, "too_bright"),
        (seen.quality.sharpness < needs.least_sharpness, "blurred"),
        (not looks_here(seen, needs), "look_here"),
    )
    return next((hint for applies, hint in checks if applies), None)


BLOCKING: frozenset[Hint] = frozenset({"too_far", "too_dark", "too_bright", "blurred"})
"""With these nothing can be checked; the others only help."""
