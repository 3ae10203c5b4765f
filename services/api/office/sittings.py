"""Sittings: one exam at one time, in one or several halls."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel import delete as sql_delete

from services.api.attendance.projection import shown_status
from services.api.attendance.roster import reproject_sitting
from services.api.attendance.rules import rules_of
from services.api.db import holding
from services.api.db.sealed import check_halls_open
from services.api.db.tables import (
    Accommodation,
    Assignment,
    Attempt,
    Exam,
    HallMove,
    Handover,
    RosterEntry,
    Sitting,
    SittingHall,
)
from services.api.office import exams, halls
from services.api.office.sitting_shapes import SittingChange, SittingCreate, SittingPublic
from services.api.office.students import check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found, unfit

OPENS_BEFORE = timedelta(minutes=30)
CLOSES_AFTER = timedelta(minutes=30)
FIRST_DAY, LAST_DAY = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What is reckoned from a sitting's times must still be times."""
_TIMES = ("opens_at", "starts_at", "late_after", "closes_at", "ends_at")


def create(work: Work, new: SittingCreate) -> SittingPublic:
    """Make a sitting.

    Raises:
        Problem: no such exam or hall, or times that don't follow each other.
    """
    exams.get(work, new.exam_id)
    _check_day(new.starts_at, "starts_at")
    sitting = Sitting(
        exam_id=new.exam_id,
        opens_at=new.opens_at or new.starts_at - OPENS_BEFORE,
        starts_at=new.starts_at,
        late_after=new.late_after or new.starts_at,
        closes_at=new.closes_at or min(new.ends_at, max(new.starts_at + CLOSES_AFTER, new.late_after or new.starts_at)),
        ends_at=new.ends_at,
        policy=new.policy,
    )
    check_times(sitting)
    work.session.add(sitting)
    work.session.flush()
    _set_halls(work, sitting, new.halls)
    work.note("sitting.create", f"sitting:{sitting.id}", after=_facts(sitting), sitting_id=sitting.id)
    return shape(work, [sitting])[0]


def get(work: Work, sitting_id: int) -> Sitting:
    """Return a sitting.

    Raises:
        Problem: there is none.
    """
    sitting = work.session.get(Sitting, sitting_id)
    if sitting is None:
        raise not_found("sitting", sitting_id, "sitting_id")
    return sitting


def locked(work: Work, sitting_id: int) -> Sitting:
    """Return a sitting, as nobody else seals, moves, times or edits the roster of it until this commit.

    Raises:
        Problem: there is none.
    """
    holding.sittings(work.session, [sitting_id])
    return get(work, sitting_id)


def find(work: Work, from_: datetime | None, to: datetime | None, exam_id: int | None) -> list[SittingPublic]:
    """Return the sittings that the caller may see, by start."""
    query = select(Sitting).order_by(col(Sitting.starts_at), col(Sitting.id))
    if from_:
        query = query.where(col(Sitting.ends_at) >= from_)
    if to:
        query = query.where(col(Sitting.starts_at) <= to)
    if exam_id:
        query = query.where(Sitting.exam_id == exam_id)
    assigned = work.assigned()
    if assigned is not None:
        query = query.where(col(Sitting.id).in_(assigned))
    return shape(work, list(work.session.exec(query)))


def change(work: Work, sitting_id: int, wish: SittingChange) -> SittingPublic:
    """Change a sitting.

    Raises:
        Problem: unknown, sealed, changed meanwhile, times that don't follow, a hall that people sit in taken away.
    """
    sitting = locked(work, sitting_id)
    check_version(sitting.version, wish.version, f"sitting {sitting_id}")
    check_not_sealed(sitting)
    holding.everybodys_entries(work.session, sitting_id)
    _check_halls_open(work, sitting_id)
    before = _facts(sitting)
    for name in (*_TIMES, "policy"):
        setattr(sitting, name, getattr(wish, name) or getattr(sitting, name))
    check_times(sitting)
    if wish.cancelled is not None:
        sitting.state = "cancelled" if wish.cancelled else "planned"
    if wish.halls is not None:
        _set_halls(work, sitting, wish.halls)
    sitting.version += 1
    work.session.add(sitting)
    work.session.flush()
    reproject_sitting(work.session, sitting_id, rules_of(work.api))
    work.note("sitting.change", f"sitting:{sitting_id}", before=before, after=_facts(sitting), sitting_id=sitting_id)
    return shape(work, [sitting])[0]


def delete(work: Work, sitting_id: int) -> None:
    """Delete a sitting at which nothing has happened.

    Raises:
        Problem: unknown, or attempts are recorded: cancel it instead.
    """
    sitting = locked(work, sitting_id)
    holding.entries(work.session, RosterEntry.sitting_id == sitting_id)  # who comes in now has come in
    if work.session.exec(select(Attempt.id).where(Attempt.sitting_id == sitting_id).limit(1)).first():
        raise conflict("sitting_has_attempts", "People have checked in: cancel the sitting instead.", "sitting_id")
    _check_halls_open(work, sitting_id)
    for table in (RosterEntry, Assignment, Handover, HallMove, SittingHall, Accommodation):
        work.session.exec(sql_delete(table).where(col(table.sitting_id) == sitting_id))
    work.session.delete(sitting)
    work.note("sitting.delete", f"sitting:{sitting_id}", before=_facts(sitting), sitting_id=sitting_id)


