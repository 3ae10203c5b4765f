"""The grid's rows: a page of keys in a stable order first, and only then everything about these."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, case, func, or_, select
from sqlmodel import col

from services.api.attendance.projection import shown_status
from services.api.db.tables import Exam, Hall, RosterEntry, Sitting, Student
from services.api.office.attendance import Status
from services.api.office.grid.filters import (
    Conditions,
    conditions,
    entries_of,
    has_rosters_only,
    is_over,
    lone_of,
    rows_of,
)
from services.api.office.grid.shapes import GridFilter, GridPage, GridRow, GridView
from services.api.office.work import Work

STUDENT = "s:"
ENTRY = "e"
_SHOWN: tuple[Any, ...] = (
    col(Student.id).label("student_id"),
    col(Student.name),
    col(Student.active),
    col(Student.version).label("student_version"),
    col(RosterEntry.id).label("entry_id"),
    col(RosterEntry.version).label("entry_version"),
    col(RosterEntry.sitting_id),
    col(Exam.code),
    col(Sitting.starts_at),
    col(Hall.time_zone),
    col(RosterEntry.hall_id),
    col(RosterEntry.table_label),
    col(RosterEntry.note),
    col(RosterEntry.status),
    col(RosterEntry.status_at),
    col(RosterEntry.provisional),
    or_(col(RosterEntry.sealed), col(Sitting.state) == "sealed").label("sealed"),
    col(Sitting.state),
    col(Sitting.closes_at),
)
_ORDER = (col(Student.id), col(RosterEntry.id))
_STREAMED = 1_000


def page(work: Work, view: GridView) -> GridPage:
    """Return some rows of a view, and how many it has."""
    if view.keys:
        rows = by_keys(work, view.keys)
        return GridPage(rows=rows, total=len(rows))
    keys = _keys(work, view, conditions(work, view))
    return GridPage(rows=by_keys(work, keys), total=count(work, view))


def count(work: Work, wanted: GridFilter) -> int:
    """Return how many rows a view has."""
    at_sittings: int = work.session.execute(entries_of(work, wanted, func.count())).scalar_one()
    if has_rosters_only(wanted):
        return at_sittings
    lone: int = work.session.execute(lone_of(wanted, func.count())).scalar_one()
    return lone if wanted.status == "none" else at_sittings + lone


def by_keys(work: Work, keys: Sequence[str]) -> list[GridRow]:
    """Return rows as they are now, in the order of the keys; those that are gone are left out."""
    entries = [entry_id for key in keys if (entry_id := entry_of(key)) is not None]
    lone = [student_id for key in keys if (student_id := student_of(key)) is not None]
    found = {
        row.key: row
        for query in (_at_sittings(entries), _at_none(lone))
        for row in (_row(work.now, one) for one in work.session.execute(query))
    }
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def every(work: Work, wanted: GridFilter) -> Iterator[GridRow]:
    """Give all rows of a view one after another, without holding them all."""
    query = _joined(rows_of(wanted, *_SHOWN), outer=True).where(*conditions(work, wanted)).order_by(*_ORDER)
    for found in work.session.execute(query.execution_options(yield_per=_STREAMED)):
        yield _row(work.now, found)


def entry_of(key: str) -> int | None:
    """Return the roster entry that a key names, None where it names none."""
    digits = key.removeprefix(ENTRY)
    return int(digits) if key.startswith(ENTRY) and digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def student_of(key: str) -> str | None:
    """Return the student at no sitting that a key names, None where it names none."""
    return key.removeprefix(STUDENT) if key.startswith(STUDENT) else None


@lru_cache(maxsize=10_000)
def local(starts_at: datetime, zone: str) -> tuple[str, str]:
    """Return the day and the time of a start in a hall's time zone: `2026-11-23`, `09:00`."""
    at = starts_at.astimezone(ZoneInfo(zone))
    return f"{at:%Y-%m-%d}", f"{at:%H:%M}"


