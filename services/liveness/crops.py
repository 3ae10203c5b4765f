"""The best crops of one challenge: from its start, its middle and its end, of one unbroken track."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.liveness.observation import Observation
from shared.events import Moment, Point

PER_MOMENT: dict[Moment, int] = {"start": 2, "middle": 1, "end": 2}
_APART_S = 0.1
"""Two crops of one moment are from different looks, not from two neighbouring frames at 30 fps."""

Cut = Callable[[Observation], "tuple[Any, Point]"]
"""Copies the face's surroundings out of the frame: the pixels, and where their corner was."""


class Candidate(NamedTuple):
    """A crop that may be sent."""

    moment: Moment
    seen: Observation
    openness: float
    score: float
    pixels: Any
    corner: Point


@dataclass
class CropStore:
    """Holds at most five crops; pixels are copied only when a crop is better than one that is held."""

    def __post_init__(self) -> None:
        self._held: dict[Moment, list[Candidate]] = {"start": [], "middle": [], "end": []}

    def clear(self) -> None:
        """Forget all: the challenge begins anew."""
        self.__post_init__()

    def consider(self, moment: Moment, seen: Observation, openness: float, cut: Cut) -> None:
        """Keep this look if it is among the best of its moment."""
        score = crop_score(seen, openness)
        held = self._held[moment]
        rival = _rival(held, seen.t_s, PER_MOMENT[moment])
        if rival is not None and rival.score >= score:
            return
        pixels, corner = cut(seen)
        if rival is not None:
            held.remove(rival)
        held.append(Candidate(moment, seen, openness, score, pixels, corner))

    def count(self, moment: Moment, least_openness: float = 0.0) -> int:
        """Return how many crops of a moment are held, with eyes at least so open."""
        return sum(candidate.openness >= least_openness for candidate in self._held[moment])

    def best(self) -> Candidate | None:
        """Return the best crop of all."""
        return max(self.in_order(), key=lambda candidate: candidate.score, default=None)

    def in_order(self) -> list[Candidate]:
        """Return all, oldest first."""
        every = [candidate for held in self._held.values() for candidate in held]
        return sorted(every, key=lambda candidate: candidate.seen.t_s)


def crop_score(seen: Observation, openness: float) -> float:
    """Return the crop's quality with the eyes measured against this person's own: 0 to 1."""
    assumed = 0.4 + 0.6 * min(1.0, max(0.0, seen.quality.eye_openness))
    return seen.quality.score / assumed * (0.4 + 0.6 * min(1.0, max(0.0, openness)))


def _rival(held: list[Candidate], t_s: float, room: int) -> Candidate | None:
    """Return which held crop a new one must beat: a neighbour in time, else the worst when there is no room."""
    near = [candidate for candidate in held if abs(candidate.seen.t_s - t_s) < _APART_S]
    if near:
        return min(near, key=lambda candidate: candidate.score)
    if len(held) < room:
        return None
    return min(held, key=lambda candidate: candidate.score)
