"""How people move, as functions of time: single actions, swaying, walking in and out."""

import math
from dataclasses import dataclass, replace

import numpy as np

from services.launcher.people.expression import Expression
from services.launcher.people.scene import HEIGHT, WIDTH, Placement
from shared.events import Action

TURN_DEG = 30.0
"""How far people turn when asked to, as the landmark model measures it; 20° would be enough."""
_TURN_DRIVE = 1.3
"""The landmark model measures about this much less than the mesh was turned."""
_WALK_S = 0.5
_OUTSIDE_PX = 260


@dataclass(frozen=True)
class Envelope:
    """An action's strength over time: rises, holds, falls."""

    rise_s: float
    hold_s: float
    fall_s: float

    @property
    def length_s(self) -> float:
        """From nothing to nothing."""
        return self.rise_s + self.hold_s + self.fall_s

    def at(self, t_s: float) -> float:
        """Return the strength, 0 to 1."""
        up, down = t_s / self.rise_s, (self.length_s - t_s) / self.fall_s
        return _smooth(max(0.0, min(1.0, up, down)))


ENVELOPES: dict[Action, Envelope] = {
    "blink": Envelope(0.11, 0.08, 0.16),
    "turn_left": Envelope(0.45, 0.55, 0.40),
    "turn_right": Envelope(0.45, 0.55, 0.40),
    "mouth_open": Envelope(0.30, 0.60, 0.30),
    "smile": Envelope(0.35, 0.80, 0.35),
}


def acting(action: Action, t_s: float, rest_yaw_deg: float = 0.0) -> Expression:
    """Return the face `t_s` into an action. A turn is the person's own left or right, beyond the photo's own pose."""
    strength = ENVELOPES[action].at(t_s)
    match action:
        case "blink":
            return Expression(lids=strength)
        case "mouth_open":
            return Expression(mouth=strength)
        case "smile":
            return Expression(smile=strength)
        case "turn_left":  # the person's left is the image's right: positive yaw
            return Expression(turn_deg=strength * turn_needed(1.0, rest_yaw_deg))
        case "turn_right":
            return Expression(turn_deg=-strength * turn_needed(-1.0, rest_yaw_deg))


def turn_needed(side: float, rest_yaw_deg: float) -> float:
    """Return by how much to turn the mesh (no sign), so that the face is `TURN_DEG` to one side, and clearly moved."""
    return _TURN_DRIVE * max(TURN_DEG - side * rest_yaw_deg, 0.8 * TURN_DEG)


def standing(t_s: float, seed: int, liveliness: float = 1.0) -> Placement:
    """Return where somebody stands who sways a little. `liveliness` scales the swaying."""
    phases = np.random.default_rng(seed).uniform(0, 2 * math.pi, size=6)
    waves = [
        math.sin(2 * math.pi * f * t_s + p) for f, p in zip((0.23, 0.31, 0.17, 1.7, 2.3, 0.27), phases, strict=True)
    ]
    return Placement(
        x=WIDTH / 2 + liveliness * (7 * waves[0] + 0.5 * waves[3]),
        y=HEIGHT / 2 + 15 + liveliness * (4 * waves[1] + 0.4 * waves[4]),
        scale=1 + 0.015 * liveliness * waves[2],
        roll_deg=1.5 * liveliness * waves[5],
    )


def walking(placement: Placement, entered_s: float, leaving_s: float | None, side: int) -> Placement:
    """Move somebody in from one side (-1 left, 1 right) and out to the other."""
    inside = _smooth(min(1.0, entered_s / _WALK_S))
    gone = 0.0 if leaving_s is None else _smooth(min(1.0, leaving_s / _WALK_S))
    reach = WIDTH / 2 + _OUTSIDE_PX
    return replace(placement, x=placement.x + side * reach * (1 - inside) - side * reach * gone)


def has_left(leaving_s: float | None) -> bool:
    """Return whether somebody who began to leave is out of the picture."""
    return leaving_s is not None and leaving_s >= _WALK_S


def _smooth(x: float) -> float:
    return x * x * (3 - 2 * x)
