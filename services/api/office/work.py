"""One piece of office work: a transaction, who does it, and when. Every office function takes one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis
from sqlalchemy import event
from sqlmodel import Session, col, select

from services.api import audit, views
from services.api.auth.caller import Caller
from services.api.auth.watching import Watch, watch_of
from services.api.db.tables import (
    Accommodation,
    Exam,
    Hall,
    Kiosk,
    LookAlikePair,
    RosterEntry,
    Sitting,
    SittingHall,
    Student,
)
from services.api.problems import Problem
from services.api.settings import ApiSection
from shared.keys import KeyRing

Facts = dict[str, object]
_IN_SCHEDULE = (Accommodation, Exam, Hall, Kiosk, LookAlikePair, RosterEntry, Sitting, SittingHall, Student)


@dataclass(frozen=True)
class Work:
    """What an office function works with."""

    session: Session
    by: Caller
    now: datetime
    api: ApiSection
    media: KeyRing
    events: "Redis"

    def note(
        self,
        action: str,
        subject: str,
        *,
        before: Facts | None = None,
        after: Facts | None = None,
        sitting_id: int | None = None,
    ) -> None:
        """Write one entry of the audit chain: ids, never names."""
        audit.record(
            self.session,
            at=self.now,
            actor=self.by.actor,
            action=action,
            subject=subject,
            sitting_id=sitting_id,
            source=self.by.address,
            before=before,
            after=after,
        )

    def assigned(self) -> frozenset[int] | None:
        """Return the sittings that lists are cut to; None: all."""
        watch = self.watch()
        return None if watch is None else watch.sittings

    def assigned_halls(self) -> frozenset[str] | None:
        """Return the halls of those sittings, each with the halls that a colleague watches; None: all."""
        assigned = self.assigned()
        if assigned is None:
            return None
        query = select(SittingHall.hall_id).where(col(SittingHall.sitting_id).in_(assigned))
        return frozenset(self.session.exec(query))

    def watch(self) -> Watch | None:
        """Return the places that the caller is bound to; None: nothing is kept from them."""
        return watch_of(self.session, self.by) if self.by.sees_only_assigned else None

    def check_place(self, sitting_id: int, hall_id: str) -> None:
        """Refuse an invigilator a hall that is not theirs.

        Raises:
            Problem: 403.
        """
        watch = self.watch()
        if watch is not None and not watch.covers(sitting_id, hall_id):
            raise Problem(403, "not_assigned", "You are not assigned to this sitting.", "hall")


@contextmanager
def follow_schedule(session: Session) -> Iterator[None]:
    """See what is flushed meanwhile; where the schedule is made of it, mark the view as behind, in the same commit."""
    touched = False

    def look(flushing: Session, *_: Any) -> None:
        nonlocal touched
        rows = (*flushing.new, *flushing.dirty, *flushing.deleted)
        touched = touched or any(isinstance(row, _IN_SCHEDULE) for row in rows)

    event.listen(session, "before_flush", look)
    yield
    session.flush()
    if touched:
        views.schedule_changed(session)
