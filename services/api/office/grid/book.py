"""What edits are held against: exams, their sittings, and the halls of these, locked until the commit.

In the one order of the office, which `services.api.db.holding` tells.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from services.api.db import holding
from services.api.db.holding import batches
from services.api.db.tables import Exam, Hall, RosterEntry, Sitting, SittingHall
from services.api.office import seat_labels
from services.api.office.grid.rows import local
from services.api.office.work import Work


@dataclass
class Book:
    """Exams by code, sittings by exam, halls by sitting."""

    exams: dict[str, Exam] = field(default_factory=dict)
    """By the code, folded."""
    sittings: dict[int, Sitting] = field(default_factory=dict)
    halls: dict[str, Hall] = field(default_factory=dict)
    halls_of: dict[int, dict[str, SittingHall]] = field(default_factory=dict)

    def exam(self, code: str) -> Exam | None:
        """Return the exam of a code, however its case was typed."""
        return self.exams.get(code.casefold())

    def code_of(self, sitting: Sitting) -> str:
        """Return the code of a sitting's exam."""
        return next(exam.code for exam in self.exams.values() if exam.id == sitting.exam_id)

    def of_exam(self, exam: Exam) -> list[Sitting]:
        """Return an exam's sittings that are not cancelled, by start."""
        found = [one for one in self.sittings.values() if one.exam_id == exam.id and one.state != "cancelled"]
        return sorted(found, key=lambda one: one.starts_at)

    def hall_ids(self, sitting: Sitting) -> list[str]:
        """Return the halls of a sitting."""
        return sorted(self.halls_of.get(sitting.id or 0, {}))

    def starts(self, sitting: Sitting, hall_id: str | None) -> tuple[str, str]:
        """Return the day and the time of a sitting where it is held: in this hall, else in its first."""
        there = self.hall_ids(sitting)
        hall = self.halls.get(hall_id if hall_id in there else next(iter(there), ""))
        return local(sitting.starts_at, hall.time_zone if hall else "UTC")

    def sealed(self, sitting: Sitting, hall_id: str) -> bool:
        """Tell whether the record of a sitting in a hall is sealed."""
        there = self.halls_of.get(sitting.id or 0, {}).get(hall_id)
        return sitting.state == "sealed" or (there is not None and there.sealed_at is not None)

    def seat(self, hall_id: str, table: str) -> tuple[str, int | None, int | None] | None:
        """Return a table as the hall's plan calls it, with its place; None: the plan has no such seat, or it is blocked."""
        hall = self.halls[hall_id]
        if not table or not hall.rows or not hall.columns:
            return table, None, None
        place = seat_labels.place(table)
        if place is None or place[0] > hall.rows or place[1] > hall.columns or list(place) in hall.blocked:
            return None
        return seat_labels.label(*place), *place

    def cells(self, entry: RosterEntry | None) -> dict[str, str]:
        """Return what the cells of a row hold now."""
        if entry is None:
            return dict.fromkeys(("exam", "date", "time", "hall", "table", "note"), "")
        sitting = self.sittings[entry.sitting_id]
        day, clock = self.starts(sitting, entry.hall_id)
        place = {"exam": self.code_of(sitting), "date": day, "time": clock}
        return {**place, "hall": entry.hall_id, "table": entry.table_label, "note": entry.note}


def open_book(work: Work, codes: Collection[str], entry_ids: Collection[int]) -> Book:
    """Read the exams of these codes and of these entries, with all of their sittings, and lock what is edited."""
    session, book = work.session, Book()
    folded = {code.casefold() for code in codes}
    exams = session.exec(select(Exam.id, Exam.code))
    exam_ids = {exam_id for exam_id, code in exams if exam_id and code.casefold() in folded}
    for some in batches(entry_ids):
        at = select(RosterEntry.sitting_id).where(col(RosterEntry.id).in_(some))
        exam_ids |= set(session.exec(select(Sitting.exam_id).where(col(Sitting.id).in_(at))))
    for some in batches(exam_ids):
        _read_halls(session, book, some)
    for some in batches(exam_ids):
        ids = session.exec(select(Sitting.id).where(col(Sitting.exam_id).in_(some)))
        book.sittings |= holding.sittings(session, [sitting_id for sitting_id in ids if sitting_id])
        for exam in session.exec(select(Exam).where(col(Exam.id).in_(some))):
            book.exams[exam.code.casefold()] = exam
    return book


def lock_entries(work: Work, ids: Collection[int]) -> dict[int, RosterEntry]:
    """Read roster entries, and hold them until the commit, in the order in which a sitting is derived anew."""
    found: dict[int, RosterEntry] = {}
    for some in batches(ids):
        query = select(RosterEntry).where(col(RosterEntry.id).in_(some)).with_for_update()
        ordered = query.order_by(col(RosterEntry.student_id), col(RosterEntry.id))
        found |= {row.id or 0: row for row in _locked(work.session, ordered)}
    return found


def lock_halls_of(work: Work, book: Book) -> None:
    """Read the halls of these sittings, and hold them as they are until the commit: none is sealed meanwhile."""
    for some in batches(book.sittings):
        query = select(SittingHall).where(col(SittingHall.sitting_id).in_(some)).with_for_update(read=True)
        ordered = query.order_by(col(SittingHall.sitting_id), col(SittingHall.hall_id))
        for row in _locked(work.session, ordered):
            book.halls_of.setdefault(row.sitting_id, {})[row.hall_id] = row


def _read_halls(session: Session, book: Book, exam_ids: list[int]) -> None:
    sittings = select(Sitting.id).where(col(Sitting.exam_id).in_(exam_ids))
    there = select(SittingHall.hall_id).where(col(SittingHall.sitting_id).in_(sittings))
    halls = select(Hall).where(col(Hall.id).in_(there)).order_by(col(Hall.id))
    book.halls |= {hall.id: hall for hall in _locked(session, halls.with_for_update(key_share=True))}


def _locked(session: Session, query: Any) -> list[Any]:
    """Read what the lock was waited for, not what was read before."""
    return list(session.exec(query.execution_options(populate_existing=True)))
