"""How many stand how, in what is filtered: counted by sitting and status, and said as a roster says it."""

from collections import Counter

from sqlalchemy import func
from sqlmodel import col

from services.api.attendance.projection import shown_status
from services.api.db.tables import RosterEntry
from services.api.office.grid.filters import cancelled, entries_of, has_rosters_only, lone_of, over
from services.api.office.grid.shapes import GridFilter, GridTotals
from services.api.office.work import Work

_BY = (col(RosterEntry.sitting_id), col(RosterEntry.hall_id), col(RosterEntry.status), col(RosterEntry.sealed))
"""In the order of an index, so that nothing is sorted to be counted; the hall only for that."""


def totals(work: Work, wanted: GridFilter) -> GridTotals:
    """Count the rows of a view, its students once each, and how they stand."""
    counted: Counter[str] = Counter()
    if wanted.status != "none":
        counted += _at_sittings(work, wanted)
    if not has_rosters_only(wanted):
        lone = work.session.execute(lone_of(wanted, func.count())).scalar_one()
        counted += Counter(rows=lone, students=lone)
    return GridTotals(**counted)


def _at_sittings(work: Work, wanted: GridFilter) -> Counter[str]:
    students = entries_of(work, wanted, func.count(col(RosterEntry.student_id).distinct()))
    counted = Counter(students=work.session.execute(students).scalar_one())
    over_now = {sitting_id for (sitting_id,) in work.session.execute(over(work.now))}
    off = {sitting_id for (sitting_id,) in work.session.execute(cancelled())}
    for sitting_id, _, status, sealed, rows in work.session.execute(
        entries_of(work, wanted, *_BY, func.count()).group_by(*_BY)
    ):
        absent_now = bool(sealed) or sitting_id in over_now
        counted["rows"] += rows
        counted[shown_status(status, check_in_over=absent_now, cancelled=sitting_id in off)] += rows
    return counted
