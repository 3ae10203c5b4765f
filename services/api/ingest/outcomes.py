"""What the screen is told of a stored attempt: the same whenever it is asked, so a repeat can be answered."""

from typing import cast

from sqlmodel import Session, col, select

from services.api import paths
from services.api.db.tables import Attempt, Exam, Hall, Photo, Sitting, Student
from services.api.settings import ApiSection
from shared.events import Outcome, Verdict, event_id

_NAMED = frozenset({"already_in", "returned", "present", "late"})
"""The verdicts that show a name; in front of the others somebody else might be standing."""
_PLACED = _NAMED | {"wrong_hall", "wrong_sitting", "too_early", "out"}


def outcome_of(session: Session, attempt: Attempt, api: ApiSection) -> Outcome:
    """Return the outcome of an attempt."""
    outcome = Outcome(
        event_id=event_id("outcome", attempt.event_id),
        kiosk_id=attempt.kiosk_id or "",
        captured_at=attempt.captured_at,
        trace_id=attempt.trace_id,
        track_id=attempt.track_id or "",
        verdict=cast(Verdict, attempt.verdict),
        student_id=attempt.student_id if attempt.verdict in _PLACED else None,
        case_number=attempt.case_number,
        by_number=attempt.claimed_student_id is not None,
        at=attempt.say_at,
        hold_s=api.outcome_hold_s,
    )
    if attempt.verdict not in _PLACED:
        return outcome
    return outcome.model_copy(update={**_place(session, attempt), **_person(session, attempt)})


def _place(session: Session, attempt: Attempt) -> dict[str, object]:
    hall = session.get(Hall, attempt.hall_id) if attempt.hall_id else None
    found = session.exec(
        select(Exam).join(Sitting, col(Sitting.exam_id) == Exam.id).where(Sitting.id == attempt.sitting_id)
    ).first()
    return {
        "exam_code": found.code if found else None,
        "subject": found.subject if found else None,
        "hall": attempt.hall_id,
        "hall_name": hall.name if hall else None,
        "directions": (hall.directions or None) if hall else None,
        "table": attempt.table_label if attempt.verdict in _NAMED else None,
    }


def _person(session: Session, attempt: Attempt) -> dict[str, object]:
    if attempt.verdict not in _NAMED or attempt.student_id is None:
        return {}
    student = session.get(Student, attempt.student_id)
    return {
        "name": student.name if student else None,
        "photo_url": _photo_url(session, attempt),
    }


def _photo_url(session: Session, attempt: Attempt) -> str | None:
    photo = session.exec(
        select(Photo.id).where(Photo.student_id == attempt.student_id, Photo.state == "enrolled").limit(1)
    ).first()
    if photo is None:
        return None
    return paths.OUTCOME_PHOTO.format(kiosk_id=attempt.kiosk_id, event_id=attempt.event_id)
