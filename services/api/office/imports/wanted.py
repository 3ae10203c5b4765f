"""What a table asks for: its lines gathered into sittings, with times in their hall's zone. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from services.api.office.imports.cells import Unreadable, moment
from services.api.office.imports.rows import Row, missing_cell, problem
from services.api.problems import RowProblem

Kind = Literal["roster", "timetable"]


@dataclass(frozen=True)
class Options:
    """What the one who imports decided."""

    kind: Kind
    sitting_id: int | None = None
    """The sitting of a roster."""
    whole: bool = False
    """Take off a sitting's roster who is not in the table."""
    create_students: bool = True
    update: bool = False
    """Take names, email addresses and subjects from the table where they differ."""
    create_halls: bool = False
    time_zone: str = "UTC"
    """Of halls that are made."""


@dataclass
class Wanted:
    """One sitting as the table has it; a time that it does not name is None."""

    line: int
    exam_code: str = ""
    subject: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None
    late_after: datetime | None = None
    closes_at: datetime | None = None
    sitting_id: int | None = None
    halls: dict[str, int] = field(default_factory=dict)
    """By name, with the first line that names it."""
    places: dict[str, Row] = field(default_factory=dict)
    """By student."""
    watchers: dict[tuple[str, str], int] = field(default_factory=dict)
    """By name and hall, with the line."""


_TIMES = {"ends_at": "end", "opens_at": "opens", "late_after": "late_after", "closes_at": "closes"}


def gather(rows: Iterable[Row], options: Options, zones: Mapping[str, str]) -> tuple[list[Wanted], list[RowProblem]]:
    """Gather lines into sittings; `zones` are the time zones of the halls that are there."""
    found: dict[object, Wanted] = {}
    wrong: list[RowProblem] = []
    for row in rows:
        one = _one_sitting(row, options, zones, found, wrong)
        if one is not None:
            _place(one, row, wrong)
    return list(found.values()), wrong


def _one_sitting(
    row: Row, options: Options, zones: Mapping[str, str], found: dict[object, Wanted], wrong: list[RowProblem]
) -> Wanted | None:
    if options.kind == "roster":
        return found.setdefault("roster", Wanted(row.line, sitting_id=options.sitting_id))
    zone = zones.get(row.hall, options.time_zone)
    times = _times(row, zone, wrong)
    if times is None:
        return None
    key = (row.exam_code, times["starts_at"])
    if key not in found:
        found[key] = Wanted(row.line, row.exam_code, row.subject)
        for name, value in times.items():
            setattr(found[key], name, value)
        return found[key]
    _agree(found[key], row, times, wrong)
    return found[key]


def _times(row: Row, zone: str, wrong: list[RowProblem]) -> dict[str, datetime | None] | None:
    assert row.date is not None and row.start is not None
    times: dict[str, datetime | None] = {}
    for name, column in {"starts_at": "start", **_TIMES}.items():
        clock: time | None = getattr(row, column)
        try:
            times[name] = moment(row.date, clock, zone) if clock is not None else None
        except Unreadable as error:
            wrong.append(problem(row.line, column, error.code, **error.values))
            return None
    return times


def _agree(one: Wanted, row: Row, times: Mapping[str, datetime | None], wrong: list[RowProblem]) -> None:
    """Lines of one sitting say the same of it; what the first leaves open, a later one may say."""
    for name, column in _TIMES.items():
        here, there = times[name], getattr(one, name)
        if there is None:
            setattr(one, name, here)
        elif here is not None and here != there:
            wrong.append(problem(row.line, column, "disagrees", first=one.line))
    if row.subject and one.subject and row.subject != one.subject:
        wrong.append(problem(row.line, "subject", "disagrees", first=one.line))
    one.subject = one.subject or row.subject


def _place(one: Wanted, row: Row, wrong: list[RowProblem]) -> None:
    if row.hall:
        one.halls.setdefault(row.hall, row.line)
    for name in row.invigilators:
        one.watchers.setdefault((name, row.hall), row.line)
    if not row.student_id:
        if row.name or row.email or row.table:  # somebody is meant: they must not vanish without a word
            wrong.append(missing_cell(row.line, "student_id"))
        return
    first = one.places.setdefault(row.student_id, row)
    if first is not row:
        wrong.append(problem(row.line, "student_id", "double_line", student=row.student_id, first=first.line))


def taken_twice(wanted: Iterable[Wanted]) -> list[RowProblem]:
    """Find tables that two lines of one sitting give away."""
    return [one for sitting in wanted for one in _taken_in(sitting, lambda row: (row.hall, row.table))]


def _taken_in(sitting: Wanted, seat_of: Callable[[Row], tuple[str, str]]) -> list[RowProblem]:
    first: dict[tuple[str, str], Row] = {}
    wrong = []
    for row in sitting.places.values():
        if not row.table:
            continue
        there = first.setdefault(seat_of(row), row)
        if there is not row:
            taken = {"table": row.table, "hall": row.hall, "student": there.student_id, "first": there.line}
            wrong.append(problem(row.line, "table", "table_twice", **taken))
    return wrong
