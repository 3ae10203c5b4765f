"""Where a row's edited cells put its student: which sitting, hall and table, or which cell is wrong. Pure."""

from dataclasses import dataclass, field

from services.api.db.tables import Exam, RosterEntry, Sitting, Student
from services.api.office.grid.book import Book
from services.api.office.grid.shapes import PLACE_COLUMNS, Column
from services.api.office.grid.wrong import Wrong
from services.api.office.imports.cells import day_of, time_of

MOST = {"table": 64, "note": 500}


@dataclass
class Line:
    """One row of a save."""

    key: str
    student_id: str
    cells: dict[Column, str]
    """What was typed, stripped."""
    student: Student | None = None
    entry: RosterEntry | None = None
    now: dict[str, str] = field(default_factory=dict)
    """What its cells hold now."""

    @property
    def moves(self) -> bool:
        """Whether anything of the place was typed."""
        return any(column in self.cells for column in PLACE_COLUMNS)

    def wished(self, column: Column) -> str:
        """Return what a cell shall hold."""
        return self.cells.get(column, self.now.get(column, ""))

    def first_of(self, *columns: Column) -> Column:
        """Return the first of these columns that was typed into, else the first of them."""
        return next((column for column in columns if column in self.cells), columns[0])


@dataclass(frozen=True)
class Place:
    """Where a student shall sit."""

    line: Line
    sitting: Sitting
    hall_id: str
    table: str
    row: int | None
    col: int | None
    note: str

    @property
    def other_sitting(self) -> bool:
        """Whether the student changes the sitting, or is new to one."""
        return self.line.entry is None or self.line.entry.sitting_id != self.sitting.id

    @property
    def other_seat(self) -> bool:
        """Whether hall or table change."""
        entry = self.line.entry
        return self.other_sitting or entry is None or (entry.hall_id, entry.table_label) != (self.hall_id, self.table)


def place_of(line: Line, book: Book, wrong: Wrong) -> Place | None:
    """Return where a row puts its student; None: a cell is wrong, and named."""
    _check_lengths(line, wrong)
    if line.entry is not None:
        _check_own_record(line, line.entry, book, wrong)
    sitting = _sitting(line, book, wrong)
    hall_id = _hall(line, sitting, book, wrong) if sitting else None
    if sitting is None or hall_id is None:
        return None
    place = _seated(line, sitting, hall_id, book, wrong)
    if place is not None and place.other_sitting and book.sealed(sitting, hall_id):
        wrong.cell(line.key, line.first_of("exam", "date", "time", "hall"), "sealed")
    return None if wrong.row_is_bad(line.key) else place


def _check_lengths(line: Line, wrong: Wrong) -> None:
    for column, most in MOST.items():
        if len(line.cells.get(column, "")) > most:  # type: ignore[call-overload]
            wrong.cell(line.key, column, "too_long", most=str(most))  # type: ignore[arg-type]


def _check_own_record(line: Line, entry: RosterEntry, book: Book, wrong: Wrong) -> None:
    if entry.sealed or book.sealed(book.sittings[entry.sitting_id], entry.hall_id):
        for column in PLACE_COLUMNS:
            if column in line.cells:
                wrong.cell(line.key, column, "sealed")


def _sitting(line: Line, book: Book, wrong: Wrong) -> Sitting | None:
    if line.entry is not None and not {"exam", "date", "time"} & set(line.cells):
        return book.sittings[line.entry.sitting_id]
    code = line.wished("exam")
    exam = book.exam(code) if code else None
    if exam is None:
        wrong.cell(line.key, "exam", "unknown_exam" if code else "exam_missing", exam=code)
        return None
    found = _that_day(line, exam, book, wrong)
    if not found:
        return None
    if len(found) > 1 or "time" in line.cells:
        found = _at_that_time(line, exam, found, book, wrong)
    sitting = found[0] if found else None
    _check_move(line, sitting, wrong)
    return sitting


def _check_move(line: Line, sitting: Sitting | None, wrong: Wrong) -> None:
    entry = line.entry
    if sitting and entry and entry.sitting_id != sitting.id and entry.status_attempt_id is not None:
        wrong.cell(line.key, line.first_of("exam", "date", "time"), "has_checked_in")


def _that_day(line: Line, exam: Exam, book: Book, wrong: Wrong) -> list[Sitting]:
    every, hall = book.of_exam(exam), line.wished("hall")
    if line.entry is not None and (own := book.sittings[line.entry.sitting_id]).exam_id == exam.id and own not in every:
        every.append(own)
    typed = line.wished("date")
    column = line.first_of("date", "exam")
    if not typed and len(every) == 1:
        return every
    if not typed:
        wrong.cell(line.key, "date", "date_missing", exam=exam.code, days=_days(every, hall, book))
        return []
    try:
        day = day_of(typed).isoformat()
    except ValueError:
        wrong.cell(line.key, "date", "no_date", date=typed)
        return []
    found = [one for one in every if book.starts(one, hall)[0] == day]
    if not found:
        wrong.cell(line.key, column, "no_such_day", exam=exam.code, date=day, days=_days(every, hall, book))
    return found


def _at_that_time(line: Line, exam: Exam, found: list[Sitting], book: Book, wrong: Wrong) -> list[Sitting]:
    times = ", ".join(book.starts(one, line.wished("hall"))[1] for one in found)
    typed = line.wished("time")
    try:
        clock = f"{time_of(typed):%H:%M}" if typed else ""
    except ValueError:
        wrong.cell(line.key, "time", "no_time", time=typed)
        return []
    at = [one for one in found if book.starts(one, line.wished("hall"))[1] == clock]
    if not at:
        code = "no_such_time" if typed else "which_time"
        wrong.cell(line.key, "time", code, exam=exam.code, time=clock, times=times)
    return at[:1]


def _days(every: list[Sitting], hall: str, book: Book) -> str:
    return ", ".join(dict.fromkeys(book.starts(one, hall)[0] for one in every)) or "–"


def _hall(line: Line, sitting: Sitting, book: Book, wrong: Wrong) -> str | None:
    there, typed = book.hall_ids(sitting), line.wished("hall")
    if not typed and len(there) == 1:
        return there[0]
    found = next((hall for hall in there if hall.casefold() == typed.casefold()), None)
    if found is None and line.entry is not None and line.entry.sitting_id == sitting.id and typed == line.entry.hall_id:
        return typed  # the sitting left that hall, and the row is not about it
    if found is None:
        column = "hall" if "hall" in line.cells or not typed else line.first_of("hall", "exam", "date", "time")
        wrong.cell(line.key, column, "not_its_hall" if typed else "hall_missing", hall=typed, halls=", ".join(there))
    return found


def _seated(line: Line, sitting: Sitting, hall_id: str, book: Book, wrong: Wrong) -> Place | None:
    entry, typed = line.entry, line.wished("table")
    note = line.wished("note")
    if entry is not None and (entry.hall_id, entry.table_label) == (hall_id, typed):
        return Place(line, sitting, hall_id, typed, entry.row, entry.col, note)
    seat = book.seat(hall_id, typed)
    if seat is None:
        wrong.cell(
            line.key, line.first_of("table", "hall", "exam", "date", "time"), "no_such_seat", hall=hall_id, table=typed
        )
        return None
    return Place(line, sitting, hall_id, *seat, note)
