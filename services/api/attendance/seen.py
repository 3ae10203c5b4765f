"""What the door's attempts say of one case, taken together: a case may be of several, some with a number typed."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, and_, col, or_, select

from services.api.db.tables import Attempt, Review


@dataclass(frozen=True)
class Seen:
    """One case, as the door saw it."""

    opened: Attempt
    """The attempt that opened it."""
    attempts: tuple[Attempt, ...]
    """All of its attempts, the oldest first."""

    @property
    def typed(self) -> Attempt | None:
        """The last of them that a number was typed for: whom the person claims to be."""
        return next(iter(self._typed), None)

    @property
    def _typed(self) -> list[Attempt]:
        """Those that a number was typed for, the last one first: what one of them found, another does not take back."""
        return [attempt for attempt in reversed(self.attempts) if attempt.claimed_student_id]

    @property
    def like_other(self) -> str | None:
        """The other student whom the face is like, where a number was typed."""
        return next((attempt.runner_up_id for attempt in self._typed if attempt.runner_up_id), None)

    @property
    def against_number(self) -> bool:
        """The face speaks against a number typed: it is not that student's, or is more like somebody else."""
        return any(_speaks_against(attempt) for attempt in self._typed)

    def scores(self) -> dict[str, float | None]:
        """Whom it may be about, the likeliest first: who was typed comes before whom the face is like."""
        found: dict[str, float | None] = {}
        for attempt in (self.typed, self.opened):
            for student_id, score in _scored(attempt) if attempt else ():
                if found.get(student_id) is None:
                    found[student_id] = score
        return found


def seen_in(session: Session, reviews: Collection[Review]) -> dict[int, Seen]:
    """Return what was seen in each of these cases, by id, in one query."""
    if not reviews:
        return {}
    ids, opening = [review.id for review in reviews], [review.attempt_id for review in reviews]
    theirs_too = and_(col(Attempt.review_id).in_(ids), Attempt.kind != "decision")
    query = select(Attempt).where(or_(col(Attempt.id).in_(opening), theirs_too))
    rows = list(session.exec(query.order_by(col(Attempt.id))))
    by_id = {row.id: row for row in rows}
    theirs: dict[int | None, list[Attempt]] = {}
    for row in rows:
        theirs.setdefault(row.review_id, []).append(row)
    return {
        review.id or 0: Seen(by_id[review.attempt_id], tuple(theirs.get(review.id, [by_id[review.attempt_id]])))
        for review in reviews
    }


def _speaks_against(typed: Attempt) -> bool:
    if typed.finding == "no_match":
        return True
    if typed.score is not None and typed.threshold is not None and typed.score < typed.threshold:
        return True
    score = -1.0 if typed.score is None else typed.score
    return typed.runner_up_score is not None and typed.runner_up_score > score


def _scored(attempt: Attempt) -> tuple[tuple[str, float | None], ...]:
    pairs = (
        (attempt.student_id, attempt.score),
        (attempt.candidate_id, attempt.score),
        (attempt.claimed_student_id, None),
        (attempt.runner_up_id, attempt.runner_up_score),
    )
    return tuple((student_id, score) for student_id, score in pairs if student_id is not None)
