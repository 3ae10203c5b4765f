"""A sitting goes to another hall while people arrive; the old hall's doors send everybody there.

Nobody who is in is put out again: they stay in, at their new table.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, delete, select

from services.api.db import holding
from services.api.db.sealed import check_halls_open
from services.api.db.tables import HallMove, RosterEntry, Sitting, SittingHall
from services.api.examples import example_of
from services.api.office import assignments, halls, seats, seats_proposed, seats_set, sittings, spare_seats
from services.api.office.seat_shapes import How, PlaceSet, SeatsPut, SeatsWish
from services.api.office.sitting_moves import Reason, open_for_change, write
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Facts, Work
from services.api.problems import not_found, unfit


class HallMoving(BaseModel):
    """Where everybody of one hall goes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"from": "A", "to": "C", "seats": "keep", "reason": "No power in hall A"}]},
        populate_by_name=True,
    )

    from_hall: str = Field(alias="from", max_length=64)
    to_hall: str = Field(alias="to", max_length=64)
    seats: Literal["keep", "id", "random", "spaced"] = Field(
        "keep", description="`keep`: the same tables, where they are there and free; else given out anew."
    )
    reason: Reason
    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


class Moved(BaseModel):
    """What a move did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting": {**example_of(SittingPublic), "halls": ["C", "B"], "version": 2},
                    "moved": 120,
                    "already_in": 14,
                    "unseated": [],
                }
            ]
        }
    )

    sitting: SittingPublic
    moved: int = Field(description="Students who belong in the new hall now.")
    already_in: int = Field(description="Of these, who had checked in: they stay in, at their new table.")
    unseated: list[str] = Field(description="Students without a seat in the new hall.")


def move(work: Work, sitting_id: int, wish: HallMoving) -> Moved:
    """Move everybody of one hall to another; the old hall's doors send people there.

    Raises:
        Problem: unknown, sealed, called off, not in that hall, or changed meanwhile.
    """
    here = (wish.from_hall, wish.to_hall)
    holding.halls(work.session, here)
    sitting = open_for_change(work, sitting_id, wish.version)
    old = work.session.get(SittingHall, (sitting_id, wish.from_hall))
    if old is None:
        raise not_found(f"hall of sitting {sitting_id}", wish.from_hall, "from")
    if wish.from_hall == wish.to_hall:
        raise unfit("same_hall", "That is the hall they are in: choose another one.", "to")
    halls.get(work, wish.to_hall)
    holding.entries(work.session, RosterEntry.sitting_id == sitting_id, col(RosterEntry.hall_id).in_(here))
    check_halls_open(work.session, ((sitting_id, hall_id) for hall_id in here), alone=True)
    moved = _move_people(work, sitting, old, wish)
    already_in = sum(entry.status != "expected" for entry in moved)
    after: Facts = {
        "from": wish.from_hall,
        "to": wish.to_hall,
        "seats": wish.seats,
        "students": len(moved),
        "already_in": already_in,
        "reason": wish.reason,
    }
    work.note("sitting.move", f"sitting:{sitting_id}", after=after, sitting_id=sitting_id)
    return Moved(
        sitting=sittings.shape(work, [sitting])[0],
        moved=len(moved),
        already_in=already_in,
        unseated=sorted(entry.student_id for entry in moved if not entry.table_label),
    )


def _move_people(work: Work, sitting: Sitting, old: SittingHall, wish: HallMoving) -> list[RosterEntry]:
    sitting_id = sitting.id or 0
    _open_new_hall(work, old, wish.to_hall)
    query = select(RosterEntry).where(RosterEntry.sitting_id == sitting_id, RosterEntry.hall_id == wish.from_hall)
    going = list(work.session.exec(query.order_by(col(RosterEntry.student_id))))
    tables = {entry.student_id: entry.table_label for entry in going}
    for entry in going:
        entry.hall_id, entry.table_label, entry.row, entry.col = wish.to_hall, "", None, None
        entry.version += 1
        work.session.add(entry)
    work.session.flush()
    assignments.follow_move(work, sitting_id, wish.from_hall, wish.to_hall)
    work.session.flush()
    work.session.delete(old)
    _remember(work, sitting_id, wish)
    write(work, sitting)
    if wish.seats == "keep":
        _keep_tables(work, sitting_id, wish.to_hall, tables)
    else:
        _seat_anew(work, sitting_id, wish.to_hall, wish.seats)
    work.session.flush()
    return going


def _open_new_hall(work: Work, old: SittingHall, to_hall: str) -> None:
    """The new hall takes over what was set at the old one, unless the sitting is there already."""
    if work.session.get(SittingHall, (old.sitting_id, to_hall)) is None:
        grace = old.queue_grace_min
        work.session.add(SittingHall(sitting_id=old.sitting_id, hall_id=to_hall, queue_grace_min=grace))
        work.session.flush()


def _remember(work: Work, sitting_id: int, wish: HallMoving) -> None:
    """From now on the old hall's doors answer for this sitting, and no longer those that it comes back to."""
    back = (col(HallMove.sitting_id) == sitting_id, col(HallMove.from_hall_id) == wish.to_hall)
    work.session.exec(delete(HallMove).where(*back))
    work.session.add(
        HallMove(sitting_id=sitting_id, from_hall_id=wish.from_hall, to_hall_id=wish.to_hall, moved_at=work.now)
    )


def _keep_tables(work: Work, sitting_id: int, hall_id: str, tables: dict[str, str]) -> None:
    """Everybody keeps their table where the new hall has it free; who can't has none, and is listed."""
    hall = halls.get(work, hall_id)
    plan = seats.drawn(hall)
    sitting = sittings.get(work, sitting_id)
    taken_places, taken_labels = spare_seats.taken(work, sitting, hall_id), spare_seats.labels(work, sitting, hall_id)
    people = seats.people_of(work, sitting, hall_id)
    for person in people:
        wanted = tables.get(person.entry.student_id, "")
        if person.entry.sitting_id != sitting_id or not wanted or wanted in taken_labels:
            continue
        person.entry.table_label = wanted
        place = seats.seat_of(person.entry, plan)
        if plan is not None and (place is None or place in taken_places):
            person.entry.table_label = ""
            continue
        person.entry.row, person.entry.col = place or (None, None)
        work.session.add(person.entry)


def _seat_anew(work: Work, sitting_id: int, hall_id: str, how: How) -> None:
    """Give seats out in the new hall to those who have none there."""
    if seats.drawn(halls.get(work, hall_id)) is None:
        return
    wish = SeatsWish(how=how, keep_seated=True, together=False)
    proposal = seats_proposed.propose(work, sitting_id, hall_id, wish, also_who_is_in=True)
    places = [
        PlaceSet(student_id=one.student_id, row=one.row, col=one.col, version=one.version) for one in proposal.places
    ]
    seats_set.put(work, sitting_id, hall_id, SeatsPut(places=places, how=proposal.how, seed=proposal.seed))
