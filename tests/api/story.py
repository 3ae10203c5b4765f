"""The small cast and one morning: Ada sits in hall A, Grace in hall B, Mallory on no roster, Eve is enrolled elsewhen.

The exam MATH-201 is at 09:00 in halls A and B: check-in opens at 08:30, is late after 09:00, closes at 09:30.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from services.api.db.engine import reading, writing
from services.api.db.tables import (
    Attempt,
    AuditEntry,
    Exam,
    Hall,
    Kiosk,
    Review,
    RosterEntry,
    Sitting,
    SittingHall,
    Student,
)
from services.api.ingest.attempts import Recorded, record
from services.api.ingest.office import Arrival, Office
from services.api.ingest.outcomes import outcome_of
from services.api.settings import ApiSection
from shared.events import Action, ActionDone, FaceIdentified, Finding, LivenessFailed, Outcome, event_id
from shared.keys import new_ring

DAY = datetime(2026, 11, 23, tzinfo=UTC)
_NUMBERS = count(1)


def at(clock: str) -> datetime:
    """Return a time of the day, `08:45` or `08:45:10`."""
    hours, minutes, *seconds = map(float, clock.split(":"))
    return DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def identified(
    who: str | None,
    kiosk: str,
    t: datetime,
    *,
    finding: Finding = "match",
    asked: str = "search",
    like_admission: bool | None = None,
    track: str | None = None,
    runner_up: str | None = None,
    **more: Any,
) -> FaceIdentified:
    """Make what the recognizer would say."""
    track = track or f"track-{next(_NUMBERS)}"
    fields: dict[str, Any] = {
        "event_id": event_id("face_identified", kiosk, track, t),
        "kiosk_id": kiosk,
        "captured_at": t,
        "trace_id": f"trace-{track}",
        "track_id": track,
        "track_started_at": t - timedelta(seconds=3),
        "fence": 1,
        "policy": "challenge",
        "challenge": done("blink", "smile", t=t),
        "frame_sent_at": t,
        "live_face_id": f"live-{track}",
        "received_at": t,
        "finding": finding,
        "asked": asked,
        "candidate_id": who,
        "score": 0.7 if who else None,
        "runner_up_id": runner_up,
        "runner_up_score": 0.68 if runner_up else None,
        "threshold": 0.5,
        "margin_required": 0.05,
        "scope": "slot",
        "scope_size": 240,
        "crops_agreement": 0.9,
        "admission_score": None if like_admission is None else (0.8 if like_admission else 0.2),
        "admission_threshold": None if like_admission is None else 0.5,
        "model_id": "test-net",
        "probe": b"sealed probe" if finding == "match" else None,
    }
    return FaceIdentified(**{**fields, **more})


def done(*actions: Action, t: datetime) -> tuple[ActionDone, ...]:
    """Make the actions of a challenge, seen done at `t`."""
    return tuple(ActionDone(action=action, asked_at=t - timedelta(seconds=2), done_at=t) for action in actions)


def failed(kiosk: str, t: datetime, reason: str = "photo", track: str | None = None, **more: Any) -> LivenessFailed:
    """Make what liveness would say of an attack."""
    track = track or f"track-{next(_NUMBERS)}"
    fields: dict[str, Any] = {
        "event_id": event_id("liveness_failed", kiosk, track, t),
        "kiosk_id": kiosk,
        "captured_at": t,
        "trace_id": f"trace-{track}",
        "track_id": track,
        "track_started_at": t - timedelta(seconds=3),
        "fence": 1,
        "policy": "challenge",
        "frame_sent_at": t,
        "reason": reason,
        "failures": 3,
    }
    return LivenessFailed(**{**fields, **more})


@dataclass
class Morning:
    """An office with its exam, and doors that events come in at."""

    engine: Engine
    office: Office = field(default_factory=lambda: Office(ApiSection(), new_ring("media")))

    def see(self, event: FaceIdentified | LivenessFailed, image: bytes = b"a crop") -> Recorded:
        """Ingest one event, as the step does."""
        received_at = event.received_at if isinstance(event, FaceIdentified) else event.captured_at
        with writing(self.engine) as session:
            return record(session, Arrival(event, (image,), received_at, received_at), self.office)

    def sees(self, who: str | None, kiosk: str, clock: str, **more: Any) -> Attempt:
        """Ingest one identification at a time of the day."""
        return self.see(identified(who, kiosk, at(clock), **more)).attempt

    def outcome(self, attempt: Attempt) -> Outcome:
        """Return what the screen is told."""
        with reading(self.engine) as session:
            return outcome_of(session, attempt, self.office.api)

    def entry(self, student_id: str, sitting_id: int = 1) -> RosterEntry:
        """Return a line of the roster."""
        with reading(self.engine) as session:
            query = select(RosterEntry).where(
                RosterEntry.student_id == student_id, RosterEntry.sitting_id == sitting_id
            )
            return session.exec(query).one()

    def status(self, student_id: str, sitting_id: int = 1) -> str:
        """Return how a student stands."""
        return self.entry(student_id, sitting_id).status

    def cases(self, **where: Any) -> list[Review]:
        """Return the cases, oldest first."""
        with reading(self.engine) as session:
            return list(session.exec(select(Review).filter_by(**where).order_by(Review.id)))  # type: ignore[arg-type]

    def attempts(self) -> list[Attempt]:
        """Return all attempts, oldest first."""
        with reading(self.engine) as session:
            return list(session.exec(select(Attempt).order_by(Attempt.id)))  # type: ignore[arg-type]

    def audited(self) -> list[AuditEntry]:
        """Return the audit chain."""
        with reading(self.engine) as session:
            return list(session.exec(select(AuditEntry).order_by(AuditEntry.seq)))  # type: ignore[arg-type]

    def change(self, edit: Callable[[Session], None]) -> None:
        """Let the office change something."""
        with writing(self.engine) as session:
            edit(session)

    def crowd(self, sitting_id: int, code: str, starts: str, places: dict[str, tuple[str, str]]) -> None:
        """Add many students at once, with an exam of their own."""

        def add(session: Session) -> None:
            session.add_all(Student(id=student_id, name=student_id, created_at=DAY) for student_id in places)

        self.change(add)
        self.sitting(sitting_id, code, starts, places)

    def sitting(
        self, sitting_id: int, code: str, starts: str, places: dict[str, tuple[str, str]], *, hours: float = 2
    ) -> None:
        """Add an exam with one sitting; `places` says who sits in which hall at which table."""
        start = at(starts)

        def add(session: Session) -> None:
            session.add(Exam(id=sitting_id, code=code, subject=f"Subject of {code}"))
            session.flush()
            session.add(
                Sitting(
                    id=sitting_id,
                    exam_id=sitting_id,
                    opens_at=start - timedelta(minutes=30),
                    starts_at=start,
                    late_after=start,
                    closes_at=start + timedelta(minutes=30),
                    ends_at=start + timedelta(hours=hours),
                )
            )
            session.flush()
            for hall in sorted({hall for hall, _ in places.values()}):
                session.add(SittingHall(sitting_id=sitting_id, hall_id=hall))
            for student_id, (hall, table) in places.items():
                session.add(RosterEntry(sitting_id=sitting_id, student_id=student_id, hall_id=hall, table_label=table))

        self.change(add)


def morning(engine: Engine) -> Morning:
    """Set the office up."""
    cast = {"ada": "Ada Lovelace", "grace": "Grace Hopper", "eve": "Eve", "mallory": "Mallory"}
    doors = (("A__door1", "A", "in"), ("A__door2", "A", "in"), ("A__exit", "A", "out"), ("B__door1", "B", "in"))

    def add(session: Session) -> None:
        for student_id, name in cast.items():
            session.add(Student(id=student_id, name=name, created_at=DAY))
        session.add(Hall(id="A", name="Hall A"))
        session.add(Hall(id="B", name="Hall B", directions="Up the stairs"))
        session.flush()
        for kiosk_id, hall, direction in doors:
            session.add(Kiosk(id=kiosk_id, hall_id=hall, direction=direction))

    story = Morning(engine)
    story.change(add)
    story.sitting(1, "MATH-201", "09:00", {"ada": ("A", "C-14"), "grace": ("B", "D-2")})
    story.sitting(2, "PHYS-101", "15:00", {"eve": ("A", "A-1")})
    return story
