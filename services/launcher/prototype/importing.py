"""What was read of the prototype goes the way of every import: planned, applied whole, photos enrolled anew.

Who was present in the prototype is not taken over: nobody could vouch for how that was decided.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select

from services.api.db.tables import Photo
from services.api.jobs import parts
from services.api.office import photos
from services.api.office.bulk import intake, storing
from services.api.office.bulk.intake import BulkAsk
from services.api.office.bulk.storing import Named
from services.api.office.imports import previews
from services.api.office.imports.apply import apply
from services.api.office.imports.cells import time_of
from services.api.office.imports.columns import Header
from services.api.office.imports.keeping import Prepared
from services.api.office.imports.rows import Row, Rows, line_of, row_of
from services.api.office.imports.wanted import Options
from services.api.office.table_files import Line
from services.api.office.work import Work
from services.launcher.prototype.reading import Found, Prototype

_AT_ONCE = 500
_SUFFIX = {b"\xff\xd8": "jpg", b"\x89P": "png", b"RI": "webp"}
Working = Callable[[], AbstractContextManager[Work]]


@dataclass(frozen=True)
class Choices:
    """What the prototype's database does not say."""

    start: str
    hours: float
    hall: str
    time_zone: str
    basis: str
    text_version: str
    dry_run: bool = False


@dataclass
class Outcome:
    """What was taken over, and what could not be."""

    students_made: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    photos: int = 0
    job_id: str = ""
    problems: list[str] = field(default_factory=list)


def take_over(found: Prototype, choices: Choices, writing: Working) -> Outcome:
    """Take the prototype over; again changes nothing. With `dry_run` nothing is written."""
    outcome = Outcome()
    named = _students(found, outcome)
    rows = _roster_rows(found, choices, named, outcome)
    with writing() as work:
        prepared = _plan(work, rows, choices, named, outcome)
        outcome.counts = prepared.plan.counts()
        known = set(storing.who_may(work))
        outcome.students_made = len(set(named) - known)
        pictures = dict(_pictures(work, found, set(named)))
        outcome.photos = len(pictures)
        if choices.dry_run:
            return outcome
        _write(work, prepared, choices, named)
        if pictures:
            outcome.job_id = _enrol(work, pictures, choices)
    return outcome


def _students(found: Prototype, outcome: Outcome) -> dict[str, Named]:
    """Return the students whose row can be read; the first row of a number counts."""
    header = Header(("student_id", "name", "email"), ())
    named: dict[str, Named] = {}
    for one in found.students:
        row = _read(one, header, "students", outcome)
        if row is not None:
            named.setdefault(row.student_id, Named(row.name, row.email or None))
        if one.photo_problem:
            outcome.problems.append(f"{one.where}: {one.photo_problem}")
    return named


def _roster_rows(found: Prototype, choices: Choices, named: dict[str, Named], outcome: Outcome) -> list[Found]:
    """Complete each roster row from its exam's own row, and from the choices."""
    exams: dict[str, dict[str, str]] = {}
    for one in found.exams:
        exams.setdefault(one.cells.get("exam_code", ""), {name: cell for name, cell in one.cells.items() if cell})
    complete = []
    for one in found.rosters:
        if not one.cells.get("exam_code"):
            continue  # a student of nothing, in a table that is both
        given = {name: cell for name, cell in one.cells.items() if cell}
        cells = {"start": choices.start, "hall": choices.hall, **exams.get(one.cells["exam_code"], {}), **given}
        cells.setdefault("end", _end(cells["start"], choices.hours))
        if cells.get("student_id") not in named:
            outcome.problems.append(f"{one.where}: there is no student {cells.get('student_id', '')!r}")
            continue
        complete.append(replace(one, cells={**cells, "hall": cells["hall"].replace(" ", "-")}))
    return complete


def _end(start: str, hours: float) -> str:
    """Return when an exam ends whose row says only when it starts; as text, like every cell."""
    try:
        began = datetime.combine(date.min, time_of(start))
    except ValueError:
        return ""  # the start itself is refused, in words
    return f"{min(began + timedelta(hours=hours), datetime.combine(date.min, time(23, 59))):%H:%M}"


def _plan(work: Work, rows: list[Found], choices: Choices, named: dict[str, Named], outcome: Outcome) -> Prepared:
    """Plan the rosters; a row that can't be planned is said and left out, until all that is left can be."""
    fields = ("exam_code", "subject", "date", "start", "end", "hall", "table", "row", "col", "student_id", "note")
    header, places = Header(fields, ()), {}
    good: list[Row] = []
    for number, one in enumerate(rows, start=1):
        row = _read(one, header, "timetable", outcome, number)
        if row is not None:
            places[number] = one.where
            good.append(replace(row, name=named[row.student_id].name))
    options = _options(choices)
    while True:
        prepared = previews.prepare(work, Rows(header, good), options)
        if not prepared.plan.problems:
            return prepared
        for problem in prepared.plan.problems:
            outcome.problems.append(f"{places.get(line_of(problem), problem.where)}: {problem.message}")
        bad = {line_of(problem) for problem in prepared.plan.problems}
        good = [row for row in good if row.line not in bad]


def _read(one: Found, header: Header, kind: str, outcome: Outcome, number: int = 0) -> Row | None:
    cells = [one.cells.get(name or "", "") for name in header.fields]
    row, wrong = row_of(header, Line(number, cells), kind)
    outcome.problems += [f"{one.where}: {problem.message}" for problem in wrong]
    return row


def _pictures(work: Work, found: Prototype, students: set[str]) -> Iterator[tuple[str, bytes]]:
    """Give the photos that are not stored yet, by the file names of an archive."""
    all_of_them = {
        photos.photo_id(one.cells["student_id"], one.photo): one
        for one in found.students
        if one.photo and one.cells.get("student_id") in students
    }
    ids = list(all_of_them)
    there: set[str] = set()
    for at in range(0, len(ids), _AT_ONCE):
        there |= set(work.session.exec(select(Photo.id).where(col(Photo.id).in_(ids[at : at + _AT_ONCE]))))
    for number, (name, one) in enumerate(all_of_them.items()):
        if name not in there:
            suffix = _SUFFIX.get(one.photo[:2], "jpg")
            yield f"{one.cells['student_id']}/{number}.{suffix}", one.photo


def _write(work: Work, prepared: Prepared, choices: Choices, named: dict[str, Named]) -> None:
    listed = list(named.items())
    for at in range(0, len(listed), _AT_ONCE):
        storing.make_students(work, dict(listed[at : at + _AT_ONCE]), "prototype", update=False)
    plan = prepared.plan
    plan.students = [one for one in plan.students if one.id not in named]  # they have just been made
    if plan.changes:
        apply(work, plan, prepared.there, _options(choices), "prototype")


def _options(choices: Choices) -> Options:
    return Options("timetable", create_halls=True, time_zone=choices.time_zone)


def _enrol(work: Work, pictures: dict[str, bytes], choices: Choices) -> str:
    """Leave the photos as an archive for the office's job; its worker takes it within a minute, once it runs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, data in pictures.items():
            made.writestr(name, data)
    sent = BulkAsk(basis=choices.basis, text_version=choices.text_version, file_name="prototype")
    job = intake.ask(work, sent)
    parts.write(work.session, work.media, job.id, intake.ARCHIVE, out.getvalue())
    intake.start(work, job.id, len(pictures))
    return job.id
