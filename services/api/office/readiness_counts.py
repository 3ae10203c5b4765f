"""What can be counted of sittings at once: rosters, templates, seats, kiosks, invigilators. One query for each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlmodel import and_, col, func, or_, select, tuple_

from services.api.db.tables import Assignment, Hall, Kiosk, RosterEntry, Student, Template
from services.api.office import halls, seat_labels, seats
from services.api.office.halls import HallPublic
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work

Place = tuple[int, str]
_AT_ONCE = 5000
"""Blocked seats in one query: SQLite takes a limited number of parameters."""


@dataclass(frozen=True)
class Counts:
    """What was counted."""

    on_roster: dict[Place, int]
    """Of other sittings at the same time, too."""
    expected: Counter[int]
    """By sitting: everybody on its roster."""
    without_seat: dict[Place, int]
    seat_gone: Counter[Place]
    """Whose seat is blocked, or no longer on the hall's plan."""
    without_template: dict[int, int]
    capacity: dict[str, int]
    """Seats of halls that have a plan."""
    zones: dict[str, str]
    with_kiosk: frozenset[str]
    watched: frozenset[tuple[int, str | None]]

    def zone(self, halls: Sequence[str]) -> str:
        """Return the time zone of the first hall."""
        return self.zones.get(halls[0], "UTC") if halls else "UTC"


def count(work: Work, sittings: Sequence[SittingPublic], beside: Iterable[int]) -> Counts:
    """Count what these sittings have, and who sits in the halls with those `beside` them."""
    ids = [sitting.id for sitting in sittings]
    rooms = halls.every(work)
    on_roster = _by_place(work, sorted({*ids, *beside}))
    expected = Counter[int]()
    for (sitting_id, _), number in on_roster.items():
        expected[sitting_id] += number
    return Counts(
        on_roster=on_roster,
        expected=expected,
        without_seat=_by_place(work, ids, and_(col(RosterEntry.row).is_(None), col(RosterEntry.table_label) == "")),
        seat_gone=_outside(work, ids) + _on_blocked(work, ids, rooms) + _named_only(work, ids),
        without_template=_without_template(work, ids),
        capacity={hall.id: hall.capacity for hall in rooms if hall.capacity is not None},
        zones={hall.id: hall.time_zone for hall in rooms},
        with_kiosk=frozenset(
            work.session.exec(select(Kiosk.hall_id).where(col(Kiosk.enabled), Kiosk.direction == "in"))
        ),
        watched=frozenset(
            work.session.exec(
                select(Assignment.sitting_id, Assignment.hall_id).where(col(Assignment.sitting_id).in_(ids))
            ).all()
        ),
    )


def _by_place(work: Work, ids: Sequence[int], condition: ColumnElement[bool] | None = None) -> dict[Place, int]:
    query = (
        select(RosterEntry.sitting_id, RosterEntry.hall_id, func.count())
        .where(col(RosterEntry.sitting_id).in_(ids))
        .group_by(col(RosterEntry.sitting_id), col(RosterEntry.hall_id))
    )
    rows = work.session.exec(query if condition is None else query.where(condition))
    return {(sitting_id, hall_id): number for sitting_id, hall_id, number in rows}


def _outside(work: Work, ids: Sequence[int]) -> Counter[Place]:
    """Count who sits where the plan, as it is now, has no row or column."""
    query = (
        select(RosterEntry.sitting_id, RosterEntry.hall_id, func.count())
        .join(Hall, col(Hall.id) == RosterEntry.hall_id)
        .where(col(RosterEntry.sitting_id).in_(ids))
        .where(or_(col(RosterEntry.row) > col(Hall.rows), col(RosterEntry.col) > col(Hall.columns)))
        .group_by(col(RosterEntry.sitting_id), col(RosterEntry.hall_id))
    )
    return Counter({(sitting_id, hall_id): number for sitting_id, hall_id, number in work.session.exec(query)})


def _on_blocked(work: Work, ids: Sequence[int], rooms: Iterable[HallPublic]) -> Counter[Place]:
    blocked = [(hall.id, row, column) for hall in rooms for row, column in hall.blocked]
    seat = tuple_(col(RosterEntry.hall_id), col(RosterEntry.row), col(RosterEntry.col))
    found = Counter[Place]()
    for at in range(0, len(blocked), _AT_ONCE):
        found.update(_by_place(work, ids, seat.in_(blocked[at : at + _AT_ONCE])))
    return found


def _named_only(work: Work, ids: Sequence[int]) -> Counter[Place]:
    """Count who has a seat by what their table is called alone, which the plan does not have, or has blocked."""
    unplaced = and_(col(RosterEntry.row).is_(None), col(RosterEntry.table_label) != "")
    named = select(RosterEntry.hall_id, RosterEntry.table_label).where(col(RosterEntry.sitting_id).in_(ids), unplaced)
    plans = {hall.id: seats.drawn(hall) for hall in work.session.exec(select(Hall))}
    gone = [
        (hall_id, table)
        for hall_id, table in work.session.exec(named.distinct())
        if (plan := plans.get(hall_id)) is not None and (seat := seat_labels.place(table)) and not plan.has(seat)
    ]
    called = tuple_(col(RosterEntry.hall_id), col(RosterEntry.table_label))
    found = Counter[Place]()
    for at in range(0, len(gone), _AT_ONCE):
        found.update(_by_place(work, ids, and_(unplaced, called.in_(gone[at : at + _AT_ONCE]))))
    return found


def _without_template(work: Work, ids: Sequence[int]) -> dict[int, int]:
    """Active students whom no face will find, and who are not expected by number."""
    enrolled = exists().where(col(Template.student_id) == col(RosterEntry.student_id))
    query = (
        select(RosterEntry.sitting_id, func.count())
        .join(Student, col(Student.id) == RosterEntry.student_id)
        .where(col(RosterEntry.sitting_id).in_(ids), col(Student.active), col(Student.by_number).is_(False), ~enrolled)
        .group_by(col(RosterEntry.sitting_id))
    )
    return dict(work.session.exec(query).all())
