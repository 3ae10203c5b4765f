"""Cases across all sittings, the newest first: for whoever looks back."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api.db.tables import Exam, Hall, Review, Sitting
from services.api.office import reviews
from services.api.office.paging import Page, page_of
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Work

State = Literal["open", "settled"]


class ReviewLine(BaseModel):
    """One case, as a line of the log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "case_number": 7,
                    "exam_code": "MATH-201",
                    "sitting_id": 1,
                    "hall": "A",
                    "zone": "UTC",
                    "verdict": "ambiguous",
                    "detail": "margin",
                    "people": "Ada Lovelace, Grace Hopper",
                    "state": "settled",
                    "listed": False,
                    "opened_at": "2026-11-23T08:50:00Z",
                    "waited_s": 41.0,
                    "settled_as": "admit",
                    "settled_name": "Ingrid Nilsen",
                }
            ]
        }
    )

    id: int
    case_number: int
    exam_code: str | None = Field(description="null: of no sitting, or of one sealed there before.")
    sitting_id: int | None
    hall: str
    zone: str
    verdict: str
    detail: str
    people: str = Field(description="Whom it may be about, the best first.")
    state: State
    listed: bool
    opened_at: datetime
    waited_s: float | None = Field(description="From the door to the answer.")
    settled_as: str | None
    settled_name: str | None


class ReviewFilter(BaseModel):
    """Which cases."""

    state: State | None = None
    sitting_id: int | None = None
    hall: str | None = None
    verdict: str | None = None
    student_id: str | None = None


def find(work: Work, wanted: ReviewFilter, *, after: int | None, limit: int) -> Page[ReviewLine]:
    """Return the cases that fit and that the caller may see, the newest first."""
    query = (
        select(Review, Exam.code, Hall.time_zone)
        .join(Hall, col(Hall.id) == Review.hall_id)
        .outerjoin(Sitting, col(Sitting.id) == Review.sitting_id)
        .outerjoin(Exam, col(Exam.id) == Sitting.exam_id)
        .order_by(col(Review.id).desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(col(Review.id) < after)
    named = {"hall_id": wanted.hall, **wanted.model_dump(exclude={"hall"})}
    for name, value in named.items():
        if value is not None:
            query = query.where(getattr(Review, name) == value)
    watch = work.watch()
    if watch is not None:
        nobodys = col(Review.sitting_id).is_(None) & col(Review.hall_id).in_(watch.halls)
        query = query.where(or_(watch.rows(Review.sitting_id, Review.hall_id), nobodys))
    rows = work.session.exec(query).all()
    shaped = reviews.shape(work, [review for review, _, _ in rows])
    lines = [_line(case, code, zone) for case, (_, code, zone) in zip(shaped, rows, strict=True)]
    return page_of(lines, limit, "id")


def _line(case: ReviewPublic, exam_code: str | None, zone: str) -> ReviewLine:
    waited = (case.settled_at - case.opened_at).total_seconds() if case.settled_at else None
    return ReviewLine(
        **case.model_dump(include=set(ReviewLine.model_fields) - {"people", "zone", "exam_code", "waited_s"}),
        exam_code=exam_code,
        zone=zone,
        people=", ".join(f"{one.name} ({one.student_id})" for one in case.candidates),
        waited_s=waited,
    )
