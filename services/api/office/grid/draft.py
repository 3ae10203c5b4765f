"""What was sent for saving, laid beside what is there now; what somebody else changed meanwhile is named."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlmodel import col, select

from services.api.db import holding
from services.api.db.holding import batches
from services.api.db.tables import RosterEntry, Student
from services.api.office.grid.book import Book, lock_entries, lock_halls_of, open_book
from services.api.office.grid.places import Line
from services.api.office.grid.rows import entry_of, student_of
from services.api.office.grid.shapes import Column, GridCells, GridEdit, GridRemove, GridSave
from services.api.office.grid.wrong import Wrong
from services.api.office.work import Work


@dataclass
class Draft:
    """A save, before anything of it is written."""

    book: Book
    students: dict[str, Student]
    entries: dict[int, RosterEntry]
    edited: list[Line]
    added: list[Line]
    going: list[RosterEntry]
    """Taken off their rosters."""
    leaving: list[Student]
    """Deleted, with all that is held on them."""

    @property
    def lines(self) -> list[Line]:
        """Every row with cells."""
        return [*self.edited, *self.added]

    @property
    def gone(self) -> set[int]:
        """The entries that are removed."""
        return {entry.id or 0 for entry in self.going}


def read_draft(work: Work, sent: GridSave, wrong: Wrong) -> Draft:
    """Lock what is edited, and lay it beside what was sent."""
    keys = [*(one.key for one in sent.edits), *(one.key for one in sent.remove)]
    entry_ids = {entry_id for key in keys if (entry_id := entry_of(key)) is not None}
    cells = [*(one.cells for one in sent.edits), *(one.cells for one in sent.add)]
    codes = {one.exam.strip() for one in cells if one.exam}
    book = open_book(work, codes, entry_ids)
    named = {student_id for key in keys if (student_id := student_of(key)) is not None}
    named |= {one.student_id.strip() for one in sent.add} | set(_students_at(work, entry_ids))
    students = holding.students(work.session, named)
    entries = {
        entry_id: entry
        for entry_id, entry in lock_entries(work, entry_ids).items()
        if entry.sitting_id in book.sittings and entry.student_id in students
    }
    lock_halls_of(work, book)
    draft = Draft(book, students, entries, [], [], [], [])
    going = {one.key for one in sent.remove}
    draft.edited = [line for edit in sent.edits if edit.key not in going and (line := _edited(edit, draft, wrong))]
    draft.added = [_added(one.key, one.student_id.strip(), one.cells, draft) for one in sent.add]
    _remove(work, sent.remove, draft, wrong)
    return draft


def typed(cells: GridCells) -> dict[Column, str]:
    """Return what was typed, without the space around it."""
    given = cells.model_dump(exclude_unset=True)
    return {column: value.strip() for column, value in given.items() if value is not None}  # type: ignore[misc]


def _students_at(work: Work, entry_ids: Collection[int]) -> Iterator[str]:
    for some in batches(entry_ids):
        yield from work.session.exec(select(RosterEntry.student_id).where(col(RosterEntry.id).in_(some)))


def _edited(edit: GridEdit, draft: Draft, wrong: Wrong) -> Line | None:
    cells = typed(edit.cells)
    if not cells:
        return None
    entry_id, student_id = entry_of(edit.key), student_of(edit.key)
    entry = draft.entries.get(entry_id) if entry_id is not None else None
    student = draft.students.get(entry.student_id if entry else student_id or "")
    if student is None or student.deleted_at is not None or (entry_id is not None and entry is None):
        wrong.cell(edit.key, next(iter(cells)), "gone")
        return None
    now = {"name": student.name, **draft.book.cells(entry)}
    line = Line(edit.key, student.id, {c: v for c, v in cells.items() if v != now[c]}, student, entry, now)
    _name_conflicts(edit, line, wrong)
    return line if line.cells else None


def _name_conflicts(edit: GridEdit, line: Line, wrong: Wrong) -> None:
    """A cell is overwritten only where it holds what was seen in it."""
    assert line.student is not None
    seen = typed(edit.seen)
    there = {"name": line.student.version, "place": line.entry.version if line.entry else None}
    for column in line.cells:
        saw = edit.student_version if column == "name" else edit.entry_version
        is_there = there["name" if column == "name" else "place"]
        if saw is not None and saw != is_there and seen.get(column) != line.now[column]:
            wrong.cell(edit.key, column, "changed_meanwhile", now=line.now[column])


def _added(key: str, student_id: str, cells: GridCells, draft: Draft) -> Line:
    given = {column: value for column, value in typed(cells).items() if value}
    return Line(key, student_id, given, draft.students.get(student_id), None, draft.book.cells(None))


def _remove(work: Work, sent: list[GridRemove], draft: Draft, wrong: Wrong) -> None:
    for one in sent:
        entry = draft.entries.get(entry_of(one.key) or 0)
        student = draft.students.get(student_of(one.key) or "")
        if entry is not None:
            _take_off(one, entry, draft, wrong)
        elif student is not None and student.deleted_at is None:
            _delete(work, one, student, draft, wrong)


def _take_off(one: GridRemove, entry: RosterEntry, draft: Draft, wrong: Wrong) -> None:
    if one.entry_version is not None and one.entry_version != entry.version:
        now = draft.book.cells(entry)
        wrong.cell(
            one.key, "student_id", "changed_meanwhile", now=f"{now['exam']}, {now['hall']} {now['table']}".strip()
        )
    elif entry.sealed or draft.book.sealed(draft.book.sittings[entry.sitting_id], entry.hall_id):
        wrong.cell(one.key, "student_id", "sealed")
    elif entry.status_attempt_id is not None:
        wrong.cell(one.key, "student_id", "has_checked_in")
    else:
        draft.going.append(entry)


def _delete(work: Work, one: GridRemove, student: Student, draft: Draft, wrong: Wrong) -> None:
    at = select(RosterEntry.id).where(RosterEntry.student_id == student.id).limit(1)
    if one.student_version is not None and one.student_version != student.version:
        wrong.cell(one.key, "student_id", "changed_meanwhile", now=student.name)
    elif work.session.exec(at).first() is not None:
        wrong.cell(one.key, "student_id", "at_a_sitting")
    else:
        draft.leaving.append(student)
