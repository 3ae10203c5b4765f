"""Who of the same slots looks too much like this student to be told apart by the face alone. Pure."""

import numpy as np

from services.recognizer.embedder import Vector
from services.recognizer.gallery import Matrix
from services.recognizer.thresholds import Thresholds
from shared.events import LookAlike
from shared.schedule import Schedule


def slots_of(student_id: str, schedule: Schedule) -> list[frozenset[str]]:
    """Return, for each sitting of a student, everybody who has one in play when it starts."""
    return [schedule.slot(sitting.starts_at) for sitting in schedule.sittings if student_id in sitting.hall_of]


def look_alikes_of(
    student_id: str, template: Vector, schedule: Schedule, gallery: Matrix, thresholds: Thresholds, budget: float
) -> tuple[LookAlike, ...]:
    """Return the students above the threshold of a slot that they share with this one, most alike first."""
    found: dict[str, float] = {}
    for slot in slots_of(student_id, schedule):
        others, scores = gallery.search(template, slot - {student_id})
        threshold = thresholds.for_search(budget, len(others) + 1)
        found.update({others[at]: float(scores[at]) for at in np.flatnonzero(scores >= threshold)})
    ranked = sorted(found.items(), key=lambda item: item[1], reverse=True)
    return tuple(LookAlike(student_id=student, similarity=score) for student, score in ranked)