def _keys(work: Work, view: GridView, holds: Conditions) -> list[str]:
    keys = rows_of(view, *_ORDER).where(*holds).offset(view.offset).limit(view.limit)
    found = work.session.connection().execute(_sorted(keys, view.sort, work.now))
    return [f"{STUDENT}{student_id}" if entry_id is None else f"{ENTRY}{entry_id}" for student_id, entry_id in found]


def _sorted(keys: "Select[Any]", sort: str, now: datetime) -> "Select[Any]":
    """Sort by a column, then by student and entry, so that no two rows ever change places between pages."""
    name, backwards = sort.removeprefix("-"), sort.startswith("-")
    if name == "student_id" and not backwards:
        return keys.order_by(*_ORDER)
    if name in ("exam", "date"):
        keys = keys.outerjoin(Sitting, col(Sitting.id) == col(RosterEntry.sitting_id))
    if name == "exam":
        keys = keys.outerjoin(Exam, col(Exam.id) == col(Sitting.exam_id))
    by = {
        "student_id": col(Student.id),
        "name": col(Student.name),
        "exam": col(Exam.code),
        "date": col(Sitting.starts_at),
        "hall": col(RosterEntry.hall_id),
        "table": col(RosterEntry.table_label),
        "status": case((col(RosterEntry.status) != "expected", col(RosterEntry.status)), else_=_expected(now)),
    }[name]
    return keys.order_by((by.desc() if backwards else by.asc()).nulls_last(), *_ORDER)


def _expected(now: datetime) -> Any:
    return case((is_over(now), "absent"), else_="expected")


def _at_sittings(entries: Iterable[int]) -> "Select[Any]":
    query = select(*_SHOWN).select_from(RosterEntry).join(Student, col(Student.id) == col(RosterEntry.student_id))
    return _joined(query, outer=False).where(col(RosterEntry.id).in_(list(entries)))


def _at_none(students: Iterable[str]) -> "Select[Any]":
    at_none = (col(RosterEntry.id).is_(None), col(Student.deleted_at).is_(None))
    query = _joined(rows_of(GridFilter(), *_SHOWN), outer=True)
    return query.where(col(Student.id).in_(list(students)), *at_none)


def _joined(query: "Select[Any]", *, outer: bool) -> "Select[Any]":
    return (
        query.join(Sitting, col(Sitting.id) == col(RosterEntry.sitting_id), isouter=outer)
        .join(Exam, col(Exam.id) == col(Sitting.exam_id), isouter=outer)
        .join(Hall, col(Hall.id) == col(RosterEntry.hall_id), isouter=outer)
    )


def _row(now: datetime, found: "Row[Any]") -> GridRow:
    own = {
        "student_id": found.student_id,
        "name": found.name,
        "active": found.active,
        "student_version": found.student_version,
    }
    if found.entry_id is None:
        return GridRow.model_construct(key=f"{STUDENT}{found.student_id}", **own, **_NOWHERE)
    day, clock = local(found.starts_at, found.time_zone)
    return GridRow.model_construct(
        key=f"{ENTRY}{found.entry_id}",
        **own,
        entry_version=found.entry_version,
        sitting_id=found.sitting_id,
        exam=found.code,
        date=day,
        time=clock,
        zone=found.time_zone,
        hall=found.hall_id,
        table=found.table_label,
        note=found.note,
        status=_status(found, now),
        at=found.status_at,
        provisional=found.provisional,
        sealed=bool(found.sealed),
    )


def _status(found: "Row[Any]", now: datetime) -> Status:
    over_now = found.sealed or found.state in ("closed", "sealed") or now > found.closes_at
    return cast(Status, shown_status(found.status, check_in_over=over_now, cancelled=found.state == "cancelled"))


_NOWHERE: dict[str, Any] = {
    "entry_version": None,
    "sitting_id": None,
    "exam": "",
    "date": "",
    "time": "",
    "zone": "UTC",
    "hall": "",
    "table": "",
    "note": "",
    "status": None,
    "at": None,
    "provisional": False,
    "sealed": False,
}
