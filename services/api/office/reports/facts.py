"""What reports are made of, read from the database: one sitting at a time, so that a term fits in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from services.api.db.tables import Attempt, Exam, Hall, Review, Sitting, SittingHall
from services.api.office import record, sittings
from services.api.office.record import Line, Ruling
from services.api.office.work import Work

A_VISIT = timedelta(minutes=10)
"""Longer nobody stands before a door."""


@dataclass(frozen=True)
class Try:
    """What a door said to somebody, by itself (not a repeat)."""

    kiosk: str
    track: str
    at: datetime
    verdict: str
    why: str
    """The failure or finding behind it."""
    student_id: str | None


@dataclass(frozen=True)
class CaseFact:
    """A case for a person."""

    verdict: str
    detail: str
    hall: str
    opened_at: datetime
    settled_at: datetime | None
    settled_as: str | None
    listed: bool
    """Listed only; nobody had to answer."""
    student_id: str | None


@dataclass(frozen=True)
class SittingFacts:
    """One sitting."""

    sitting_id: int
    exam_id: int
    exam_code: str
    subject: str
    halls: tuple[str, ...]
    zone: str
    opens_at: datetime
    starts_at: datetime
    late_after: datetime
    ends_at: datetime
    policy: str
    state: str
    lines: Sequence[Line]
    rulings: Sequence[Ruling]
    tries: Sequence[Try]
    cases: Sequence[CaseFact]


def of_sitting(work: Work, sitting_id: int) -> SittingFacts:
    """Read one sitting.

    Raises:
        Problem: there is none.
    """
    sitting = sittings.get(work, sitting_id)
    exam = work.session.get_one(Exam, sitting.exam_id)
    query = (
        select(Hall.id, Hall.time_zone)
        .join(SittingHall, col(SittingHall.hall_id) == Hall.id)
        .where(SittingHall.sitting_id == sitting_id)
        .order_by(col(Hall.id))
    )
    halls = list(work.session.exec(query))
    return SittingFacts(
        sitting_id=sitting_id,
        exam_id=sitting.exam_id,
        exam_code=exam.code,
        subject=exam.subject,
        halls=tuple(hall_id for hall_id, _ in halls),
        zone=halls[0][1] if halls else "UTC",
        opens_at=sitting.opens_at,
        starts_at=sitting.starts_at,
        late_after=sitting.late_after,
        ends_at=sitting.ends_at,
        policy=sitting.policy,
        state=sitting.state,
        lines=record.lines(work, sitting),
        rulings=record.rulings(work, sitting_id),
        tries=_tries(work, sitting_id),
        cases=_cases(work, sitting_id),
    )


def sittings_of_exam(work: Work, exam_id: int) -> list[int]:
    """Return an exam's sittings that were held or will be, by start."""
    return _ids(work, Sitting.exam_id == exam_id)


def sittings_between(work: Work, since: datetime, until: datetime) -> list[int]:
    """Return the sittings that start in a span of time, by start."""
    return _ids(work, col(Sitting.starts_at) >= since, col(Sitting.starts_at) < until)


def _ids(work: Work, *where: object) -> list[int]:
    query = select(Sitting.id).where(Sitting.state != "cancelled", *where)  # type: ignore[arg-type]
    return [int(found or 0) for found in work.session.exec(query.order_by(col(Sitting.starts_at), col(Sitting.id)))]


def _tries(work: Work, sitting_id: int) -> list[Try]:
    """Return what the doors said to this sitting's people.

    Somebody whom a door does not know yet is written down for the sitting whose start is nearest; who it was
    in the end, and so which sitting's, the same track tells.
    """
    at_doors = (col(Attempt.kind) != "decision", col(Attempt.direction) == "in", col(Attempt.repeat_of_id).is_(None))
    own = sql_select(col(Attempt.kiosk_id), func.min(Attempt.captured_at), func.max(Attempt.captured_at))
    own = own.where(col(Attempt.sitting_id) == sitting_id, *at_doors).group_by(col(Attempt.kiosk_id))
    spans = work.session.connection().execute(own).all()
    if not spans:
        return []
    wanted = ("kiosk_id", "track_id", "captured_at", "verdict", "finding", "failure", "student_id", "sitting_id")
    query = (
        sql_select(*(col(getattr(Attempt, name)) for name in wanted))
        .where(
            col(Attempt.kiosk_id).in_([kiosk for kiosk, _, _ in spans]),
            col(Attempt.captured_at) >= min(first for _, first, _ in spans) - A_VISIT,
            col(Attempt.captured_at) <= max(last for _, _, last in spans) + A_VISIT,
            *at_doors,
        )
        .order_by(col(Attempt.captured_at), col(Attempt.id))
    )
    rows = work.session.connection().execute(query).all()
    theirs = {row.track_id: row.sitting_id for row in rows if row.student_id is not None}
    return [
        Try(
            row.kiosk_id,
            row.track_id or "",
            row.captured_at,
            row.verdict,
            row.failure or row.finding or "",
            row.student_id,
        )
        for row in rows
        if theirs.get(row.track_id, row.sitting_id) == sitting_id
    ]


def _cases(work: Work, sitting_id: int) -> list[CaseFact]:
    query = select(Review).where(Review.sitting_id == sitting_id).order_by(col(Review.id))
    return [
        CaseFact(
            verdict=row.verdict,
            detail=row.detail,
            hall=row.hall_id,
            opened_at=row.opened_at,
            settled_at=row.settled_at,
            settled_as=row.settled_as,
            listed=row.listed,
            student_id=row.student_id,
        )
        for row in work.session.exec(query)
    ]
