"""A sealed hall's roster stays as it is, whoever tries: looked at in every flush, so that no edit needs to remember it.

What is about to be written is held against the database under its locks, not against what was read before:
a hall that was sealed while an edit waited for its rows is sealed to that edit, too. Sealing itself
marks the rows by one UPDATE of its own.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import event, inspect, tuple_
from sqlmodel import Session, col, select

from services.api.db.attendance import Difference
from services.api.db.exams import RosterEntry, Sitting, SittingHall
from services.api.problems import Problem, conflict

T = TypeVar("T")
_PRINTED = ("exam_id", "opens_at", "starts_at", "late_after", "closes_at", "ends_at", "policy")
_COUNTED = ("queue_grace_min", "head_count", "scripts_collected", "closed_at")
_AT_ONCE = 400
"""SQLite takes a limited number of parameters."""


def sealed_problem() -> Problem:
    """Return the refusal of an edit of a sealed record."""
    return conflict("sealed", "This hall's roster is sealed: make an amendment instead.", "hall_id")


def check_halls_open(session: Session, places: Iterable[tuple[int, str]], *, alone: bool = False) -> None:
    """Refuse to write into sealed halls, given as (sitting, hall); holds them open until the commit.

    `alone`: their own rows are about to be written, which no two may wait for each other to do.

    Raises:
        Problem: 409, one of them is sealed.
    """
    key = (col(SittingHall.sitting_id), col(SittingHall.hall_id))
    for some in _batches(sorted(set(places))):
        rows = (
            select(SittingHall.sealed_at).where(tuple_(*key).in_(some)).order_by(*key).with_for_update(read=not alone)
        )
        if any(sealed_at is not None for sealed_at in session.exec(rows)):
            raise sealed_problem()


def _before_flush(session: Session, *_: Any) -> None:
    deleted = [row for row in session.deleted if isinstance(row, RosterEntry)]
    changed = [row for row in session.dirty if isinstance(row, RosterEntry) and session.is_modified(row)]
    new = [row for row in session.new if isinstance(row, RosterEntry)]
    retimed = [row.id for row in session.dirty if isinstance(row, Sitting) and _changes_record(row)]
    recounted = [row for row in session.dirty if isinstance(row, SittingHall) and _changes_counts(row)]
    noted: list[Difference | RosterEntry] = [
        row for row in (*session.new, *session.dirty) if isinstance(row, Difference)
    ]
    if not (deleted or changed or new or retimed or recounted or noted):
        return
    with session.no_autoflush:
        _check_times(session, retimed)
        _check_rows(session, (*deleted, *changed))
        moved = [row for row in changed if inspect(row).attrs.hall_id.history.has_changes()]
        check_halls_open(session, ((row.sitting_id, row.hall_id) for row in recounted), alone=True)
        check_halls_open(session, ((row.sitting_id, row.hall_id) for row in (*noted, *new, *moved)))


def _changes_record(sitting: Sitting) -> bool:
    """Whether what a sealed report prints of its sitting would be another; that it is sealed itself is not."""
    attributes = inspect(sitting).attrs
    if attributes.state.history.has_changes() and sitting.state != "sealed":
        return True
    return any(getattr(attributes, name).history.has_changes() for name in _PRINTED)


def _changes_counts(hall: SittingHall) -> bool:
    """Whether what a sealed report prints of its hall would be another; sealing itself closes it."""
    attributes = inspect(hall).attrs
    changed = any(getattr(attributes, name).history.has_changes() for name in _COUNTED)
    return changed and not attributes.sealed_at.history.has_changes()


def _check_times(session: Session, sittings: list[int | None]) -> None:
    if not sittings:
        return
    held = select(Sitting.id).where(col(Sitting.id).in_(sittings)).order_by(col(Sitting.id))
    session.exec(held.with_for_update(key_share=True)).all()  # whoever seals a hall holds its sitting first
    sealed = (col(SittingHall.sitting_id).in_(sittings), col(SittingHall.sealed_at).is_not(None))
    if session.exec(select(SittingHall.hall_id).where(*sealed)).first() is not None:
        raise sealed_problem()


def _check_rows(session: Session, written: Iterable[RosterEntry]) -> None:
    order = (col(RosterEntry.student_id), col(RosterEntry.id))
    for some in _batches(sorted((row.student_id, row.id) for row in written if row.id is not None)):
        ids = [entry_id for _, entry_id in some]
        rows = select(RosterEntry.sealed).where(col(RosterEntry.id).in_(ids)).order_by(*order)
        if True in session.exec(rows.with_for_update()).all():
            raise sealed_problem()


def _batches(items: list[T]) -> Iterator[list[T]]:
    for at in range(0, len(items), _AT_ONCE):
        yield items[at : at + _AT_ONCE]


event.listen(Session, "before_flush", _before_flush)
