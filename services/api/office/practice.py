"""Practice: a student tries the real check at home; all that is kept is whether the enrolment is good enough."""

import secrets
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, func, select

from services.api import views
from services.api.auth import tokens
from services.api.counters import next_number
from services.api.db.tables import PracticeResult, PracticeSession, Student
from services.api.office import links, students
from services.api.office.work import Work
from services.api.problems import Problem
from shared.schedule import practice_kiosk

FREE_AFTER = timedelta(seconds=60)
"""A practice kiosk rests this long before the next student has it: what is still under way is over then."""
Result = Literal["good", "weak"]


class PracticeOpened(BaseModel):
    """A practice kiosk of the student's own, for some minutes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kiosk_id": "practice-1", "token": "np_…", "expires_at": "2026-11-23T09:10:00Z"}]
        }
    )

    kiosk_id: str
    token: str = Field(description="Shown this once, for capture alone: it takes this browser's webcam.")
    webcam: str = Field("", description="Capture's WebSocket.")
    expires_at: datetime


class PracticePublic(BaseModel):
    """How a student's last practice went."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "result": "weak",
                    "code": "no_match",
                    "at": "2026-11-20T16:00:00Z",
                    "tries": 2,
                }
            ]
        }
    )

    student_id: str
    name: str
    result: Result = Field(description="`weak`: the enrolment needs a better photo.")
    code: str = Field(description="What was found.")
    at: datetime
    tries: int = Field(description="How often this student practised.")


def begin(work: Work) -> PracticeOpened:
    """Give the student a practice kiosk; the one before, if there is one, ends.

    Raises:
        Problem: all are taken.
    """
    link = links.of_caller(work)
    students.locked(work, link.student_id)
    next_number(work.session, "practice")  # one student at a time takes a free kiosk
    links.opened(work, link.id or 0)
    end(work)
    number = _free(work)
    token = tokens.new_token(tokens.PRACTICE)
    session = PracticeSession(
        kiosk_id=practice_kiosk(number),
        link_id=link.id or 0,
        student_id=link.student_id,
        token_hash=tokens.token_hash(token),
        opened_at=work.now,
        expires_at=work.now + timedelta(minutes=work.api.practice_minutes),
    )
    work.session.add(session)
    views.schedule_changed(work.session)
    return PracticeOpened(kiosk_id=session.kiosk_id, token=token, expires_at=session.expires_at)


def running(work: Work) -> str | None:
    """Return the kiosk at which the student of this link practises now."""
    mine = select(PracticeSession).where(
        PracticeSession.link_id == work.by.link_id,
        col(PracticeSession.ended_at).is_(None),
        PracticeSession.expires_at > work.now,
    )
    session = work.session.exec(mine.order_by(col(PracticeSession.id).desc())).first()
    return session.kiosk_id if session else None


def end(work: Work) -> None:
    """End what the student's link began."""
    mine = select(PracticeSession).where(
        PracticeSession.link_id == work.by.link_id, col(PracticeSession.ended_at).is_(None)
    )
    for session in work.session.exec(mine.where(PracticeSession.expires_at > work.now)):
        session.ended_at = work.now
        work.session.add(session)
        views.schedule_changed(work.session)


def results(work: Work, result: Result | None = None, limit: int = 200) -> list[PracticePublic]:
    """Return each student's last practice, the newest first."""
    last = select(func.max(PracticeResult.id), func.count()).group_by(col(PracticeResult.student_id))
    tries = dict(work.session.exec(last).all())
    query = (
        select(PracticeResult, Student.name)
        .join(Student, col(Student.id) == PracticeResult.student_id)
        .where(col(PracticeResult.id).in_(select(func.max(PracticeResult.id)).group_by(col(PracticeResult.student_id))))
        .order_by(col(PracticeResult.at).desc())
        .limit(limit)
    )
    query = query.where(PracticeResult.result == result) if result else query
    return [
        PracticePublic(**row.model_dump(exclude={"id", "event_id"}), name=name, tries=tries[row.id])
        for row, name in work.session.exec(query)
    ]


def _free(work: Work) -> int:
    """Return a number that nobody practises at, nor did a moment ago."""
    rested = work.now - FREE_AFTER
    taken = set()
    for session in work.session.exec(select(PracticeSession).where(PracticeSession.expires_at > rested)):
        if session.ended_at is None or session.ended_at > rested:
            taken.add(session.kiosk_id)
    free = [n for n in range(1, work.api.practice_at_once + 1) if practice_kiosk(n) not in taken]
    if not free:
        raise Problem(
            429, "practice_full", "Others are practising now. Try again in some minutes.", headers={"Retry-After": "60"}
        )
    return secrets.choice(free)
