"""What an invigilator watches over: whole sittings, or single halls of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select

from services.api.auth.caller import Caller
from services.api.db.tables import Assignment, SittingHall


@dataclass(frozen=True)
class Watch:
    """Every place that one invigilator is assigned to."""

    whole: frozenset[int] = frozenset()
    """Sittings, with all their halls."""
    parts: frozenset[tuple[int, str]] = frozenset()
    """Single halls of sittings."""
    halls: frozenset[str] = frozenset()
    """The halls of all these: what happens at their doors with nobody known concerns who watches them."""

    @property
    def sittings(self) -> frozenset[int]:
        """Every sitting of which at least one hall is watched."""
        return self.whole | {sitting_id for sitting_id, _ in self.parts}

    def covers(self, sitting_id: int | None, hall_id: str | None) -> bool:
        """Tell whether this place is watched; without a sitting, whether the hall's doors are."""
        if sitting_id is None:
            return hall_id in self.halls
        return sitting_id in self.whole or (sitting_id, hall_id) in self.parts

    def halls_of(self, sitting_id: int) -> frozenset[str] | None:
        """Return the halls of a sitting that are watched; None: all of them."""
        return None if sitting_id in self.whole else frozenset(h for s, h in self.parts if s == sitting_id)

    def rows(self, sitting: object, hall: object) -> ColumnElement[bool]:
        """Return the condition on a table's two columns that leaves what is watched, nobody's sitting apart."""
        whole = col(sitting).in_(self.whole)
        parts = [and_(col(sitting) == sitting_id, col(hall) == hall_id) for sitting_id, hall_id in sorted(self.parts)]
        return or_(whole, *parts) if parts or self.whole else false()


def watch_of(session: Session, caller: Caller) -> Watch:
    """Return what this caller is assigned to."""
    query = select(Assignment.sitting_id, Assignment.hall_id).where(Assignment.user_id == caller.user_id)
    return _watch(session, session.exec(query).all())


def _watch(session: Session, assigned: Iterable[tuple[int, str | None]]) -> Watch:
    pairs = list(assigned)
    whole = frozenset(sitting_id for sitting_id, hall_id in pairs if hall_id is None)
    parts = frozenset((s, h) for s, h in pairs if h is not None and s not in whole)
    in_whole = session.exec(select(SittingHall.hall_id).where(col(SittingHall.sitting_id).in_(whole)))
    return Watch(whole, parts, frozenset(in_whole) | {hall_id for _, hall_id in parts})
