"""Seats that nobody has: for who comes to a hall without one."""

from collections.abc import Collection

from sqlmodel import col, select

from services.api.attendance.answers import Seat
from services.api.db import holding
from services.api.db.tables import Hall, Review, RosterEntry, Sitting
from services.api.office import seat_labels, seats
from services.api.office.work import Work

Place = tuple[int, int]


def for_case(work: Work, review: Review) -> Seat | None:
    """Return a spare seat in the hall where a case happened, for its sitting."""
    sitting = work.session.get(Sitting, review.sitting_id) if review.sitting_id else None
    return first(work, sitting, review.hall_id) if sitting else None


def first(work: Work, sitting: Sitting, hall_id: str) -> Seat | None:
    """Return the first seat that nobody has there meanwhile; None: the hall has no plan, or is full.

    The hall is held until the commit, so that no two people are given the same seat.
    """
    hold(work, hall_id)
    return next(iter(every(work, sitting, hall_id)), None)


def every(work: Work, sitting: Sitting, hall_id: str) -> list[Seat]:
    """Return all seats that nobody has there while the sitting lasts, row by row."""
    free = places_of(work, hall_id) - taken(work, sitting, hall_id)
    return [Seat(seat_labels.label(*place), *place) for place in sorted(free)]


def hold(work: Work, hall_id: str) -> None:
    """Let nobody else give seats in this hall before the commit; cases may still be opened in it."""
    holding.halls(work.session, [hall_id])


def taken(work: Work, sitting: Sitting, hall_id: str, but: Collection[int | None] = ()) -> set[Place]:
    """Return the seats of everybody who sits there at the same time, of whichever exam; `but` some entries."""
    places = (_place(entry) for entry in _seated(work, sitting, hall_id, but))
    return {place for place in places if place is not None}


def labels(work: Work, sitting: Sitting, hall_id: str, but: Collection[int | None] = ()) -> set[str]:
    """Return what the seats of everybody who sits there at the same time are called."""
    return {entry.table_label for entry in _seated(work, sitting, hall_id, but)}


def _seated(work: Work, sitting: Sitting, hall_id: str, but: Collection[int | None]) -> list[RosterEntry]:
    query = (
        select(RosterEntry)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(
            RosterEntry.hall_id == hall_id,
            Sitting.state != "cancelled",
            Sitting.starts_at < sitting.ends_at,
            Sitting.ends_at > sitting.starts_at,
        )
    )
    return [entry for entry in work.session.exec(query) if entry.id not in but]


def _place(entry: RosterEntry) -> Place | None:
    if entry.row is not None and entry.col is not None:
        return entry.row, entry.col
    return seat_labels.place(entry.table_label)


def places_of(work: Work, hall_id: str) -> set[Place]:
    """Return every seat of a hall's plan that is not blocked, whoever sits there."""
    hall = work.session.get(Hall, hall_id)
    plan = seats.drawn(hall) if hall is not None else None
    return set(plan.seats()) if plan is not None else set()
