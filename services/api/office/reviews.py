"""Cases that wait for a person, with the evidence that they decide on."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.api.attendance.answers import always_overrides, named_somebody
from services.api.attendance.rules import before_opens
from services.api.attendance.seen import Seen, seen_in
from services.api.db.tables import Admission, Attempt, Review, RosterEntry, Sitting, SittingHall, Student, User
from services.api.examples import example_of
from services.api.office import attendance, photos
from services.api.office.work import Work
from services.api.problems import not_found

STRAYS_UNTIL = timedelta(hours=1)
"""How long after a sitting a case of nobody known is still shown with it."""

VISITS_SHOWN = 12
"""The newest pictures of a case of many visits; the first is always shown."""


class Candidate(BaseModel):
    """Somebody it may be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"student_id": "S0001", "name": "Ada Lovelace", "score": 0.61, "status": None, "since": None}]
        }
    )

    student_id: str
    name: str
    score: float | None = Field(description="Cosine similarity, -1 to 1.")
    status: str | None = Field(None, description="`present`, `late` or `out`, where they came to this slot already.")
    since: datetime | None = Field(None, description="Since when they stand so.")


NumberSays = Literal["nobody", "inactive", "no_photo", "unlike", "more_like"]


class ReviewPublic(BaseModel):
    """One case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "case_number": 7,
                    "hall": "A",
                    "sitting_id": 1,
                    "kiosk_id": "A__door1",
                    "verdict": "ambiguous",
                    "detail": "margin",
                    "listed": False,
                    "visits": 1,
                    "state": "open",
                    "opened_at": "2026-11-23T08:50:00Z",
                    "claimed_by": None,
                    "settled_as": None,
                    "settled_by": None,
                    "settled_at": None,
                    "attempt_id": 11,
                    "candidates": [example_of(Candidate)],
                    "seen_at": "2026-11-23T08:49:58Z",
                    "belongs_hall": "A",
                    "belongs_table": "C-14",
                    "threshold": 0.55,
                }
            ]
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
        default_factory=list, description="The attempts of a case of several visits, the newest last, at most twelve."
    )
    typed: str | None = Field(None, description="The student number typed at the door.")
    typed_says: NumberSays | None = Field(
        None,
        description="What is wrong with it: no student has it, theirs is no longer active, has no photo to compare "
        "with, is not like the face, or is less like it than another student.",
    )
    like_other: str | None = Field(
        None, description="The candidate whom the face is like, though another number was typed: look twice."
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
    """Return a sitting's cases, all or one hall's, and those at its doors that belong to no sitting (somebody unknown).

    Of a hall that is sealed, only its own: what comes to its doors afterwards is none of its record's.
    """
    since, until = sitting.opens_at - before_opens(work.api), sitting.ends_at + STRAYS_UNTIL
    nobodys = col(Review.sitting_id).is_(None) & col(Review.hall_id).in_(halls)
    nobodys &= col(Review.opened_at).between(since, until)
    sealed = (SittingHall.sitting_id == sitting.id, col(SittingHall.sealed_at).is_not(None))
    nobodys &= col(Review.hall_id).not_in(select(SittingHall.hall_id).where(*sealed))
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


def decision_of(work: Work, review: ReviewPublic) -> int | None:
    """Return the person's decision that settled a case, to be taken back; None where there is none, or it is sealed."""
    if review.state != "settled" or review.settled_as is None:
        return None
    hall = work.session.get(SittingHall, (review.sitting_id, review.hall)) if review.sitting_id else None
    if hall is not None and hall.sealed_at is not None:
        return None
    theirs = (Attempt.review_id == review.id, Attempt.kind == "decision", Attempt.verdict == review.settled_as)
    return work.session.exec(select(Attempt.id).where(*theirs).order_by(col(Attempt.id).desc()).limit(1)).first()


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
    """Shape cases with their candidates, in a few more queries for all of them."""
    seen = seen_in(work.session, reviews)
    scores = {review_id: one.scores() for review_id, one in seen.items()}
    wanted = {student_id for names in scores.values() for student_id in names}
    people = {row.id: row for row in work.session.exec(_known(wanted))}
    staff = _staff(work, {actor for review in reviews for actor in (review.claimed_by, review.settled_by) if actor})
    came = _came(work, {name for one in reviews if one.state == "open" for name in scores[one.id or 0]})
    return [_public(review, seen[review.id or 0], people, staff, came) for review in reviews]


