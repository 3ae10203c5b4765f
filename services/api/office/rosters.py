"""Rosters: who sits where at one sitting. All of an edit is applied, or none of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlmodel import col, select

from services.api.db import holding
from services.api.db.tables import RosterEntry, Sitting, Student
from services.api.office import sittings
from services.api.office.students import PersonName, StudentNumber
from services.api.office.trail import Trail, entry_facts
from services.api.office.work import Facts, Work
from services.api.problems import RowProblem, unfit
from services.api.words import row_problem

EXAMPLE: JsonDict = {"student_id": "S0001", "hall": "A", "table": "C-14"}


class RosterRow(BaseModel):
    """One student's place."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    student_id: StudentNumber
    hall: str = Field(min_length=1, max_length=64)
    table: str = Field("", max_length=64)
    row: int | None = Field(None, ge=1, le=200)
    col: int | None = Field(None, ge=1, le=200)
    note: str = Field("", max_length=500)
    name: PersonName | None = Field(
        None, description="Only for `create_students`: the name of a student who is not there yet."
    )


class RosterPut(BaseModel):
    """A whole roster, or rows of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"rows": [EXAMPLE], "remove": [], "create_students": False}]},
    )

    rows: list[RosterRow] = Field(default_factory=list, max_length=50_000)
    remove: list[StudentNumber] = Field(default_factory=list, description="PATCH only: students to take off.")
    create_students: bool = Field(False, description="Make the students that are not there yet, from `name`.")


class RosterSummary(BaseModel):
    """What an edit did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"added": 1, "changed": 0, "removed": 0, "unchanged": 239, "students_created": 0}]
        }
    )

    added: int
    changed: int
    removed: int
    unchanged: int
    students_created: int


@dataclass(frozen=True)
class Placed:
    """One row, and where it stood in what was sent."""

    where: str
    row: RosterRow


def replace(work: Work, sitting_id: int, sent: RosterPut) -> RosterSummary:
    """Make the roster exactly these rows.

    Raises:
        Problem: 422 with every wrong row.
    """
    if sent.remove:
        raise unfit("remove_in_put", "PUT gives the whole roster; `remove` belongs to PATCH.", "remove")
    return apply(work, sitting_id, _placed(sent.rows), sent.create_students, whole=True)


def patch(work: Work, sitting_id: int, sent: RosterPut) -> RosterSummary:
    """Add or change these rows, and remove those named.

    Raises:
        Problem: 422 with every wrong row.
    """
    return apply(work, sitting_id, _placed(sent.rows), sent.create_students, whole=False, remove=sent.remove)


def apply(
    work: Work,
    sitting_id: int,
    placed: Sequence[Placed],
    create_students: bool,
    *,
    whole: bool,
    remove: Iterable[str] = (),
) -> RosterSummary:
    """Apply rows to a roster, all or nothing; the same rows twice change nothing.

    Raises:
        Problem: unknown or sealed sitting, or wrong rows, each with its place.
    """
    holding.halls(work.session, {item.row.hall for item in placed})
    sitting = sittings.locked(work, sitting_id)
    sittings.check_not_sealed(sitting)
    holding.entries(work.session, RosterEntry.sitting_id == sitting_id)  # who comes in now is not taken off
    there = entries_of(work, sitting_id)
    wished = {item.row.student_id for item in placed}
    going = [there[student] for student in ((set(there) - wished) if whole else set(remove)) if student in there]
    known = _students(work, wished)
    _refuse(
        [
            *_doubles(placed),
            *_unknown_students(placed, known, create_students),
            *_unknown_halls(placed, sittings.hall_ids(work, sitting_id)),
            *_taken_tables(placed, there, whole),
            *(_seen(entry) for entry in going if entry.status_attempt_id is not None),
        ]
    )
    created = _create_students(work, sitting_id, placed, known) if create_students else 0
    trail = Trail()
    for entry in going:
        trail.say(sitting_id, entry.student_id, entry_facts(entry), None)
        work.session.delete(entry)
    work.session.flush()
    added, changed = _write(work, sitting_id, placed, there, trail)
    summary = RosterSummary(
        added=added,
        changed=changed,
        removed=len(going),
        unchanged=len(placed) - added - changed,
        students_created=created,
    )
    if added or changed or going:
        _bump(work, sitting)
        trail.note(work)
    return summary


def entries_of(work: Work, sitting_id: int) -> dict[str, RosterEntry]:
    """Return the roster by student."""
    rows = work.session.exec(select(RosterEntry).where(RosterEntry.sitting_id == sitting_id))
    return {row.student_id: row for row in rows}


def _placed(rows: Sequence[RosterRow]) -> list[Placed]:
    return [Placed(f"rows.{number}", row) for number, row in enumerate(rows)]


