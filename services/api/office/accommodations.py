"""What a student is allowed, at one sitting or at all of them. The kiosk's screen never says why.

`no_challenge` waives nothing (ADR 1): it tells the invigilators of the sitting whom to expect by number and ID.
"""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api.attendance.roster import reproject_student
from services.api.attendance.rules import rules_of
from services.api.db.tables import Accommodation, RosterEntry
from services.api.office import sittings, students
from services.api.office.work import Facts, Work
from services.api.problems import not_found

EVERYWHERE = 0
"""Stands for all sittings in a path."""


class AccommodationSet(BaseModel):
    """What to allow."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"allowance_min": 15}]})

    allowance_min: int = Field(0, ge=0, le=240, description="Minutes after `late_after` that still count as punctual.")
    no_challenge: bool = Field(
        False, description="Can't blink or turn: the invigilators expect them by number. It waives no check."
    )
    seat_need: str = Field("", max_length=200, description="Shown to invigilators.")
    note: str = Field("", max_length=1000, description="The office's own; shown to no invigilator.")


class AccommodationPublic(AccommodationSet):
    """One accommodation."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "sitting_id": None,
                    "allowance_min": 15,
                    "no_challenge": False,
                    "seat_need": "",
                    "note": "",
                }
            ]
        },
    )

    student_id: str
    sitting_id: int | None = Field(description="null: at all sittings.")


def of_student(work: Work, student_id: str) -> list[AccommodationPublic]:
    """Return what a student is allowed.

    Raises:
        Problem: unknown.
    """
    students.get(work, student_id)
    query = select(Accommodation).where(Accommodation.student_id == student_id).order_by(col(Accommodation.id))
    return [_public(row) for row in work.session.exec(query)]


def of_sitting(work: Work, sitting_id: int) -> list[AccommodationPublic]:
    """Return what the students of a sitting are allowed there, without the office's notes.

    Raises:
        Problem: no such sitting.
    """
    sittings.get(work, sitting_id)
    seated = select(RosterEntry.student_id).where(RosterEntry.sitting_id == sitting_id)
    here = or_(col(Accommodation.sitting_id).is_(None), col(Accommodation.sitting_id) == sitting_id)
    query = select(Accommodation).where(col(Accommodation.student_id).in_(seated), here)
    rows = work.session.exec(query.order_by(col(Accommodation.student_id), col(Accommodation.id)))
    return [_public(row).model_copy(update={"note": ""}) for row in rows]


def put(work: Work, student_id: str, sitting_id: int, allowed: AccommodationSet) -> AccommodationPublic:
    """Set what a student is allowed at one sitting, or (`EVERYWHERE`) at all; their statuses follow.

    Raises:
        Problem: unknown student or sitting.
    """
    students.locked(work, student_id)
    if sitting_id != EVERYWHERE:
        sittings.check_not_sealed(sittings.get(work, sitting_id))
    row = _there(work, student_id, sitting_id)
    before = _facts(row) if row else None
    row = row or Accommodation(student_id=student_id, sitting_id=sitting_id or None, set_at=work.now)
    for name, value in allowed.model_dump().items():
        setattr(row, name, value)
    row.set_by, row.set_at = work.by.actor, work.now
    work.session.add(row)
    _follow(work, student_id)
    _note(work, "accommodation.set", student_id, row.sitting_id, before, _facts(row))
    return _public(row)


def delete(work: Work, student_id: str, sitting_id: int) -> None:
    """Take an accommodation away; statuses follow.

    Raises:
        Problem: there is none.
    """
    row = _there(work, student_id, sitting_id)
    if row is None:
        raise not_found(f"accommodation of student {student_id} at sitting", sitting_id, "sitting_id")
    work.session.delete(row)
    _follow(work, student_id)
    _note(work, "accommodation.delete", student_id, row.sitting_id, _facts(row), None)


def _there(work: Work, student_id: str, sitting_id: int) -> Accommodation | None:
    at = col(Accommodation.sitting_id)
    where = at.is_(None) if sitting_id == EVERYWHERE else at == sitting_id
    return work.session.exec(select(Accommodation).where(Accommodation.student_id == student_id, where)).first()


def _follow(work: Work, student_id: str) -> None:
    work.session.flush()
    reproject_student(work.session, student_id, rules_of(work.api))


def _note(
    work: Work, action: str, student_id: str, sitting_id: int | None, before: Facts | None, after: Facts | None
) -> None:
    work.note(action, f"student:{student_id}", before=before, after=after, sitting_id=sitting_id)


def _facts(row: Accommodation) -> Facts:
    """What the audit log says: not the words, which may say why."""
    return {
        "allowance_min": row.allowance_min,
        "no_challenge": row.no_challenge,
        "words": bool(row.seat_need or row.note),
    }


def _public(row: Accommodation) -> AccommodationPublic:
    return AccommodationPublic(**row.model_dump())
