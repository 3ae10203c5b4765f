"""Who of the same slots looks too much like this student to be told apart by the face alone. Pure."""

import numpy as np

from services.recognizer.gallery import Matrix
from services.recognizer.thresholds import Thresholds, fmr_allowed
from services.recognizer.vectors import Vector
from shared.events import LookAlike
from shared.schedule import Schedule


def slots_of(student_id: str, schedule: Schedule) -> list[frozenset[str]]:
    """Return, for each sitting of a student, everybody who has one in play when it starts."""
    return [schedule.slot(sitting.starts_at) for sitting in schedule.sittings if student_id in sitting.hall_of]


def look_alikes_of(
    student_id: str,
    template: Vector,
    schedule: Schedule,
    gallery: Matrix,
    thresholds: Thresholds,
    budget: float,
    rare_fmr: float = 1.0,
) -> tuple[LookAlike, ...]:
    """Return the students of a shared slot who are too much alike, most alike first.

    That is above the slot's own threshold, and no less alike than only `rare_fmr` of strangers are: in a small
    slot the threshold is so low that an ordinary likeness passes it, which the margin tells apart at the door.
    """
    found: dict[str, float] = {}
    for slot in slots_of(student_id, schedule):
        others, scores = gallery.search(template, slot - {student_id})
        threshold = thresholds.at_fmr(min(rare_fmr, fmr_allowed(budget, len(others) + 1)))
        found.update({others[at]: float(scores[at]) for at in np.flatnonzero(scores >= threshold)})
    ranked = sorted(found.items(), key=lambda item: item[1], reverse=True)
    return tuple(LookAlike(student_id=student, similarity=score) for student, score in ranked)
