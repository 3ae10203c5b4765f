"""Whose face: pure decisions over similarities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.events import Finding


@dataclass(frozen=True)
class Ranking:
    """The best two of a search; the second is always another student."""

    candidate: str | None
    score: float | None
    runner_up: str | None = None
    runner_up_score: float | None = None
    size: int = 0
    """How many were compared."""


NOBODY = Ranking(None, None)


def rank(students: Sequence[str], scores: NDArray[np.float32]) -> Ranking:
    """Return the best two of `scores`, one per student."""
    if not students:
        return NOBODY
    best = int(np.argmax(scores))
    if len(students) == 1:
        return Ranking(students[best], float(scores[best]), size=1)
    others = scores.copy()
    others[best] = -np.inf
    second = int(np.argmax(others))
    return Ranking(students[best], float(scores[best]), students[second], float(scores[second]), len(students))


def against(claimed: Ranking, searched: Ranking, *, enough: float, threshold: float) -> Ranking:
    """Return a comparison by number with the most similar other person of the search, where that speaks against it.

    Who types a friend's number is like himself: the friend may have no template, and a false accept is the worst.
    The other one is named within the search's `threshold`, and below it where the claimed student has `enough` for a
    comparison with one, but has less than the other.
    """
    best_two = ((searched.candidate, searched.score), (searched.runner_up, searched.runner_up_score))
    for student, score in best_two:
        if student is None or score is None or student == claimed.candidate:
            continue
        beaten = claimed.score is not None and enough <= claimed.score < score
        return replace(claimed, runner_up=student, runner_up_score=score) if beaten or score >= threshold else claimed
    return claimed


def twin_of(student: str | None, pairs: Collection[tuple[str, str]]) -> str | None:
    """Return the confirmed look-alike of a student, or None."""
    for one, other in pairs:
        if student == one:
            return other
        if student == other:
            return one
    return None


def judge(ranking: Ranking, threshold: float, margin: float, *, agreeing: bool, to_a_person: bool) -> Finding:
    """Return what was found; only the best match of all can be one, and only when nothing speaks against it.

    `to_a_person`: a confirmed twin, or a scope larger than the network's table can speak for.
    """
    if not agreeing:
        return "crops_disagree"
    if ranking.score is None or ranking.score < threshold:
        return "no_match"
    if to_a_person:
        return "margin"
    if ranking.runner_up_score is not None and ranking.score - ranking.runner_up_score < margin:
        return "margin"
    return "match"
