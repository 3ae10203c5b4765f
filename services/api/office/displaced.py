"""Who would lose their seat at a coming sitting by a change of the hall's plan: said before it is made."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, or_, select

from services.api.db.tables import Exam, RosterEntry, Sitting, Student
from services.api.office import halls, seat_labels
from services.api.office.halls import HallChange
from services.api.office.seating_needs import Seat
from services.api.office.seats import drawn, seat_of
from services.api.office.work import Work


class Displaced(BaseModel):
    """Somebody whose seat the new plan would not have."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "seat": "C-14",
                    "sitting_id": 1,
                    "exam_code": "MATH-201",
                    "starts_at": "2026-11-23T09:00:00Z",
                }
            ]
        }
    )

    student_id: str
    name: str
    seat: str
    sitting_id: int
    exam_code: str
    starts_at: datetime


def displaced_by(work: Work, hall_id: str, wish: HallChange) -> list[Displaced]:
    """Return who has a seat now that a change would block or remove, the soonest first. Nothing is changed.

    Raises:
        Problem: there is no such hall.
    """
    hall = halls.get(work, hall_id)
    before = drawn(hall)
    after = drawn(hall.model_copy(update=wish.model_dump(exclude_unset=True, include={"rows", "columns", "blocked"})))
    if before is None or after is None:
        return []
    seated = ((row, seat_of(row[0], before)) for row in _seated(work, hall_id))
    return [_displaced(*row, seat) for row, seat in seated if seat is not None and not after.has(seat)]


def _seated(work: Work, hall_id: str) -> list[tuple[RosterEntry, Sitting, str, str]]:
    """Return who has a table here at sittings that are not over, with the exam's code and their name."""
    query = (
        select(RosterEntry, Sitting, Exam.code, Student.name)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .join(Exam, col(Exam.id) == Sitting.exam_id)
        .join(Student, col(Student.id) == RosterEntry.student_id)
        .where(RosterEntry.hall_id == hall_id, col(Sitting.ends_at) > work.now)
        .where(col(Sitting.state).in_(("planned", "closed")), col(RosterEntry.sealed).is_(False))
        .where(or_(col(RosterEntry.row).is_not(None), RosterEntry.table_label != ""))
        .order_by(col(Sitting.starts_at), col(RosterEntry.student_id))
    )
    return list(work.session.exec(query))


def _displaced(entry: RosterEntry, sitting: Sitting, exam_code: str, name: str, seat: Seat) -> Displaced:
    return Displaced(
        student_id=entry.student_id,
        name=name,
        seat=seat_labels.label(*seat),
        sitting_id=entry.sitting_id,
        exam_code=exam_code,
        starts_at=sitting.starts_at,
    )
