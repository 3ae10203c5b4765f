"""What the office holds that an import touches or may clash with, read in a few queries however long the table is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import tuple_
from sqlmodel import col, select

from services.api.db import holding
from services.api.db.tables import Assignment, Exam, Hall, RosterEntry, Sitting, SittingHall, Student, User
from services.api.office.imports.wanted import Options, Wanted
from services.api.office.work import Work

_AT_ONCE = 500
"""SQLite takes a limited number of parameters."""
T = TypeVar("T")


@dataclass(frozen=True)
class HallThere:
    """One hall."""

    id: str
    time_zone: str
    rows: int | None = None
    columns: int | None = None
    blocked: frozenset[tuple[int, int]] = frozenset()

    @property
    def seats(self) -> int | None:
        """How many can sit in it; None: nobody has said."""
        return self.rows * self.columns - len(self.blocked) if self.rows and self.columns else None


@dataclass(frozen=True)
class SittingThere:
    """One sitting."""

    id: int
    exam_code: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    late_after: datetime
    closes_at: datetime
    state: str
    halls: frozenset[str]
    sealed: frozenset[str] = frozenset()
    """Those of its halls whose record is sealed."""


@dataclass(frozen=True)
class EntryThere:
    """One line of a roster."""

    id: int
    student_id: str
    hall: str
    table: str
    row: int | None
    col: int | None
    note: str
    seen: bool
    """Something has happened: the line can't be taken away."""


@dataclass(frozen=True)
class StudentThere:
    """One student; `active` is also False for a deleted one."""

    id: str
    name: str
    email: str | None
    active: bool


@dataclass(frozen=True)
class There:
    """What is there."""

    now: datetime
    halls: dict[str, HallThere] = field(default_factory=dict)
    exams: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By code: id and subject."""
    sittings: dict[int, SittingThere] = field(default_factory=dict)
    entries: dict[int, dict[str, EntryThere]] = field(default_factory=dict)
    """By sitting and student."""
    students: dict[str, StudentThere] = field(default_factory=dict)
    watchers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Invigilators by user name and display name, in small letters: their user ids."""
    assigned: dict[int, frozenset[tuple[int, str | None]]] = field(default_factory=dict)
    """By sitting: user and hall; without a hall, all of them."""


def halls_there(work: Work) -> dict[str, HallThere]:
    """Return every hall."""
    return {hall.id: _hall(hall) for hall in work.session.exec(select(Hall))}


def look(
    work: Work, wanted: Sequence[Wanted], options: Options, halls: dict[str, HallThere], *, hold: bool = False
) -> There:
    """Read what these sittings touch, and every sitting that is held at the same time as one of them.

    `hold`: until the commit nobody else seals, moves or times them, or edits their rosters in the office. People check
    in all the same, and are given seats in the hall: `hold_lines` sees to the lines that are written.
    """
    exams = _exams(work, {one.exam_code for one in wanted})
    sittings = _sittings(work, wanted, options, hold=hold)
    ids = sorted(sittings)
    return There(
        now=work.now,
        halls=halls,
        exams=exams,
        sittings=sittings,
        entries=_entries(work, ids),
        students=_students(work, {student for one in wanted for student in one.places}),
        watchers=_watchers(work),
        assigned=_assigned(work, ids),
    )


def hold_lines(work: Work, there: There, students: Iterable[str], lines: Iterable[tuple[int, str]]) -> bool:
    """Hold students, and lines of rosters by sitting and student, until the commit; tell whether all are as in `there`.

    The sittings are held already (`look`).
    """
    named, places = sorted(set(students)), sorted(set(lines), key=lambda line: (line[1], line[0]))
    holding.students(work.session, named)
    for some in _in_parts(places):
        of_them = tuple_(col(RosterEntry.sitting_id), col(RosterEntry.student_id)).in_(some)
        holding.entries(work.session, of_them)
    people, now = _students(work, set(named)), _entries(work, sorted({sitting_id for sitting_id, _ in places}))
    return all(people[student_id] == there.students[student_id] for student_id in named) and all(
        now.get(sitting_id, {}).get(student_id) == there.entries.get(sitting_id, {}).get(student_id)
        for sitting_id, student_id in places
    )


def _hall(hall: Hall) -> HallThere:
    blocked = frozenset((row, column) for row, column in hall.blocked)
    return HallThere(hall.id, hall.time_zone, hall.rows, hall.columns, blocked)


def _exams(work: Work, codes: set[str]) -> dict[str, tuple[int, str]]:
    found = {}
    for some in _in_parts(sorted(codes)):
        for exam in work.session.exec(select(Exam).where(col(Exam.code).in_(some))):
            found[exam.code] = (exam.id or 0, exam.subject)
    return found


