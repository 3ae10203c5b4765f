"""When two students are in play at the same time: there the machine has to tell them apart."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.attendance.rules import before_opens
from services.api.db.tables import Exam, Hall, RosterEntry, Sitting
from services.api.office.work import Work


class Meeting(BaseModel):
    """A slot that both have a sitting in: the same one, or two at the same time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sittings": [1],
                    "exams": ["MATH-201"],
                    "halls": ["A", "B"],
                    "starts_at": "2026-11-23T09:00:00Z",
                    "time_zone": "UTC",
                }
            ]
        }
    )

    sittings: list[int]
    exams: list[str]
    halls: list[str] = Field(description="Where each of the two sits.")
    starts_at: datetime = Field(description="When the first of them starts.")
    time_zone: str


@dataclass(frozen=True)
class Stay:
    """One student's time at one sitting."""

    sitting_id: int
    exam_code: str
    hall: str
    time_zone: str
    starts_at: datetime
    in_play_from: datetime
    in_play_until: datetime


def meetings_of(first: Iterable[Stay], second: Sequence[Stay]) -> list[Meeting]:
    """Return where two students' times overlap, the soonest first. Pure."""
    pairs = [(one, other) for one in first for other in second if _overlap(one, other)]
    return sorted((_meeting(one, other) for one, other in pairs), key=lambda meeting: meeting.starts_at)


def coming_stays(work: Work, student_ids: Sequence[str]) -> dict[str, list[Stay]]:
    """Return the sittings of these students that are not over yet, in one query."""
    query = (
        select(RosterEntry, Sitting, Exam, Hall)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .join(Exam, col(Exam.id) == Sitting.exam_id)
        .join(Hall, col(Hall.id) == RosterEntry.hall_id)
        .where(col(RosterEntry.student_id).in_(student_ids), col(Sitting.ends_at) >= work.now)
        .where(Sitting.state != "cancelled")
    )
    found: dict[str, list[Stay]] = defaultdict(list)
    for entry, sitting, exam, hall in work.session.exec(query):
        opens = sitting.opens_at - before_opens(work.api)
        stay = Stay(sitting.id or 0, exam.code, hall.id, hall.time_zone, sitting.starts_at, opens, sitting.ends_at)
        found[entry.student_id].append(stay)
    return found


def _overlap(one: Stay, other: Stay) -> bool:
    return one.in_play_from <= other.in_play_until and other.in_play_from <= one.in_play_until


def _meeting(one: Stay, other: Stay) -> Meeting:
    first = min(one, other, key=lambda stay: stay.starts_at)
    return Meeting(
        sittings=sorted({one.sitting_id, other.sitting_id}),
        exams=sorted({one.exam_code, other.exam_code}),
        halls=[one.hall, other.hall],
        starts_at=first.starts_at,
        time_zone=first.time_zone,
    )
