"""Who sits where in one hall at one sitting, and which seats its plan has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlmodel import and_, col, or_, select

from services.api.db.tables import Accommodation, Exam, Hall, RosterEntry, Sitting, SittingHall, Student
from services.api.office import halls, seat_labels, sittings
from services.api.office.seat_shapes import HallSeats, SitterPublic
from services.api.office.seating import Plan, Seat
from services.api.office.work import Work
from services.api.problems import not_found


@dataclass(frozen=True)
class Person:
    """A roster entry with what seating goes by."""

    entry: RosterEntry
    sitting: Sitting
    exam: Exam
    name: str
    seat_need: str = ""

    @property
    def key(self) -> str:
        """Unique in a hall, where a student may be on two rosters."""
        return f"{self.entry.sitting_id}:{self.entry.student_id}"

    @property
    def has_checked_in(self) -> bool:
        """Whether they are, or were, in the hall."""
        return self.entry.status != "expected"


def plan_of(work: Work, sitting_id: int, hall_id: str) -> HallSeats:
    """Return a hall's plan with everybody who is there during a sitting.

    Raises:
        Problem: no such sitting, or it is not in this hall.
    """
    hall = hall_of(work, sitting_id, hall_id)
    plan = drawn(hall)
    people = people_of(work, sittings.get(work, sitting_id), hall_id)
    shown = [_public(person, plan) for person in people]
    return HallSeats(
        sitting_id=sitting_id,
        hall=halls.public(hall),
        people=[one for one in shown if one.sitting_id == sitting_id],
        others=[one for one in shown if one.sitting_id != sitting_id],
    )


def hall_of(work: Work, sitting_id: int, hall_id: str) -> Hall:
    """Return a hall of a sitting.

    Raises:
        Problem: no such sitting, or it is not in this hall.
    """
    sittings.get(work, sitting_id)
    if work.session.get(SittingHall, (sitting_id, hall_id)) is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    return halls.get(work, hall_id)


def people_of(work: Work, sitting: Sitting, hall_id: str) -> list[Person]:
    """Return everybody in a hall while a sitting lasts, of this and of other sittings, by number."""
    at_the_time = (col(Sitting.starts_at) < sitting.ends_at, col(Sitting.ends_at) > sitting.starts_at)
    query = (
        select(RosterEntry, Sitting, Exam, Student.name)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .join(Exam, col(Exam.id) == Sitting.exam_id)
        .join(Student, col(Student.id) == RosterEntry.student_id)
        .where(RosterEntry.hall_id == hall_id)
        .where(or_(col(Sitting.id) == sitting.id, and_(col(Sitting.state) != "cancelled", *at_the_time)))
        .order_by(col(RosterEntry.student_id), col(RosterEntry.sitting_id))
    )
    rows = work.session.exec(query).all()
    needs = _needs(work, {cast(int, its.id) for _, its, _, _ in rows})
    return [
        Person(entry, its, exam, name, _need(needs, entry.student_id, entry.sitting_id))
        for entry, its, exam, name in rows
    ]


def drawn(hall: Hall) -> Plan | None:
    """Return a hall's plan; None: it has no rows and columns yet."""
    if not hall.rows or not hall.columns:
        return None
    return Plan(hall.rows, hall.columns, frozenset((row, column) for row, column in hall.blocked))


def seat_of(entry: RosterEntry, plan: Plan | None) -> Seat | None:
    """Return where a roster entry sits on the plan: by its row and column, else by what its table is called."""
    if entry.row is not None and entry.col is not None:
        seat = (entry.row, entry.col)
    else:
        named = seat_labels.place(entry.table_label)
        if named is None:
            return None
        seat = named
    return seat if plan is not None and plan.has(seat) else None


def _public(person: Person, plan: Plan | None) -> SitterPublic:
    seat = seat_of(person.entry, plan)
    return SitterPublic(
        sitting_id=person.entry.sitting_id,
        exam_id=person.sitting.exam_id,
        exam_code=person.exam.code,
        student_id=person.entry.student_id,
        name=person.name,
        table=person.entry.table_label,
        row=seat[0] if seat else None,
        col=seat[1] if seat else None,
        seat_need=person.seat_need,
        has_checked_in=person.has_checked_in,
        version=person.entry.version,
    )


def _needs(work: Work, sitting_ids: Iterable[int]) -> dict[tuple[str, int | None], str]:
    """Return what students need of a seat, at these sittings or everywhere."""
    at = col(Accommodation.sitting_id)
    query = select(Accommodation).where(
        col(Accommodation.seat_need) != "", or_(at.is_(None), at.in_(sorted(sitting_ids)))
    )
    return {(row.student_id, row.sitting_id): row.seat_need for row in work.session.exec(query)}


def _need(needs: Mapping[tuple[str, int | None], str], student_id: str, sitting_id: int) -> str:
    return needs.get((student_id, sitting_id)) or needs.get((student_id, None), "")
