"""Pairs of students that the face alone can't tell apart: found by enrolment, judged by the office.

Until somebody judges, the machine admits neither of a pair in the same slot. `confirmed`: twins, always asked for
number and ID. `dismissed`: told apart well enough; the recognizer's margin still holds.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from services.api.db.tables import LookAlikePair, RosterEntry, Student
from services.api.examples import example_of
from services.api.office.meetings import Meeting, coming_stays, meetings_of
from services.api.office.work import Facts, Work
from services.api.problems import not_found

State = Literal["unconfirmed", "confirmed", "dismissed"]
LOOKED_AT = 5_000
"""So many pairs, the most alike, are looked through for those that meet soon."""


class Alike(BaseModel):
    """One of a pair."""

    student_id: str
    name: str


class LookAlikesPublic(BaseModel):
    """One pair."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "students": [
                        {"student_id": "S0001", "name": "Ada Lovelace"},
                        {"student_id": "S0002", "name": "Grace Hopper"},
                    ],
                    "similarity": 0.71,
                    "model_id": "Facenet512",
                    "state": "unconfirmed",
                    "found_at": "2026-11-02T10:00:05Z",
                    "decided_by": None,
                    "decided_at": None,
                    "meetings": [example_of(Meeting)],
                }
            ]
        }
    )

    id: int
    students: list[Alike]
    similarity: float = Field(description="Cosine similarity of their templates, -1 to 1.")
    model_id: str
    state: State
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    meetings: list[Meeting] = Field(description="The coming slots that both have a sitting in, the soonest first.")


class LookAlikesJudged(BaseModel):
    """What a person says of a pair."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "dismissed", "reason": "Seen both: glasses only"}]}
    )

    state: State = Field(description="`confirmed`: twins; `dismissed`: no look-alikes; `unconfirmed`: judged anew.")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


def find(
    work: Work, state: State | None, student_id: str | None, sitting_id: int | None, limit: int
) -> list[LookAlikesPublic]:
    """Return pairs that meet in a coming slot, the soonest first, then the others, the most alike first."""
    query = select(LookAlikePair).order_by(col(LookAlikePair.similarity).desc(), col(LookAlikePair.id)).limit(LOOKED_AT)
    if state:
        query = query.where(LookAlikePair.state == state)
    if student_id:
        query = query.where(or_(LookAlikePair.student_a == student_id, LookAlikePair.student_b == student_id))
    if sitting_id:
        query = query.where(*_both_at(sitting_id))
    return sorted(_shape(work, list(work.session.exec(query))), key=_soonest)[:limit]


def judge(work: Work, pair_id: int, said: LookAlikesJudged) -> LookAlikesPublic:
    """Write what a person says of a pair; the recognizer follows with the schedule.

    Raises:
        Problem: there is no such pair.
    """
    pair = work.session.get(LookAlikePair, pair_id)
    if pair is None:
        raise not_found("pair of look-alikes", pair_id, "pair_id")
    before: Facts = {"state": pair.state}
    judged = said.state != "unconfirmed"
    pair.state = said.state
    pair.decided_by, pair.decided_at = (work.by.actor, work.now) if judged else (None, None)
    work.session.add(pair)
    after: Facts = {"state": said.state, "reason": said.reason, "students": [pair.student_a, pair.student_b]}
    work.note("look_alikes.judge", f"look_alikes:{pair_id}", before=before, after=after)
    return _shape(work, [pair])[0]


def _both_at(sitting_id: int) -> list[ColumnElement[bool]]:
    seated = select(RosterEntry.student_id).where(RosterEntry.sitting_id == sitting_id)
    return [col(LookAlikePair.student_a).in_(seated), col(LookAlikePair.student_b).in_(seated)]


def _soonest(pair: LookAlikesPublic) -> tuple[bool, float]:
    return (not pair.meetings, pair.meetings[0].starts_at.timestamp() if pair.meetings else 0)


def _shape(work: Work, pairs: list[LookAlikePair]) -> list[LookAlikesPublic]:
    ids = sorted({student_id for pair in pairs for student_id in (pair.student_a, pair.student_b)})
    names = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(ids))).all())
    stays = coming_stays(work, ids)
    return [
        LookAlikesPublic(
            **pair.model_dump(exclude={"student_a", "student_b"}),
            students=[Alike(student_id=one, name=names.get(one, "")) for one in (pair.student_a, pair.student_b)],
            meetings=meetings_of(stays.get(pair.student_a, ()), stays.get(pair.student_b, ())),
        )
        for pair in pairs
    ]
