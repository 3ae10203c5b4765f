"""A sealed hall's roster stays as it is, whoever tries: looked at in every flush, so that no edit needs to remember it.

What is about to be written is held against the database under its locks, not against what was read before:
a hall that was sealed while an edit waited for its rows is sealed to that edit, too. Sealing itself
marks the rows by one UPDATE of its own.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import event, inspect, tuple_
from sqlmodel import Session, col, select

from services.api.db.exams import RosterEntry, SittingHall
from services.api.problems import Problem, conflict

T = TypeVar("T")
_AT_ONCE = 400
"""SQLite takes a limited number of parameters."""


def sealed_problem() -> Problem:
    """Return the refusal of an edit of a sealed record."""
    return conflict("sealed", "This hall's roster is sealed: make an amendment instead.", "hall_id")


def check_halls_open(session: Session, places: Iterable[tuple[int, str]]) -> None:
    """Refuse to write into sealed halls, given as (sitting, hall); holds them open until the commit.

    Raises:
        Problem: 409, one of them is sealed.
    """
    key = tuple_(col(SittingHall.sitting_id), col(SittingHall.hall_id))
    for some in _batches(sorted(set(places))):
        rows = select(SittingHall.sealed_at).where(key.in_(some)).with_for_update(read=True)
        if any(sealed_at is not None for sealed_at in session.exec(rows)):
            raise sealed_problem()


def _before_flush(session: Session, *_: Any) -> None:
    deleted = [row for row in session.deleted if isinstance(row, RosterEntry)]
    changed = [row for row in session.dirty if isinstance(row, RosterEntry) and session.is_modified(row)]
    new = [row for row in session.new if isinstance(row, RosterEntry)]
    if not (deleted or changed or new):
        return
    with session.no_autoflush:
        _check_rows(session, [row.id for row in (*deleted, *changed) if row.id is not None])
        moved = [row for row in changed if inspect(row).attrs.hall_id.history.has_changes()]
        check_halls_open(session, ((row.sitting_id, row.hall_id) for row in (*new, *moved)))


def _check_rows(session: Session, ids: list[int]) -> None:
    for some in _batches(sorted(ids)):
        rows = select(RosterEntry.sealed).where(col(RosterEntry.id).in_(some)).order_by(col(RosterEntry.id))
        if True in session.exec(rows.with_for_update()).all():
            raise sealed_problem()


def _batches(items: list[T]) -> Iterator[list[T]]:
    for at in range(0, len(items), _AT_ONCE):
        yield items[at : at + _AT_ONCE]


event.listen(Session, "before_flush", _before_flush)