def _sittings(work: Work, wanted: Sequence[Wanted], options: Options, *, hold: bool) -> dict[int, SittingThere]:
    first, last = _span(work, wanted, options)
    if first is None or last is None:
        return {}
    within = select(Sitting, Exam.code).join(Exam, col(Exam.id) == Sitting.exam_id).order_by(col(Sitting.id))
    query = within.where(col(Sitting.ends_at) >= first, col(Sitting.starts_at) <= last)
    if hold:
        query = query.with_for_update(of=Sitting, key_share=True).execution_options(populate_existing=True)
    rows = work.session.exec(query).all()
    halls = _halls_of(work, [sitting.id or 0 for sitting, _ in rows])
    return {sitting.id or 0: _sitting(sitting, code, halls) for sitting, code in rows}


def _span(work: Work, wanted: Sequence[Wanted], options: Options) -> tuple[datetime | None, datetime | None]:
    if options.kind == "roster":
        sitting = work.session.get(Sitting, options.sitting_id or 0)
        return (sitting.starts_at, sitting.ends_at) if sitting else (None, None)
    starts = [one.starts_at for one in wanted if one.starts_at]
    ends = [one.ends_at or one.starts_at for one in wanted if one.starts_at]
    return min(starts, default=None), max((end for end in ends if end), default=None)


def _sitting(sitting: Sitting, code: str, halls: dict[int, dict[str, bool]]) -> SittingThere:
    times: dict[str, Any] = {
        name: getattr(sitting, name) for name in ("starts_at", "ends_at", "opens_at", "late_after", "closes_at")
    }
    sitting_id = sitting.id or 0
    own = halls.get(sitting_id, {})
    sealed = frozenset(hall for hall, is_sealed in own.items() if is_sealed)
    return SittingThere(
        id=sitting_id, exam_code=code, state=sitting.state, halls=frozenset(own), sealed=sealed, **times
    )


def _halls_of(work: Work, sitting_ids: list[int]) -> dict[int, dict[str, bool]]:
    """Return by sitting its halls, and of each whether it is sealed."""
    found: dict[int, dict[str, bool]] = {}
    for some in _in_parts(sitting_ids):
        for row in work.session.exec(select(SittingHall).where(col(SittingHall.sitting_id).in_(some))):
            found.setdefault(row.sitting_id, {})[row.hall_id] = row.sealed_at is not None
    return found


def _entries(work: Work, sitting_ids: list[int]) -> dict[int, dict[str, EntryThere]]:
    found: dict[int, dict[str, EntryThere]] = {}
    columns = (
        RosterEntry.sitting_id,
        RosterEntry.id,
        RosterEntry.student_id,
        RosterEntry.hall_id,
        RosterEntry.table_label,
        RosterEntry.row,
        RosterEntry.col,
        RosterEntry.note,
        RosterEntry.status_attempt_id,
    )
    for some in _in_parts(sitting_ids):
        rows = work.session.execute(select(*columns).where(col(RosterEntry.sitting_id).in_(some)))  # type: ignore[call-overload]
        for sitting_id, entry_id, student, hall, table, row, column, note, attempt in rows:
            entry = EntryThere(entry_id, student, hall, table, row, column, note, seen=attempt is not None)
            found.setdefault(sitting_id, {})[student] = entry
    return found


def _students(work: Work, ids: set[str]) -> dict[str, StudentThere]:
    found = {}
    columns = (Student.id, Student.name, Student.email, Student.active, Student.deleted_at)
    for some in _in_parts(sorted(ids)):
        rows = work.session.execute(select(*columns).where(col(Student.id).in_(some)))  # type: ignore[call-overload]
        for student, name, email, active, deleted_at in rows:
            found[student] = StudentThere(student, name, email, active and deleted_at is None)
    return found


def _watchers(work: Work) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    query = select(User).where(User.role == "invigilator", col(User.active).is_(True))
    for user in work.session.exec(query):
        for name in (user.username, user.display_name):
            if name:
                found.setdefault(name.strip().lower(), set()).add(user.id or 0)
    return {name: tuple(sorted(ids)) for name, ids in found.items()}


def _assigned(work: Work, sitting_ids: list[int]) -> dict[int, frozenset[tuple[int, str | None]]]:
    found: dict[int, set[tuple[int, str | None]]] = {}
    for some in _in_parts(sitting_ids):
        query = select(Assignment).where(col(Assignment.sitting_id).in_(some))
        for row in work.session.exec(query):
            found.setdefault(row.sitting_id, set()).add((row.user_id, row.hall_id))
    return {sitting_id: frozenset(pairs) for sitting_id, pairs in found.items()}


def _in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    parts: Iterable[int] = range(0, len(items), _AT_ONCE)
    return (items[at : at + _AT_ONCE] for at in parts)
