"""One student's sittings and attempts, read from the database into the words of the projection."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlmodel import Session, col, select

from services.api.attendance.projection import Happening, Ruling, Sets, Sighting, Terms
from services.api.attendance.verdicts import Found, Gate
from services.api.db.tables import Accommodation, Attempt, RosterEntry, Sitting, SittingHall
from shared.events import Finding


@dataclass(frozen=True)
class Place:
    """One roster entry with its sitting and what is granted there."""

    entry: RosterEntry
    sitting: Sitting
    late_limit: datetime
    closed_at: datetime | None
    """When an invigilator closed the hall or the sitting, where one did."""

    @property
    def sitting_id(self) -> int:
        """The sitting's id."""
        return self.entry.sitting_id

    def in_play(self, t: datetime, before_opens: timedelta) -> bool:
        """Tell whether the sitting is in play at `t`."""
        return self.sitting.opens_at - before_opens <= t <= self.sitting.ends_at

    def gate(self, hall_id: str, t: datetime) -> Gate:
        """Return what this sitting says to its student at a door of `hall_id` at `t`."""
        if self.entry.hall_id != hall_id:
            return "elsewhere"
        if self.entry.sealed:
            return "closed"  # a frame that comes after the seal, however late, admits nobody: a person sees to it
        if t < self.sitting.opens_at:
            return "early"
        closes = max(self.sitting.closes_at, self.late_limit)
        if t > closes or (self.closed_at is not None and t > self.closed_at):
            return "closed"
        return "open"


@dataclass(frozen=True)
class History:
    """What the database holds on one student's attendance."""

    student_id: str
    places: tuple[Place, ...]
    attempts: tuple[Attempt, ...]

    @property
    def terms(self) -> dict[int, Terms]:
        """The times of each sitting, for this student."""
        return {place.sitting_id: Terms(place.sitting.starts_at, place.late_limit) for place in self.places}

    @property
    def happenings(self) -> list[Happening]:
        """The attempts and decisions that may change a roster, in no order."""
        return [happening for attempt in self.attempts if (happening := as_happening(attempt)) is not None]

    def place(self, sitting_id: int) -> Place | None:
        """Return the student's place in a sitting."""
        return next((place for place in self.places if place.sitting_id == sitting_id), None)

    def in_play(self, t: datetime, before_opens: timedelta) -> list[Place]:
        """Return the places in sittings in play at `t`."""
        return [place for place in self.places if place.in_play(t, before_opens)]

    def elsewhen(self, t: datetime) -> Place | None:
        """Return the next place after `t`, else the last one before."""
        upcoming = [place for place in self.places if place.sitting.starts_at > t]
        if upcoming:
            return min(upcoming, key=lambda place: place.sitting.starts_at)
        return max(self.places, key=lambda place: place.sitting.starts_at, default=None)


def load_history(session: Session, student_id: str, *, lock: bool = False) -> History:
    """Read a student's history; `lock` holds the roster entries until the commit, before anything else is read."""
    query = (
        select(RosterEntry, Sitting, SittingHall)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .outerjoin(
            SittingHall,
            (col(SittingHall.sitting_id) == RosterEntry.sitting_id) & (col(SittingHall.hall_id) == RosterEntry.hall_id),
        )
        .where(RosterEntry.student_id == student_id, Sitting.state != "cancelled")
        .order_by(col(RosterEntry.id))
    )
    rows = session.exec(query.with_for_update(of=RosterEntry) if lock else query).all()
    allowances = _allowances(session, student_id)
    places = tuple(_place(entry, sitting, hall, allowances) for entry, sitting, hall in rows)
    attempts = session.exec(select(Attempt).where(Attempt.student_id == student_id)).all()
    return History(student_id, places, tuple(attempts))


def as_happening(attempt: Attempt) -> Happening | None:
    """Return what an attempt means to the roster, or None where it means nothing."""
    if attempt.kind == "decision":
        return _ruling(attempt)
    if attempt.kind != "face_identified" or attempt.finding is None or not attempt.options:
        return None
    return Sighting(
        t=attempt.captured_at,
        event_id=attempt.event_id,
        kiosk_id=attempt.kiosk_id or "",
        direction=cast(Literal["in", "out"], attempt.direction),
        asked=attempt.asked or "search",
        found=Found(finding=cast(Finding, attempt.finding), like_admission=attempt.like_admission),
        options=options_of(attempt.options),
        doubtful=attempt.doubtful,
        attempt_id=attempt.id,
    )


def options_of(stored: Iterable[Iterable[object]]) -> tuple[tuple[int, Gate], ...]:
    """Read an attempt's `options`."""
    pairs = (tuple(pair) for pair in stored)
    return tuple((int(str(sitting_id)), cast(Gate, gate)) for sitting_id, gate in pairs)


def _ruling(attempt: Attempt) -> Ruling | None:
    if attempt.sets_status is None or attempt.sitting_id is None:
        return None
    return Ruling(
        t=attempt.captured_at,
        event_id=attempt.event_id,
        sitting_id=attempt.sitting_id,
        sets=cast(Sets, attempt.sets_status),
        effective_at=attempt.effective_at or attempt.captured_at,
        attempt_id=attempt.id,
    )


def _place(entry: RosterEntry, sitting: Sitting, hall: SittingHall | None, allowances: dict[int | None, int]) -> Place:
    grace_min = hall.queue_grace_min if hall else 0
    allowance_min = max(allowances.get(None, 0), allowances.get(entry.sitting_id, 0))
    closed = [at for at in (sitting.closed_at, hall.closed_at if hall else None) if at is not None]
    late_limit = sitting.late_after + timedelta(minutes=grace_min + allowance_min)
    return Place(entry, sitting, late_limit, min(closed, default=None))


def _allowances(session: Session, student_id: str) -> dict[int | None, int]:
    rows = session.exec(
        select(Accommodation.sitting_id, Accommodation.allowance_min).where(
            Accommodation.student_id == student_id, col(Accommodation.allowance_min) > 0
        )
    )
    allowances: dict[int | None, int] = {}
    for sitting_id, minutes in rows:
        allowances[sitting_id] = max(minutes, allowances.get(sitting_id, 0))
    return allowances
