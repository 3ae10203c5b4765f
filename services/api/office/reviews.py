"""Cases that wait for a person, with the evidence that they decide on."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api.db.tables import Attempt, Review, Student
from services.api.office import attendance, photos
from services.api.office.work import Work
from services.api.problems import not_found


class Candidate(BaseModel):
    """Somebody it may be."""

    student_id: str
    name: str
    score: float | None = Field(description="Cosine similarity, -1 to 1.")


class ReviewPublic(BaseModel):
    """One case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": 3, "case_number": 7, "hall": "A", "verdict": "ambiguous", "state": "open"}]
        }
    )

    id: int
    case_number: int = Field(description="As the kiosk's screen shows it; counts from 1 per hall and day.")
    hall: str = Field(description="The hall whose door it happened at.")
    sitting_id: int | None
    kiosk_id: str
    verdict: str
    detail: str = Field(description="A code: the failure or finding behind it.")
    listed: bool = Field(description="Listed only; needs no answer.")
    visits: int
    state: Literal["open", "settled"]
    opened_at: datetime
    claimed_by: str | None
    settled_as: str | None
    settled_by: str | None
    settled_at: datetime | None
    attempt_id: int
    candidates: list[Candidate] = Field(description="The best first.")


def find(work: Work, state: str | None, sitting_id: int | None, hall: str | None, limit: int) -> list[ReviewPublic]:
    """Return cases that the caller may see, oldest first."""
    query = select(Review).order_by(col(Review.opened_at), col(Review.id)).limit(limit)
    if state:
        query = query.where(Review.state == state)
    if sitting_id:
        query = query.where(Review.sitting_id == sitting_id)
    if hall:
        query = query.where(Review.hall_id == hall)
    watch = work.watch()
    if watch is not None:
        nobodys = col(Review.sitting_id).is_(None) & col(Review.hall_id).in_(watch.halls)
        query = query.where(or_(watch.rows(Review.sitting_id, Review.hall_id), nobodys))
    return shape(work, list(work.session.exec(query)))


def of_sitting(work: Work, sitting_id: int, halls: list[str]) -> list[ReviewPublic]:
    """Return a sitting's cases and those at its doors that belong to no sitting (somebody unknown)."""
    here = or_(col(Review.sitting_id) == sitting_id, col(Review.sitting_id).is_(None) & col(Review.hall_id).in_(halls))
    return shape(work, list(work.session.exec(select(Review).where(here).order_by(col(Review.id)))))


def get(work: Work, review_id: int) -> Review:
    """Return a case.

    Raises:
        Problem: there is none.
    """
    review = work.session.get(Review, review_id)
    if review is None:
        raise not_found("case", review_id, "review_id")
    return review


def crop(work: Work, review_id: int) -> bytes:
    """Return the case's evidence crop, a JPEG.

    Raises:
        Problem: no such case, or the crop is gone.
    """
    return attendance.crop(work, get(work, review_id).attempt_id)


def photo(work: Work, review_id: int, student_id: str) -> photos.OpenPhoto:
    """Return the enrolment photo of one of the case's candidates: nobody else's.

    Raises:
        Problem: no such case, not a candidate, or no photo.
    """
    shown = shape(work, [get(work, review_id)])[0]
    if student_id not in {candidate.student_id for candidate in shown.candidates}:
        raise not_found("candidate", student_id, "student_id")
    return photos.newest(work, student_id)


def shape(work: Work, reviews: list[Review]) -> list[ReviewPublic]:
    """Shape cases with their candidates, in two more queries."""
    opened = _by_id(work, {review.attempt_id for review in reviews})
    wanted = {name for attempt in opened.values() for name, _ in _scored(attempt)}
    people = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(wanted))).all())
    return [_public(review, opened.get(review.attempt_id), people) for review in reviews]


def _by_id(work: Work, ids: set[int]) -> dict[int, Attempt]:
    return {row.id or 0: row for row in work.session.exec(select(Attempt).where(col(Attempt.id).in_(ids)))}


def _scored(attempt: Attempt) -> list[tuple[str, float | None]]:
    pairs = [
        (attempt.student_id, attempt.score),
        (attempt.candidate_id, attempt.score),
        (attempt.runner_up_id, attempt.runner_up_score),
        (attempt.claimed_student_id, None),
    ]
    found: dict[str, float | None] = {}
    for student_id, score in pairs:
        if student_id is not None:
            found.setdefault(student_id, score)
    return list(found.items())


def _public(review: Review, attempt: Attempt | None, people: dict[str, str]) -> ReviewPublic:
    candidates = [
        Candidate(student_id=student_id, name=people[student_id], score=score)
        for student_id, score in (_scored(attempt) if attempt else [])
        if student_id in people
    ]
    return ReviewPublic(**review.model_dump(), hall=review.hall_id, candidates=candidates)
