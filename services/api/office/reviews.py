"""Cases that wait for a person, with the evidence that they decide on."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api.attendance.answers import always_overrides, named_somebody
from services.api.attendance.rules import before_opens
from services.api.db.tables import Admission, Attempt, Review, Sitting, Student, User
from services.api.office import attendance, photos
from services.api.office.work import Work
from services.api.problems import not_found

STRAYS_UNTIL = timedelta(hours=1)
"""How long after a sitting a case of nobody known is still shown with it."""

VISITS_SHOWN = 4


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
    claimed_at: datetime | None = None
    claimed_name: str | None = Field(None, description="Who has it, as colleagues know them.")
    settled_name: str | None = None
    seen_at: datetime | None = Field(None, description="When the camera saw them; an admission counts from then.")
    belongs_hall: str | None = Field(None, description="The hall that they belong in, where that is known.")
    belongs_table: str | None = None
    threshold: float | None = Field(None, description="The score from which on the machine is sure.")
    admission_score: float | None = Field(None, description="How like today's admission, where there is one.")
    visits_seen: list[int] = Field(
        default_factory=list, description="The attempts of a case of several visits, the newest last, at most four."
    )
    reason_needed: Literal["never", "others", "always"] = Field(
        "never", description="Whether admitting needs a reason: always, or for who is none of the candidates."
    )


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


def of_sitting(work: Work, sitting: Sitting, halls: list[str], hall: str | None = None) -> list[ReviewPublic]:
    """Return a sitting's cases, all or one hall's, and those at its doors that belong to no sitting (somebody unknown)."""
    since, until = sitting.opens_at - before_opens(work.api), sitting.ends_at + STRAYS_UNTIL
    nobodys = col(Review.sitting_id).is_(None) & col(Review.hall_id).in_(halls)
    nobodys &= col(Review.opened_at).between(since, until)
    query = select(Review).where(or_(col(Review.sitting_id) == sitting.id, nobodys)).order_by(col(Review.id))
    if hall is not None:
        query = query.where(Review.hall_id == hall)
    return shape(work, list(work.session.exec(query)))


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


def admission_crop(work: Work, review_id: int) -> bytes:
    """Return the crop that the case's person was let in with today, for who comes back: a JPEG.

    Raises:
        Problem: no such case, nobody known, not let in by a camera, or the crop is gone.
    """
    review = get(work, review_id)
    first = select(Attempt.id).join(Admission, col(Admission.event_id) == Attempt.event_id)
    whose = (Admission.sitting_id == review.sitting_id, Admission.student_id == review.student_id)
    attempt_id = work.session.exec(first.where(*whose)).first()
    if attempt_id is None:
        raise not_found("admission of case", review_id, "review_id")
    return attendance.crop(work, attempt_id)


def shape(work: Work, reviews: list[Review]) -> list[ReviewPublic]:
    """Shape cases with their candidates, in three more queries."""
    opened = _by_id(work, {review.attempt_id for review in reviews})
    wanted = {name for attempt in opened.values() for name, _ in _scored(attempt)}
    people = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(wanted))).all())
    staff = _staff(work, {actor for review in reviews for actor in (review.claimed_by, review.settled_by) if actor})
    visits = _visits(work, {review.id for review in reviews if review.state == "open" and review.visits > 1})
    return [
        _public(review, opened.get(review.attempt_id), people, staff, visits.get(review.id or 0, []))
        for review in reviews
    ]


def _visits(work: Work, ids: set[int | None]) -> dict[int, list[int]]:
    """Return the last attempts of cases that somebody came to several times."""
    if not ids:
        return {}
    query = select(Attempt.review_id, Attempt.id).where(col(Attempt.review_id).in_(ids), Attempt.kind != "decision")
    found: dict[int, list[int]] = {}
    for review_id, attempt_id in work.session.exec(query.order_by(col(Attempt.id))):
        found.setdefault(review_id or 0, []).append(attempt_id or 0)
    return {review_id: attempts[-VISITS_SHOWN:] for review_id, attempts in found.items()}


def _staff(work: Work, actors: set[str]) -> dict[str, str]:
    """Return what the users behind these actors are called."""
    ids = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    if not ids:
        return {}
    rows = work.session.exec(select(User.id, User.display_name).where(col(User.id).in_(ids)))
    return {f"user:{user_id}": name for user_id, name in rows}


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


def _public(
    review: Review, attempt: Attempt | None, people: dict[str, str], staff: dict[str, str], visits: list[int]
) -> ReviewPublic:
    candidates = [
        Candidate(student_id=student_id, name=people[student_id], score=score)
        for student_id, score in (_scored(attempt) if attempt else [])
        if student_id in people
    ]
    return ReviewPublic(
        **review.model_dump(),
        hall=review.hall_id,
        candidates=candidates,
        claimed_name=staff.get(review.claimed_by or ""),
        settled_name=staff.get(review.settled_by or ""),
        seen_at=attempt.captured_at if attempt else None,
        belongs_hall=attempt.hall_id if attempt else None,
        belongs_table=attempt.table_label if attempt else None,
        threshold=attempt.threshold if attempt else None,
        admission_score=attempt.admission_score if attempt else None,
        visits_seen=visits,
        reason_needed=_reason_needed(review),
    )


def _reason_needed(review: Review) -> Literal["never", "others", "always"]:
    if always_overrides(review):
        return "always"
    return "others" if named_somebody(review) else "never"
