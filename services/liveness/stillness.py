"""Whether a face moved at all as only a living one does: lids, lips, the width of the mouth.

Still people exist, so a single still moment means nothing: what is judged is the whole time in which
an action was asked for and did not come. Measured as the spread (95th less 5th percentile): photos
held for 3 s stayed at 0.05, 0.012 and 0.02; ten real clips exceeded one of the bounds within 5 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.liveness.observation import Observation


@dataclass(frozen=True)
class StillnessRules:
    """Below all of these a face is as still as a picture."""

    eyes: float = 0.07
    """Of the eye aspect ratio, over its median."""
    mouth: float = 0.03
    smile: float = 0.03
    least_s: float = 6.0
    least_frames: int = 30


@dataclass
class Stillness:
    """Gathers the numbers of one wait for an action: eight seconds' worth at most."""

    rules: StillnessRules = field(default_factory=StillnessRules)
    _seen: list[tuple[float, float, float, float]] = field(default_factory=list)

    def feed(self, seen: Observation) -> None:
        """Take one steady frame."""
        eyes = (seen.ear_left + seen.ear_right) / 2
        self._seen.append((seen.t_s, eyes, seen.mouth_opening, seen.smile))

    def restart(self) -> None:
        """Begin a new wait."""
        self._seen.clear()

    def is_picture(self) -> bool:
        """Tell whether nothing moved all the while, and the while was long enough to say so."""
        if len(self._seen) < self.rules.least_frames or self._seen[-1][0] - self._seen[0][0] < self.rules.least_s:
            return False
        _, eyes, mouth, smile = (sorted(column) for column in zip(*self._seen, strict=True))
        median_eye = max(eyes[len(eyes) // 2], 1e-6)
        return (
            _spread(eyes) / median_eye <= self.rules.eyes
            and _spread(mouth) <= self.rules.mouth
            and _spread(smile) <= self.rules.smile
        )


def _spread(ordered: Sequence[float]) -> float:
    last = len(ordered) - 1
    return ordered[round(0.95 * last)] - ordered[round(0.05 * last)]