def check_times(sitting: Sitting) -> None:
    """Refuse times that don't follow each other: opens ≤ start < end, opens ≤ late ≤ closes ≤ end.

    Raises:
        Problem: 422 with the first that is wrong.
    """
    for name in _TIMES:
        _check_day(getattr(sitting, name), name)
    pairs = [
        ("opens_at", "starts_at"),
        ("starts_at", "ends_at"),
        ("opens_at", "late_after"),
        ("late_after", "closes_at"),
        ("closes_at", "ends_at"),
    ]
    for first, second in pairs:
        if getattr(sitting, first) > getattr(sitting, second):
            raise unfit("times", f"{first} is after {second}.", first)
    if sitting.starts_at == sitting.ends_at:
        raise unfit("times", "The sitting ends when it starts.", "ends_at")


def _check_day(at: datetime, name: str) -> None:
    if not FIRST_DAY <= at < LAST_DAY:
        raise unfit("no_such_time", "That is before the first day there is, or after the last.", name)


def check_not_sealed(sitting: Sitting) -> None:
    """Refuse to change a sealed record.

    Raises:
        Problem: 409.
    """
    if sitting.state == "sealed":
        raise conflict("sealed", "The sitting is sealed: corrections are amendments.", "sitting_id")


def check_in_over(sitting: Sitting, now: datetime) -> bool:
    """Tell whether who is not there by now is absent."""
    return closed_by(sitting.state, sitting.closes_at, now)


def closed_by(state: str, closes_at: datetime, now: datetime) -> bool:
    """Tell whether check-in is over at a sitting in this state."""
    return state in ("closed", "sealed") or now > closes_at


def status_at(sitting: Sitting, entry: RosterEntry, now: datetime, *, hall_closed: bool = False) -> str:
    """Return how somebody on a sitting's roster stands, as it is said."""
    over = hall_closed or entry.sealed or check_in_over(sitting, now)
    return shown_status(entry.status, check_in_over=over, cancelled=sitting.state == "cancelled")


def hall_ids(work: Work, sitting_id: int) -> list[str]:
    """Return the halls of a sitting, by id."""
    query = select(SittingHall.hall_id).where(SittingHall.sitting_id == sitting_id).order_by(col(SittingHall.hall_id))
    return list(work.session.exec(query))


def shape(work: Work, sittings: Sequence[Sitting]) -> list[SittingPublic]:
    """Shape sittings, with four queries however many they are."""
    ids = [sitting.id or 0 for sitting in sittings]
    codes = {
        exam.id: exam for exam in work.session.exec(select(Exam).where(col(Exam.id).in_([s.exam_id for s in sittings])))
    }
    in_halls: dict[int, list[str]] = {}
    for row in work.session.exec(
        select(SittingHall).where(col(SittingHall.sitting_id).in_(ids)).order_by(col(SittingHall.hall_id))
    ):
        in_halls.setdefault(row.sitting_id, []).append(row.hall_id)
    people, students = _assigned(work, ids), _on_rosters(work, ids)
    return [
        SittingPublic(
            **sitting.model_dump(exclude={"closed_at"}),
            exam_code=codes[sitting.exam_id].code,
            subject=codes[sitting.exam_id].subject,
            halls=in_halls.get(sitting.id or 0, []),
            invigilators=people.get(sitting.id or 0, []),
            students=students.get(sitting.id or 0, 0),
        )
        for sitting in sittings
    ]


def _assigned(work: Work, sitting_ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    query = select(Assignment).where(col(Assignment.sitting_id).in_(sitting_ids)).order_by(col(Assignment.user_id))
    for row in work.session.exec(query):
        people = found.setdefault(row.sitting_id, [])
        if row.user_id not in people:  # one who watches two halls of it stands there twice
            people.append(row.user_id)
    return found


def _check_halls_open(work: Work, sitting_id: int) -> None:
    here = ((sitting_id, hall_id) for hall_id in hall_ids(work, sitting_id))
    check_halls_open(work.session, here, alone=True)


def _on_rosters(work: Work, sitting_ids: list[int]) -> dict[int, int]:
    query = select(RosterEntry.sitting_id, func.count()).where(col(RosterEntry.sitting_id).in_(sitting_ids))
    return dict(work.session.exec(query.group_by(col(RosterEntry.sitting_id))).all())


def _set_halls(work: Work, sitting: Sitting, wished: list[str]) -> None:
    sitting_id = sitting.id or 0
    there = set(hall_ids(work, sitting_id))
    for hall_id in sorted(set(wished) - there):
        halls.get(work, hall_id)
        work.session.add(SittingHall(sitting_id=sitting_id, hall_id=hall_id))
    for hall_id in sorted(there - set(wished)):
        seated = select(func.count()).where(RosterEntry.sitting_id == sitting_id, RosterEntry.hall_id == hall_id)
        if work.session.exec(seated).one():
            raise conflict("hall_has_seats", f"Students still sit in hall {hall_id}: move them first.", "halls")
        work.session.delete(work.session.get_one(SittingHall, (sitting_id, hall_id)))
    work.session.flush()


def _facts(sitting: Sitting) -> Facts:
    times: Facts = {name: getattr(sitting, name).isoformat() for name in _TIMES}
    return {**times, "policy": sitting.policy, "state": sitting.state, "exam": sitting.exam_id}
