"""From a filter to conditions: few things (exams, halls, sittings) are looked up first, so that rows need no joins."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select
from sqlmodel import col

from services.api.db.tables import Exam, Hall, RosterEntry, Sitting, Student
from services.api.office.grid.shapes import GridFilter
from services.api.office.work import Work

Q = TypeVar("Q", bound="Select[Any]")
Conditions = list[ColumnElement[bool]]


def has_rosters_only(wanted: GridFilter) -> bool:
    """Tell whether only rows at a sitting are meant, so that students without one are left out."""
    at_sitting = (wanted.exam, wanted.day, wanted.hall, wanted.sitting)
    return any(value is not None for value in at_sitting) or wanted.status not in (None, "none")


def conditions(work: Work, wanted: GridFilter) -> Conditions:
    """Return what holds for the rows that are meant, on `Student` and `RosterEntry` alone."""
    found = [*of_entries(work, wanted), *of_students(wanted)]
    if not has_rosters_only(wanted):
        found.append(or_(col(Student.deleted_at).is_(None), col(RosterEntry.id).is_not(None)))
    return found


def rows_of(wanted: GridFilter, *shown: Any) -> "Select[Any]":
    """Begin a selection of rows: each student with each sitting, and where they are meant students without one."""
    matches = col(RosterEntry.student_id) == col(Student.id)
    return select(*shown).select_from(Student).join(RosterEntry, matches, isouter=not has_rosters_only(wanted))


def entries_of(work: Work, wanted: GridFilter, *shown: Any) -> "Select[Any]":
    """Select from rows at a sitting, without a join: who is meant by name is found among the students first."""
    query, words = select(*shown).select_from(RosterEntry).where(*of_entries(work, wanted)), of_students(wanted)
    return query.where(col(RosterEntry.student_id).in_(select(col(Student.id)).where(*words))) if words else query


def lone_of(wanted: GridFilter, *shown: Any) -> "Select[Any]":
    """Select from students at no sitting."""
    at_one = select(col(RosterEntry.id)).where(col(RosterEntry.student_id) == col(Student.id)).exists()
    here = (col(Student.deleted_at).is_(None), not_(at_one), *of_students(wanted))
    return select(*shown).select_from(Student).where(*here)


def of_entries(work: Work, wanted: GridFilter) -> Conditions:
    """Return what holds for the roster entry of a row."""
    found: Conditions = []
    if wanted.exam is not None:
        found.append(_of_exams(work, wanted.exam.strip()))
    if wanted.day is not None:
        found.append(_of_day(work, wanted.day))
    if wanted.hall is not None:
        found.append(_in_halls(work, wanted.hall.strip()))
    if wanted.sitting is not None:
        found.append(col(RosterEntry.sitting_id) == wanted.sitting)
    if wanted.status is not None:
        found.append(_of_status(wanted.status, work.now))
    return found


def of_students(wanted: GridFilter) -> Conditions:
    """Return what holds for the student of a row."""
    return [_of_word(word) for word in (wanted.text or "").split()]


def over(now: datetime) -> "Select[Any]":
    """Return the sittings whose check-in is over, as `sittings.check_in_over` has it, but for cancelled ones."""
    closed = or_(col(Sitting.state).in_(("closed", "sealed")), col(Sitting.closes_at) < now)
    return select(col(Sitting.id)).where(col(Sitting.state) != "cancelled", closed)


def is_over(now: datetime) -> ColumnElement[bool]:
    """Tell of a row whether who is not there by now is absent."""
    return or_(col(RosterEntry.sitting_id).in_(over(now)), col(RosterEntry.sealed))


def cancelled() -> "Select[Any]":
    """Return the sittings that are cancelled: nobody is absent from them."""
    return select(col(Sitting.id)).where(col(Sitting.state) == "cancelled")


def _of_exams(work: Work, code: str) -> ColumnElement[bool]:
    codes = work.session.exec(select(col(Exam.id), col(Exam.code))).all()  # type: ignore[call-overload]
    whole = [exam_id for exam_id, known in codes if known.casefold() == code.casefold()]
    ids = whole or [exam_id for exam_id, known in codes if code.casefold() in known.casefold()]
    return col(RosterEntry.sitting_id).in_(select(col(Sitting.id)).where(col(Sitting.exam_id).in_(ids)))


def _of_day(work: Work, day: date) -> ColumnElement[bool]:
    halls = work.session.exec(select(col(Hall.id), col(Hall.time_zone))).all()  # type: ignore[call-overload]
    by_zone: dict[str, list[str]] = {}
    for hall_id, zone in halls:
        by_zone.setdefault(zone, []).append(hall_id)
    there = [and_(col(RosterEntry.hall_id).in_(ids), _starts_on(day, zone)) for zone, ids in by_zone.items()]
    return or_(*there) if there else false()


def _starts_on(day: date, zone: str) -> ColumnElement[bool]:
    starts = select(col(Sitting.id)).where(*_within(day, zone))
    return col(RosterEntry.sitting_id).in_(starts)


def _within(day: date, zone: str) -> Sequence[ColumnElement[bool]]:
    try:
        begin, end = (
            datetime.combine(one, time(), ZoneInfo(zone)).astimezone(UTC) for one in (day, day + timedelta(days=1))
        )
    except OverflowError:  # the first or the last day that there is
        return (false(),)
    return (col(Sitting.starts_at) >= begin, col(Sitting.starts_at) < end)


def _in_halls(work: Work, text: str) -> ColumnElement[bool]:
    halls = work.session.exec(select(col(Hall.id), col(Hall.name))).all()  # type: ignore[call-overload]
    whole = [hall_id for hall_id, _ in halls if hall_id.casefold() == text.casefold()]
    part = [hall_id for hall_id, name in halls if text.casefold() in f"{hall_id}\n{name}".casefold()]
    return col(RosterEntry.hall_id).in_(whole or part)


def _of_status(status: str, now: datetime) -> ColumnElement[bool]:
    status_is, sitting_id = col(RosterEntry.status), col(RosterEntry.sitting_id)
    if status == "none":
        return col(RosterEntry.id).is_(None)
    if status == "absent":
        return and_(status_is == "expected", is_over(now), sitting_id.not_in(cancelled()))
    if status == "cancelled":
        return and_(status_is == "expected", sitting_id.in_(cancelled()))
    if status == "expected":
        return and_(status_is == "expected", not_(is_over(now)), sitting_id.not_in(cancelled()))
    return status_is == status


def _of_word(word: str) -> ColumnElement[bool]:
    """A database may fold the case of ASCII alone, so other scripts are tried as typed, small, large, and as names are."""
    name, number = col(Student.name), func.lower(col(Student.id))
    forms = {word, word.lower(), word.upper(), word.title()}
    small = _pattern(word.lower())
    return or_(
        number.like(small, escape="\\"),
        func.lower(name).like(small, escape="\\"),
        *(name.like(_pattern(form), escape="\\") for form in sorted(forms)),
    )


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
