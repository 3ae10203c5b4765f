"""Rows held until the commit, and the one order in which everybody takes them, so that nobody waits in a circle.

Halls, sittings, students, roster entries (by student, a student's by id), and the halls of sittings last; of each
kind, by id. Who needs only some of these leaves the others out.

Whoever seals, moves, times or deletes a sitting, imports into it, or edits its roster or seats, holds the sitting.
A door, a person's decision and a seat given in the hall don't: they hold the student's entries, and for a seat the
hall before them. So who holds a sitting holds the entries that are to be written, too, and looks at them after that.
The hall of a sitting is read under a shared lock (`sealed.check_halls_open`); who writes it takes it `alone`, with
every entry that is written with it held before.

A held row can be referred to all the same: people check in at a sitting, and cases are opened in a hall. SQLite lets
one transaction write at a time, and has none of these locks.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from services.api.db.exams import Hall, RosterEntry, Sitting
from services.api.db.people import Student

AT_ONCE = 400
"""SQLite takes a limited number of parameters."""
T = TypeVar("T")


def halls(session: Session, ids: Iterable[str]) -> None:
    """Let nobody else give seats in these halls."""
    for some in batches(ids):
        query = select(Hall.id).where(col(Hall.id).in_(some)).order_by(col(Hall.id))
        session.exec(query.with_for_update(key_share=True)).all()


def sittings(session: Session, ids: Iterable[int]) -> dict[int, Sitting]:
    """Read sittings that nobody else seals, moves, times or edits the roster of."""
    found: dict[int, Sitting] = {}
    for some in batches(ids):
        query = select(Sitting).where(col(Sitting.id).in_(some)).order_by(col(Sitting.id))
        found |= {row.id or 0: row for row in _now(session, query.with_for_update(key_share=True))}
    return found


def students(session: Session, ids: Iterable[str]) -> dict[str, Student]:
    """Read students whom nobody else changes, opts out or deletes: what is kept on them meanwhile would stay."""
    found: dict[str, Student] = {}
    for some in batches(ids):
        query = select(Student).where(col(Student.id).in_(some)).order_by(col(Student.id))
        found |= {row.id: row for row in _now(session, query.with_for_update(key_share=True))}
    return found


def student_as_is(session: Session, student_id: str) -> Student | None:
    """Read a student whom nobody changes, opts out or deletes; other doors may read them so as well."""
    query = select(Student).where(Student.id == student_id).with_for_update(read=True)
    return next(iter(_now(session, query)), None)


def entries(session: Session, *where: Any) -> None:
    """Let nobody check in at, move or take off the roster entries of which this holds."""
    query = select(RosterEntry.id).where(*where)
    session.exec(query.order_by(col(RosterEntry.student_id), col(RosterEntry.id)).with_for_update()).all()


def everybodys_entries(session: Session, sitting_id: int) -> None:
    """Hold every entry of the students of a sitting, which is about to be derived anew."""
    there = select(RosterEntry.student_id).where(RosterEntry.sitting_id == sitting_id)
    entries(session, col(RosterEntry.student_id).in_(there))


def batches(items: Iterable[T], at_once: int = AT_ONCE) -> Iterator[list[T]]:
    """Give items in order, as many at a time as a query takes."""
    ordered: list[T] = sorted(set(items))  # type: ignore[type-var]
    for at in range(0, len(ordered), at_once):
        yield ordered[at : at + at_once]


def _now(session: Session, query: Any) -> list[Any]:
    """Read what the lock was waited for, not what was read before."""
    return list(session.exec(query.execution_options(populate_existing=True)))
