"""What happened at a sitting: attempts as recorded, and how each student on the roster stands."""

from datetime import datetime
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api import media
from services.api.db.tables import Attempt, Evidence, RosterEntry, Sitting, Student
from services.api.examples import example_of
from services.api.office import record, sittings
from services.api.office.paging import Page, page_of
from services.api.office.work import Work
from services.api.problems import not_found
from shared.errors import Invalid

Status = Literal["expected", "present", "late", "out", "absent", "cancelled"]
"""As it is said; `cancelled`: expected at a sitting that was called off."""


class AttemptPublic(BaseModel):
    """One attempt: an event at a kiosk, or a person's decision."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "event_id": "8d1f",
                    "kind": "face_identified",
                    "kiosk_id": "A__door1",
                    "trace_id": "5b1e",
                    "track_id": "t-4",
                    "track_started_at": "2026-11-23T08:52:07Z",
                    "captured_at": "2026-11-23T08:52:11Z",
                    "frame_sent_at": "2026-11-23T08:52:11Z",
                    "recorded_at": "2026-11-23T08:52:12Z",
                    "verdict": "present",
                    "student_id": "S0001",
                    "sitting_id": 1,
                    "hall": "A",
                    "table": "C-14",
                    "case_number": None,
                    "review_id": None,
                    "repeat_of_id": None,
                    "asked": "search",
                    "finding": "match",
                    "failure": None,
                    "score": 0.71,
                    "candidate_id": "S0001",
                    "actor": None,
                    "reason": None,
                    "simulated": False,
                }
            ]
        }
    )

    id: int
    event_id: str
    kind: str = Field(description="`face_identified`, `liveness_failed` or `decision`.")
    kiosk_id: str | None
    trace_id: str
    track_id: str | None
    track_started_at: datetime | None
    captured_at: datetime = Field(description="When the camera took the deciding frame; what the verdict goes by.")
    frame_sent_at: datetime | None = Field(description="When capture published it; latency counts from here.")
    recorded_at: datetime = Field(description="When the verdict was committed.")
    verdict: str
    student_id: str | None
    sitting_id: int | None
    hall: str | None = Field(description="Where the student belongs.")
    table: str | None
    case_number: int | None
    review_id: int | None
    repeat_of_id: int | None = Field(description="The attempt whose verdict this one only repeats.")
    asked: str | None
    finding: str | None
    failure: str | None
    score: float | None
    candidate_id: str | None
    actor: str | None
    reason: str | None
    simulated: bool


class StudentStatus(BaseModel):
    """How one student stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"student_id": "S0001", "status": "present", "kiosk": "A__door1", "at": "2026-11-23T08:52:11Z"}
            ]
        }
    )

    student_id: str
    status: Status
    kiosk: str | None = Field(description="Where the student was admitted, or went out.")
    at: datetime | None


class RosterStatus(StudentStatus):
    """How one student on the roster stands, with name and place."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **example_of(StudentStatus),
                    "name": "Ada Lovelace",
                    "hall": "A",
                    "table": "C-14",
                    "row": 3,
                    "col": 14,
                    "attempt_id": 12,
                    "provisional": False,
                    "note": "",
                    "version": 2,
                    "sealed": False,
                    "amended": False,
                }
            ]
        }
    )

    name: str
    hall: str
    table: str
    row: int | None
    col: int | None
    attempt_id: int | None
    provisional: bool
    note: str
    version: int
    sealed: bool = Field(False, description="Nothing here changes any more; corrections are amendments.")
    amended: bool = Field(False, description="An amendment of the sealed record says what `status` is.")


def attempts(
    work: Work,
    *,
    sitting_id: int | None = None,
    kiosk_id: str | None = None,
    student_id: str | None = None,
    kind: str | None = None,
    after: int = 0,
    limit: int = 200,
) -> Page[AttemptPublic]:
    """Return attempts in the order in which they were recorded, of the sittings that the caller may see."""
    query = select(Attempt).where(col(Attempt.id) > after).order_by(col(Attempt.id)).limit(limit + 1)
    wanted = {"sitting_id": sitting_id, "kiosk_id": kiosk_id, "student_id": student_id, "kind": kind}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Attempt, name) == value)
    watch = work.watch()
    if watch is not None:
        at_door, of_hall = (watch.rows(Attempt.sitting_id, hall) for hall in (Attempt.door_hall_id, Attempt.hall_id))
        query = query.where(or_(at_door, of_hall))
    return page_of([attempt_public(row) for row in work.session.exec(query)], limit, "id")


def roster(work: Work, sitting_id: int, hall_id: str | None = None) -> list[RosterStatus]:
    """Return how everyone on the roster stands now, by hall, table and number; whose halls the caller watches.

    Raises:
        Problem: no such sitting.
    """
    sitting = sittings.get(work, sitting_id)
    query = (
        select(RosterEntry, Student.name)
        .join(Student, col(Student.id) == col(RosterEntry.student_id))
        .where(RosterEntry.sitting_id == sitting_id)
        .order_by(col(RosterEntry.hall_id), col(RosterEntry.table_label), col(RosterEntry.student_id))
    )
    if hall_id is not None:
        query = query.where(RosterEntry.hall_id == hall_id)
    watch = work.watch()
    if watch is not None:
        query = query.where(watch.rows(RosterEntry.sitting_id, RosterEntry.hall_id))
    found = work.session.exec(query).all()
    amended = record.amended_statuses(work, sitting_id) if any(entry.sealed for entry, _ in found) else {}
    rows = [(entry, _roster_status(work, entry, name, sitting)) for entry, name in found]
    return [_amended(row, amended.get(entry.student_id)) for entry, row in rows]


def roster_status_of(work: Work, entry: RosterEntry) -> RosterStatus:
    """Shape one line of a roster."""
    student = work.session.get(Student, entry.student_id)
    return _roster_status(work, entry, student.name if student else "", sittings.get(work, entry.sitting_id))


def _amended(row: RosterStatus, status: str | None) -> RosterStatus:
    return row if status is None else row.model_copy(update={"status": status, "amended": True})


def _roster_status(work: Work, entry: RosterEntry, name: str, sitting: Sitting) -> RosterStatus:
    return RosterStatus(
        student_id=entry.student_id,
        name=name,
        hall=entry.hall_id,
        table=entry.table_label,
        row=entry.row,
        col=entry.col,
        status=cast(Status, sittings.status_at(sitting, entry, work.now)),
        kiosk=entry.status_kiosk_id,
        at=entry.status_at,
        attempt_id=entry.status_attempt_id,
        provisional=entry.provisional,
        note=entry.note,
        version=entry.version,
        sealed=entry.sealed,
    )


def crop(work: Work, attempt_id: int) -> bytes:
    """Return an attempt's evidence crop, a JPEG.

    Raises:
        Problem: no such attempt, or its crop is gone or never was.
    """
    attempt = work.session.get(Attempt, attempt_id)
    evidence = work.session.get(Evidence, attempt_id)
    if attempt is None or evidence is None or evidence.sealed is None:
        raise not_found("crop of attempt", attempt_id, "attempt_id")
    try:
        return media.open_evidence(work.media, attempt.event_id, evidence.sealed)
    except Invalid as error:
        raise not_found("crop of attempt", attempt_id, "attempt_id") from error


def attempt_public(row: Attempt) -> AttemptPublic:
    """Shape one attempt."""
    return AttemptPublic(**row.model_dump(), hall=row.hall_id, table=row.table_label)
