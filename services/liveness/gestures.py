"""Turns, an opened mouth, a smile: from one frame's numbers, against this person's own neutral face."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from services.liveness.observation import Observation
from shared.events import Action


@dataclass(frozen=True)
class GestureRules:
    """What counts."""

    turn_deg: float = 20.0
    """From where the face pointed before, or from the camera's axis when it also moved by `least_turn_deg`."""
    least_turn_deg: float = 14.0
    rest_deg: float = 10.0
    """A turn begins from within so much of the neutral pose: who arrives turned must face the camera first."""
    max_neutral_yaw_deg: float = 12.0
    """A neutral pose is near the camera's axis, however the person stands."""
    mouth_gain: float = 0.22
    """Gap between the lips over the interocular distance, more than neutral."""
    smile_gain: float = 1.15
    """Width of the mouth against neutral."""
    hold_s: float = 0.15
    """For mouth and smile: shorter is talking."""
    neutral_rate: float = 0.15
    """How fast the neutral face follows while nothing is done: the share of each new frame."""


class _Neutral(NamedTuple):
    yaw_deg: float
    mouth_opening: float
    smile: float


class GestureReader:
    """Follows one face; keeps its neutral numbers and what is being held."""

    def __init__(self, rules: GestureRules | None = None) -> None:
        self._rules = rules or GestureRules()
        self._neutral: _Neutral | None = None
        self._at_rest = True
        self._holds: dict[Action, float] = {}
        self._reported: set[Action] = set()

    def feed(self, seen: Observation) -> list[Action]:
        """Take one frame; return the gestures that are complete with it, each once until it is let go."""
        neutral = self._neutral or self._first(seen)
        doing = self._doing(seen, neutral)
        if not doing and abs(seen.yaw_deg - neutral.yaw_deg) <= self._rules.rest_deg:
            neutral = _follow(neutral, seen, self._rules)
        self._neutral = neutral
        return [action for action in doing if self._is_new(action, seen.t_s)]

    def ask_anew(self) -> None:
        """Forget what is being done: only what is begun from now on counts. The neutral face stays."""
        self._at_rest = False
        self._holds.clear()

    def is_neutral(self, seen: Observation) -> bool:
        """Tell whether the face points about where it pointed before anything was done."""
        return self._neutral is None or abs(seen.yaw_deg - self._neutral.yaw_deg) <= self._rules.least_turn_deg

    def _first(self, seen: Observation) -> _Neutral:
        limit = self._rules.max_neutral_yaw_deg
        return _Neutral(max(-limit, min(limit, seen.yaw_deg)), min(seen.mouth_opening, 0.3), seen.smile)

    def _doing(self, seen: Observation, neutral: _Neutral) -> list[Action]:
        """Return what the face does now, and let go of what it does not do any more."""
        turned_deg = seen.yaw_deg - neutral.yaw_deg
        if abs(turned_deg) <= self._rules.rest_deg:
            self._at_rest = True
        tests: dict[Action, Callable[[], bool]] = {
            "turn_left": lambda: self._at_rest and _is_turned(seen.yaw_deg, turned_deg, self._rules),
            "turn_right": lambda: self._at_rest and _is_turned(-seen.yaw_deg, -turned_deg, self._rules),
            "mouth_open": lambda: seen.mouth_opening - neutral.mouth_opening >= self._rules.mouth_gain,
            "smile": lambda: seen.smile >= neutral.smile * self._rules.smile_gain,
        }
        doing = [action for action, test in tests.items() if test()]
        for action in tests:
            if action not in doing:
                self._holds.pop(action, None)
                self._reported.discard(action)
        return doing

    def _is_new(self, action: Action, t_s: float) -> bool:
        began_s = self._holds.setdefault(action, t_s)
        held = action in ("turn_left", "turn_right") or t_s - began_s >= self._rules.hold_s
        if not held or action in self._reported:
            return False
        self._reported.add(action)
        return True


def _is_turned(yaw_deg: float, turned_deg: float, rules: GestureRules) -> bool:
    """Tell whether the face turned to one side; both angles count towards it."""
    return turned_deg >= rules.turn_deg or (yaw_deg >= rules.turn_deg and turned_deg >= rules.least_turn_deg)


def _follow(neutral: _Neutral, seen: Observation, rules: GestureRules) -> _Neutral:
    """Move the neutral face a little towards this frame."""
    rate, limit = rules.neutral_rate, rules.max_neutral_yaw_deg
    yaw_deg = neutral.yaw_deg + rate * (seen.yaw_deg - neutral.yaw_deg)
    return _Neutral(
        max(-limit, min(limit, yaw_deg)),
        neutral.mouth_opening + rate * (seen.mouth_opening - neutral.mouth_opening),
        neutral.smile + rate * (seen.smile - neutral.smile),
    )
