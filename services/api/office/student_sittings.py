"""Where one student is expected: the sittings whose roster they are on."""

from datetime import datetime
from typing import cast

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.db.tables import Exam, Hall, RosterEntry, Sitting
from services.api.office import sittings, students
from services.api.office.attendance import Status
from services.api.office.work import Work


class StudentSitting(BaseModel):
    """One sitting of a student."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "exam_code": "MATH-201",
                    "subject": "Analysis II",
                    "starts_at": "2026-11-23T09:00:00Z",
                    "ends_at": "2026-11-23T11:00:00Z",
                    "time_zone": "UTC",
                    "state": "planned",
                    "hall": "A",
                    "table": "C-14",
                    "status": "present",
                }
            ]
        }
    )

    sitting_id: int
    exam_code: str
    subject: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str = Field(description="Of the hall: what its clocks show.")
    state: str
    hall: str
    table: str
    status: Status


def of_student(work: Work, student_id: str) -> list[StudentSitting]:
    """Return the sittings that a student is on the roster of, the latest first.

    Raises:
        Problem: unknown.
    """
    students.get(work, student_id)
    query = (
        select(RosterEntry, Sitting, Exam, Hall.time_zone)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .join(Exam, col(Exam.id) == Sitting.exam_id)
        .join(Hall, col(Hall.id) == RosterEntry.hall_id)
        .where(RosterEntry.student_id == student_id)
        .order_by(col(Sitting.starts_at).desc())
    )
    return [_public(work, *row) for row in work.session.exec(query)]


def _public(work: Work, entry: RosterEntry, sitting: Sitting, exam: Exam, time_zone: str) -> StudentSitting:
    return StudentSitting(
        sitting_id=entry.sitting_id,
        exam_code=exam.code,
        subject=exam.subject,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        time_zone=time_zone,
        state=sitting.state,
        hall=entry.hall_id,
        table=entry.table_label,
        status=cast(Status, sittings.status_at(sitting, entry, work.now)),
    )