def _students(work: Work, wished: Iterable[str]) -> dict[str, Student]:
    ids, found = sorted(wished), dict[str, Student]()
    for at in range(0, len(ids), 500):  # SQLite takes a limited number of parameters
        rows = work.session.exec(select(Student).where(col(Student.id).in_(ids[at : at + 500])))
        found |= {row.id: row for row in rows}
    return found


def _refuse(problems: list[RowProblem]) -> None:
    if problems:
        shown = problems[:200]
        more = f" (the first {len(shown)} of {len(problems)})" if len(problems) > len(shown) else ""
        raise unfit(
            "wrong_rows",
            f"{len(problems)} rows are wrong; nothing was changed{more}.",
            shown[0].where,
            shown,
            count=len(problems),
        )


def _doubles(placed: Sequence[Placed]) -> list[RowProblem]:
    first: dict[str, str] = {}
    wrong = []
    for item in placed:
        student = item.row.student_id
        if student in first:
            wrong.append(_problem(item, "student_id", "double", student=student))
        first.setdefault(student, item.where)
    return wrong


def _unknown_students(placed: Sequence[Placed], known: dict[str, Student], create: bool) -> list[RowProblem]:
    wrong = []
    for item in placed:
        student = known.get(item.row.student_id)
        if student is None and not (create and item.row.name):
            code = "unnamed_student" if create else "unknown_student"
            wrong.append(_problem(item, "student_id", code, student=item.row.student_id))
        elif student is not None and (student.deleted_at is not None or not student.active):
            wrong.append(_problem(item, "student_id", "inactive_student", student=student.id))
    return wrong


def _unknown_halls(placed: Sequence[Placed], there: list[str]) -> list[RowProblem]:
    named = ", ".join(there)
    return [
        _problem(item, "hall", "not_its_hall", hall=item.row.hall, halls=named)
        for item in placed
        if item.row.hall not in there
    ]


def _taken_tables(placed: Sequence[Placed], there: dict[str, RosterEntry], whole: bool) -> list[RowProblem]:
    """One table, one student: within what was sent, and against who stays where they are."""
    moved = {item.row.student_id for item in placed}
    taken = {
        (entry.hall_id, entry.table_label): entry.student_id
        for entry in there.values()
        if entry.table_label and not whole and entry.student_id not in moved
    }
    wrong = []
    for item in placed:
        seat = (item.row.hall, item.row.table)
        if item.row.table and taken.get(seat, item.row.student_id) != item.row.student_id:
            whose = {"table": item.row.table, "hall": item.row.hall, "student": taken[seat]}
            wrong.append(_problem(item, "table", "table_taken", **whose))
        taken.setdefault(seat, item.row.student_id)
    return wrong


def _seen(entry: RosterEntry) -> RowProblem:
    return row_problem(entry.student_id, "has_checked_in")


def _create_students(work: Work, sitting_id: int, placed: Sequence[Placed], known: dict[str, Student]) -> int:
    missing = [item.row for item in placed if item.row.student_id not in known]
    for row in missing:
        work.session.add(Student(id=row.student_id, name=row.name or "", created_at=work.now))
    if missing:  # one entry for all: an import of thousands must not hold the chain for a minute
        made: Facts = {"students": [row.student_id for row in missing]}
        work.note("student.create_many", f"sitting:{sitting_id}", after=made, sitting_id=sitting_id)
    return len(missing)


def _write(
    work: Work, sitting_id: int, placed: Sequence[Placed], there: dict[str, RosterEntry], trail: Trail
) -> tuple[int, int]:
    added = changed = 0
    for item in placed:
        row = item.row
        place: dict[str, Any] = {
            "hall_id": row.hall,
            "table_label": row.table,
            "row": row.row,
            "col": row.col,
            "note": row.note,
        }
        entry = there.get(row.student_id)
        if entry is None:
            entry = RosterEntry(sitting_id=sitting_id, student_id=row.student_id, **place)
            trail.say(sitting_id, row.student_id, None, entry_facts(entry))
            work.session.add(entry)
            added += 1
        elif any(getattr(entry, name) != value for name, value in place.items()):
            before = entry_facts(entry)
            for name, value in place.items():
                setattr(entry, name, value)
            trail.say(sitting_id, row.student_id, before, entry_facts(entry))
            entry.version += 1
            work.session.add(entry)
            changed += 1
    return added, changed


def _bump(work: Work, sitting: Sitting) -> None:
    sitting.version += 1
    work.session.add(sitting)


def _problem(item: Placed, column: str, code: str, **values: str) -> RowProblem:
    return row_problem(f"{item.where}, {column}", code, **values)
