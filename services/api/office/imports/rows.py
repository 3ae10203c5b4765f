"""The rows of an import: each line's cells checked and typed, each wrong cell named by its line. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.api.office.imports.cells import Unreadable, day_of, time_of
from services.api.office.imports.columns import NEEDED, Header, header_of
from services.api.office.table_files import Line
from services.api.office.tables_csv import unquoted
from services.api.problems import RowProblem, unfit
from services.api.words import row_problem

STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a student number looks like, and a hall's short name."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Row:
    """One line; what it does not say is None, or empty."""

    line: int
    exam_code: str = ""
    subject: str = ""
    date: dt.date | None = None
    start: dt.time | None = None
    end: dt.time | None = None
    opens: dt.time | None = None
    late_after: dt.time | None = None
    closes: dt.time | None = None
    hall: str = ""
    table: str = ""
    row: int | None = None
    col: int | None = None
    student_id: str = ""
    name: str = ""
    email: str = ""
    invigilators: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Rows:
    """A table that was read."""

    header: Header
    rows: list[Row]
    problems: list[RowProblem] = field(default_factory=list)


def rows_of(lines: Iterator[Line], kind: str) -> Rows:
    """Read a table.

    Raises:
        Problem: 422, it has no header that can be read.
    """
    first = next(lines, None)
    if first is None:
        raise unfit("empty_table", "The table is empty: its first line names the columns.", "line 1")
    header = header_of(first.cells, kind)
    read = Rows(header, [])
    for line in lines:
        row, wrong = row_of(header, line, kind)
        read.problems.extend(wrong)
        if row is not None:
            read.rows.append(row)
    return read


def row_of(header: Header, line: Line, kind: str) -> tuple[Row | None, list[RowProblem]]:
    """Read one line; None where a cell is wrong or missing, with what is wrong."""
    fields: dict[str, Any] = {}
    wrong: list[RowProblem] = []
    for name, cell in zip(header.fields, line.cells, strict=False):
        text = unquoted(cell.strip())
        if name is None or not text:
            continue
        try:
            fields[name] = _READERS[name](text)
        except Unreadable as error:
            wrong.append(problem(line.number, name, error.code, **error.values))
    failed = {one.where.rpartition(", ")[2] for one in wrong}
    missing = [name for name in NEEDED[kind] if name not in fields and name not in failed]
    wrong += [missing_cell(line.number, name) for name in missing]
    return (None if wrong else Row(line.number, **fields)), wrong


def problem(line: int, column: str, code: str, /, **values: object) -> RowProblem:
    """Say what is wrong in which line."""
    return row_problem(f"line {line}, {column}", code, **values)


def missing_cell(line: int, column: str) -> RowProblem:
    """Say that a line lacks a cell."""
    if column == "student_id":
        return problem(line, column, "no_student_number")
    return problem(line, column, "missing", column=column)


def line_of(one: RowProblem) -> int:
    """Return the line that a problem is about; 0: the whole table."""
    found = re.match(r"line (\d+)", one.where)
    return int(found[1]) if found else 0


def _text(limit: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise Unreadable("too_long", most=limit)
        return text

    return read


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 200:
        raise Unreadable("no_seat_number", number=text)
    return int(text)


def _student(text: str) -> str:
    if not STUDENT.fullmatch(text):
        raise Unreadable("no_number", number=text)
    return text


def _hall(text: str) -> str:
    if not STUDENT.fullmatch(text):
        raise Unreadable("no_hall_name", hall=text)
    return text


def _email(text: str) -> str:
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Unreadable("no_email", email=text)
    return text


def _people(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[;,/|]", text) if part.strip()))


_READERS: dict[str, Callable[[str], Any]] = {
    "exam_code": _text(64),
    "subject": _text(200),
    "date": day_of,
    "start": time_of,
    "end": time_of,
    "opens": time_of,
    "late_after": time_of,
    "closes": time_of,
    "hall": _hall,
    "table": _text(64),
    "row": _number,
    "col": _number,
    "student_id": _student,
    "name": _text(200),
    "email": _email,
    "invigilators": _people,
    "note": _text(500),
}
