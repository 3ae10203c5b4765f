"""Rows held against each other and against who is there: one student once at a sitting, one table for one student."""

from collections.abc import Collection, Sequence

from sqlalchemy import Integer, String, and_, column, values
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from services.api.db.holding import AT_ONCE, batches
from services.api.db.tables import RosterEntry, Sitting
from services.api.office.grid.places import Place
from services.api.office.grid.wrong import Wrong
from services.api.office.work import Work

Seat = tuple[int, str, str]
"""Sitting, hall, table."""


def check_doubles(work: Work, places: Sequence[Place], going: Collection[int], wrong: Wrong) -> None:
    """Name rows that would put a student twice on one roster; `going` are the entries that are removed."""
    new = [place for place in places if place.other_sitting]
    taken = {
        (sitting_id, student_id)
        for some in batches(place.line.student_id for place in new)
        for entry_id, sitting_id, student_id in work.session.exec(
            select(RosterEntry.id, RosterEntry.sitting_id, RosterEntry.student_id).where(
                col(RosterEntry.student_id).in_(some)
            )
        )
        if entry_id not in going
    }
    for place in new:
        at = (place.sitting.id or 0, place.line.student_id)
        if at in taken:
            column = place.line.first_of("exam", "date", "time")
            wrong.cell(place.line.key, column, "double", student=place.line.student_id)
        taken.add(at)


def check_tables(work: Work, places: Sequence[Place], going: Collection[int], wrong: Wrong) -> None:
    """Name tables that are somebody's while the sitting lasts, of whichever exam."""
    new = [place for place in places if place.table and place.other_seat]
    together = _together(work, {place.sitting.id or 0: place.sitting for place in new})
    free = {*going, *(place.line.entry.id for place in places if place.line.entry is not None)}
    taken = _taken(work, {seat for place in new for seat in _seats(place, together)}, free)
    staying = [place for place in places if place.table and not place.other_seat]
    for place in staying:
        taken.setdefault((place.sitting.id or 0, place.hall_id, place.table), place.line.student_id)
    for place in new:
        whose = next((taken[seat] for seat in _seats(place, together) if seat in taken), None)
        if whose is not None and whose != place.line.student_id:
            column = place.line.first_of("table", "hall", "exam", "date", "time")
            wrong.cell(place.line.key, column, "table_taken", table=place.table, hall=place.hall_id, student=whose)
        taken.setdefault((place.sitting.id or 0, place.hall_id, place.table), place.line.student_id)


def _seats(place: Place, together: dict[int, list[int]]) -> list[Seat]:
    return [(sitting_id, place.hall_id, place.table) for sitting_id in together[place.sitting.id or 0]]


def _together(work: Work, sittings: dict[int, Sitting]) -> dict[int, list[int]]:
    """Return for each sitting those that last while it does, itself among them."""
    if not sittings:
        return {}
    begin, end = min(one.starts_at for one in sittings.values()), max(one.ends_at for one in sittings.values())
    query = select(Sitting.id, Sitting.starts_at, Sitting.ends_at).where(
        Sitting.state != "cancelled", Sitting.starts_at < end, Sitting.ends_at > begin
    )
    near = work.session.exec(query).all()
    return {
        sitting_id: sorted({sitting_id, *(i for i, a, b in near if i and a < one.ends_at and b > one.starts_at)})
        for sitting_id, one in sittings.items()
    }


def _taken(work: Work, seats: set[Seat], free: Collection[int | None]) -> dict[Seat, str]:
    """Look the seats up one by one in their index: held against a list of triples, SQLite reads the whole table."""
    found: dict[Seat, str] = {}
    for some in batches(seats, AT_ONCE // 3):
        wanted = values(column("s", Integer), column("h", String), column("t", String), name="wanted").data(some)
        one = wanted.cte("wanted")
        here = and_(col(RosterEntry.sitting_id) == one.c.s, col(RosterEntry.hall_id) == one.c.h)
        query = sql_select(col(RosterEntry.id), col(RosterEntry.student_id), one.c.s, one.c.h, one.c.t).select_from(
            one.join(RosterEntry, and_(here, col(RosterEntry.table_label) == one.c.t))
        )
        for entry_id, student_id, *at in work.session.execute(query):
            if entry_id not in free:
                found[at[0], at[1], at[2]] = student_id
    return found
