"""Cases for the invigilator: opened by verdicts, claimed and settled by conditional updates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, exists, or_, update
from sqlmodel import Session, col, select

from services.api.attendance.verdicts import Decision
from services.api.counters import next_number
from services.api.db.tables import Attempt, Evidence, Hall, Review
from services.api.problems import conflict, not_found
from shared import metrics

CLAIM_LASTS = timedelta(minutes=2)
STRAY_CROP_KEPT = timedelta(days=1)
"""The crop of somebody who is no candidate is deleted within a day."""

SAME_FACE_SCORES = 0.1
"""How far the scores of one unknown face against one person may lie apart from visit to visit."""

_DOUBTS = ("unknown", "ambiguous")
_CLUMSY = ("timeout", "two_faces")
"""Failures of liveness that a later pass explains. An attack is never explained by one, nor is a wish for help."""


@dataclass(frozen=True)
class Door:
    """Where a case happened."""

    kiosk_id: str
    hall: Hall
    sitting_id: int | None
    track_id: str


def open_case(session: Session, door: Door, attempt: Attempt, decision: Decision, visit: timedelta) -> Review:
    """Open a case for `attempt` (flushed), or join the one that is open for the same visit or person."""
    review = _same(session, door, attempt, visit)
    if review is not None:
        review.visits += 1
    else:
        review = Review(
            case_number=next_number(session, _counter(door.hall, attempt.captured_at)),
            hall_id=door.hall.id,
            sitting_id=door.sitting_id,
            kiosk_id=door.kiosk_id,
            track_id=door.track_id,
            verdict=decision.verdict,
            detail=decision.detail,
            student_id=attempt.student_id,
            listed=decision.review == "listed",
            attempt_id=cast(int, attempt.id),
            opened_at=attempt.recorded_at,
        )
    session.add(review)
    session.flush()
    return review


def close_of_track(session: Session, kiosk_id: str, track_id: str, attempt: Attempt) -> None:
    """The person of an open doubt was admitted after all (by number): nobody needs to come.

    A case of an attack stays, and so does one about somebody else, or that another visit joined: two faces may be
    unlike everybody alike.
    """
    doubt = or_(col(Review.verdict).in_(_DOUBTS), col(Review.detail).in_(_CLUMSY))
    theirs = or_(col(Review.student_id).is_(None), col(Review.student_id) == attempt.student_id)
    joined = exists().where(col(Attempt.review_id) == Review.id, col(Attempt.track_id) != track_id)
    session.connection().execute(
        update(Review)
        .where(col(Review.kiosk_id) == kiosk_id, col(Review.track_id) == track_id, col(Review.state) == "open")
        .where(doubt, theirs, or_(col(Review.student_id).is_not(None), ~joined))
        .values(
            state="settled",
            settled_as="superseded",
            settled_by="machine",
            settled_at=attempt.recorded_at,
            settled_attempt_id=attempt.id,
        )
    )


def get(session: Session, review_id: int) -> Review:
    """Return a case.

    Raises:
        Problem: there is none.
    """
    review = session.get(Review, review_id)
    if review is None:
        raise not_found("case", review_id, "review_id")
    return review


def claim(session: Session, review_id: int, actor: str, now: datetime) -> Review:
    """Take a case to oneself for two minutes, or for two more.

    Raises:
        Problem: settled, or somebody else has it.
    """
    _update_open(session, review_id, actor, now, claimed_by=actor, claimed_at=now)
    return _refreshed(session, review_id)


def release(session: Session, review_id: int, actor: str, now: datetime) -> Review:
    """Give a claimed case back.

    Raises:
        Problem: settled, or somebody else has it.
    """
    _update_open(session, review_id, actor, now, claimed_by=None, claimed_at=None)
    return _refreshed(session, review_id)


def settle(session: Session, review_id: int, as_what: str, actor: str, now: datetime) -> Review:
    """Settle a case: exactly one of several who try at once succeeds.

    Raises:
        Problem: settled already, or somebody else has it.
    """
    _update_open(session, review_id, actor, now, state="settled", settled_as=as_what, settled_by=actor, settled_at=now)
    review = _refreshed(session, review_id)
    metrics.REVIEW_WAIT_SECONDS.observe(max(0.0, (now - review.opened_at).total_seconds()))
    return review


def reopen(session: Session, review_id: int) -> None:
    """Undo a settlement."""
    cleared = {"settled_as": None, "settled_by": None, "settled_at": None, "claimed_by": None, "claimed_at": None}
    session.connection().execute(update(Review).where(col(Review.id) == review_id).values(state="open", **cleared))


def let_crop_go(session: Session, review: Review, now: datetime) -> None:
    """Let the crops of a case be deleted within a day: the person is no candidate."""
    attempts = select(Attempt.id).where(or_(col(Attempt.review_id) == review.id, col(Attempt.id) == review.attempt_id))
    session.connection().execute(
        update(Evidence).where(col(Evidence.attempt_id).in_(attempts)).values(delete_after=now + STRAY_CROP_KEPT)
    )


def _update_open(session: Session, review_id: int, actor: str, now: datetime, **values: Any) -> None:
    free = or_(
        col(Review.claimed_by).is_(None), col(Review.claimed_by) == actor, col(Review.claimed_at) < now - CLAIM_LASTS
    )
    session.flush()
    done = session.connection().execute(
        update(Review).where(col(Review.id) == review_id, col(Review.state) == "open", free).values(**values)
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise _refused(session, review_id)


def _refused(session: Session, review_id: int) -> Exception:
    review = _refreshed(session, review_id)
    if review.state == "settled":
        return conflict("settled", f"Case {review.case_number} was settled already ({review.settled_as}).", "review_id")
    return conflict("claimed", f"Somebody else is at case {review.case_number}.", "review_id")


def _refreshed(session: Session, review_id: int) -> Review:
    review = get(session, review_id)
    session.refresh(review)
    return review


def _same(session: Session, door: Door, attempt: Attempt, visit: timedelta) -> Review | None:
    """The open case of this track, of this person, or (nobody known) of the face that was here just now."""
    query = select(Review).where(
        Review.hall_id == door.hall.id, Review.verdict == attempt.verdict, Review.state == "open"
    )
    if attempt.student_id is not None:
        query = query.where(Review.student_id == attempt.student_id, Review.sitting_id == door.sitting_id)
        return session.exec(query.order_by(col(Review.id))).first()
    for review in session.exec(query.order_by(col(Review.id).desc()).limit(10)):
        if review.kiosk_id == door.kiosk_id and review.track_id == door.track_id:
            return review
        if attempt.verdict == "unknown" and _same_face(session.get_one(Attempt, review.attempt_id), attempt, visit):
            return review
    return None


def _same_face(first: Attempt, again: Attempt, visit: timedelta) -> bool:
    """Tell whether two unknown visits are most likely of one face: both least unlike the same person, and as much so."""
    if first.candidate_id is None or first.candidate_id != again.candidate_id:
        return False
    just_now = abs(again.captured_at - first.captured_at) <= visit
    return just_now and abs((again.score or 0.0) - (first.score or 0.0)) <= SAME_FACE_SCORES


def _counter(hall: Hall, at: datetime) -> str:
    return f"case:{hall.id}:{at.astimezone(ZoneInfo(hall.time_zone)).date()}"
