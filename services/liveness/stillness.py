"""Whether a face moved at all as only a living one does: lids, lips, the head's small sway.

Still people exist, so a single still moment means nothing: what is judged is the whole time in which
an action was asked for and did not come, and all measures must be still at once. Spreads (95th less
5th percentile) over 7 s: photos held up stayed within 0.075 (eyes), 0.04 (mouth and smile) and 1.4° of
turning and nodding; each of ten real clips went beyond one of the bounds below in every 4 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.liveness.observation import Observation


@dataclass(frozen=True)
class StillnessRules:
    """Below all of these a face is as still as a picture."""

    eyes: float = 0.10
    """Of the eye aspect ratio, over its median."""
    mouth: float = 0.045
    smile: float = 0.045
    turn_deg: float = 1.5
    least_s: float = 6.0
    least_frames: int = 30


class _Numbers(NamedTuple):
    t_s: float
    eyes: float
    mouth: float
    smile: float
    yaw_deg: float
    pitch_deg: float


@dataclass
class Stillness:
    """Gathers the numbers of one wait for an action: eight seconds' worth at most."""

    rules: StillnessRules = field(default_factory=StillnessRules)
    _seen: list[_Numbers] = field(default_factory=list)

    def feed(self, seen: Observation) -> None:
        """Take one steady frame."""
        eyes = (seen.ear_left + seen.ear_right) / 2
        self._seen.append(_Numbers(seen.t_s, eyes, seen.mouth_opening, seen.smile, seen.yaw_deg, seen.pitch_deg))

    def restart(self) -> None:
        """Begin a new wait."""
        self._seen.clear()

    def is_picture(self) -> bool:
        """Tell whether nothing moved all the while, and the while was long enough to say so."""
        rules = self.rules
        if len(self._seen) < rules.least_frames or self._seen[-1].t_s - self._seen[0].t_s < rules.least_s:
            return False
        _, eyes, mouth, smile, yaw, pitch = (sorted(column) for column in zip(*self._seen, strict=True))
        return (
            _spread(eyes) <= rules.eyes * eyes[len(eyes) // 2]
            and _spread(mouth) <= rules.mouth
            and _spread(smile) <= rules.smile
            and max(_spread(yaw), _spread(pitch)) <= rules.turn_deg
        )


def _spread(ordered: Sequence[float]) -> float:
    last = len(ordered) - 1
    return ordered[round(0.95 * last)] - ordered[round(0.05 * last)]