def _known(student_ids: set[str]) -> SelectOfScalar[Student]:
    """Select students by number; who was deleted is nobody any more."""
    return select(Student).where(col(Student.id).in_(student_ids), col(Student.deleted_at).is_(None))


def _came(work: Work, student_ids: set[str]) -> list[tuple[RosterEntry, Sitting]]:
    """Return where these students came already."""
    if not student_ids:
        return []
    query = (
        select(RosterEntry, Sitting)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(col(RosterEntry.student_id).in_(student_ids), col(RosterEntry.status).in_(("present", "late", "out")))
    )
    return list(work.session.exec(query).all())


def _staff(work: Work, actors: set[str]) -> dict[str, str]:
    """Return what the users behind these actors are called."""
    ids = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    if not ids:
        return {}
    rows = work.session.exec(select(User.id, User.display_name).where(col(User.id).in_(ids)))
    return {f"user:{user_id}": name for user_id, name in rows}


def _public(
    review: Review,
    seen: Seen,
    people: dict[str, Student],
    staff: dict[str, str],
    came: list[tuple[RosterEntry, Sitting]],
) -> ReviewPublic:
    opened, scores = seen.opened, seen.scores()
    here = _here(review, opened.captured_at, came)
    return ReviewPublic(
        **review.model_dump(),
        hall=review.hall_id,
        candidates=[
            Candidate(student_id=who, name=people[who].name, score=score, **here.get(who, {}))
            for who, score in scores.items()
            if who in people
        ],
        claimed_name=staff.get(review.claimed_by or ""),
        settled_name=staff.get(review.settled_by or ""),
        seen_at=opened.captured_at,
        belongs_hall=opened.hall_id,
        belongs_table=opened.table_label,
        threshold=opened.threshold,
        admission_score=opened.admission_score,
        visits_seen=[attempt.id or 0 for attempt in seen.attempts[-VISITS_SHOWN:]] if review.visits > 1 else [],
        typed=seen.typed.claimed_student_id if seen.typed else None,
        typed_says=_number_says(seen, people),
        like_other=seen.like_other,
        reason_needed=_reason_needed(review, seen),
    )


def _here(review: Review, at: datetime, came: list[tuple[RosterEntry, Sitting]]) -> dict[str, dict[str, Any]]:
    """Who came already: to the case's sitting, or else to another that goes on at the time."""
    of_slot = [(entry, sitting) for entry, sitting in came if sitting.opens_at <= at <= sitting.ends_at]
    of_sitting = [(entry, sitting) for entry, sitting in came if entry.sitting_id == review.sitting_id]
    return {
        entry.student_id: {"status": entry.status, "since": entry.status_at} for entry, _ in [*of_slot, *of_sitting]
    }


def _number_says(seen: Seen, people: dict[str, Student]) -> NumberSays | None:
    if seen.typed is None:
        return None
    student = people.get(seen.typed.claimed_student_id or "")
    if student is None or not student.active:
        return "nobody" if student is None else "inactive"
    if seen.typed.finding == "no_template":
        return "no_photo"
    if seen.typed.finding == "no_match":
        return "unlike"
    return "more_like" if seen.against_number else None


def _reason_needed(review: Review, seen: Seen) -> Literal["never", "others", "always"]:
    if always_overrides(review, seen):
        return "always"
    return "others" if named_somebody(review) else "never"
