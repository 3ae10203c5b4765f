"""What people decide, as the API takes it; the decisions themselves are in `services.api.attendance.decisions`."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.attendance import cases
from services.api.attendance.decisions import Answer, By, CaseAction, Check, mark, settle, undo
from services.api.attendance.rules import rules_of
from services.api.db.tables import Attempt
from services.api.office import reviews
from services.api.office.attendance import AttemptPublic, attempt_public
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Work
from services.api.problems import Problem

Key = Field(
    None,
    max_length=64,
    description="The page's own id of this decision: sent again over bad Wi-Fi, it is applied once.",
)


class CaseAnswer(BaseModel):
    """An answer to one case."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"action": "admit", "student_id": "S0001", "checked": "id", "key": "7c1e"}]},
    )

    action: CaseAction
    student_id: str | None = Field(None, max_length=64, description="Whom to admit, or who it is not.")
    checked: Check | None = Field(None, description="What was checked before admitting: needed to admit.")
    table: str | None = Field(None, max_length=64, description="A table here, for somebody of another hall.")
    hall: str | None = Field(None, max_length=64, description="Where to send them.")
    reason: str = Field("", max_length=500)
    key: str | None = Key


class Marking(BaseModel):
    """A student marked by hand."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"status": "in", "reason": "camera was away", "key": "7c1f"}]}
    )

    status: Literal["in", "present", "late", "out", "expected"] = Field(
        description="`in` is present or late by its time; `expected` takes an admission back."
    )
    reason: str = Field("", max_length=500, description="Needed where it overrides what stands there.")
    at: AwareDatetime | None = Field(
        None, description="The time it is about (a paper sheet's); now where it is left out."
    )
    key: str | None = Key


class Undoing(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "tapped the wrong one"}]})

    reason: str = Field(min_length=1, max_length=500)
    key: str | None = Key


def answer_case(work: Work, review_id: int, given: CaseAnswer) -> AttemptPublic:
    """Settle one case.

    Raises:
        Problem: no such case, settled or claimed by somebody else, something missing, another's sitting.
    """
    answer = Answer(**given.model_dump(exclude={"hall", "key"}), hall_id=given.hall)
    return _own(work, settle(work.session, review_id, answer, _by(work, given.key), rules_of(work.api)))


def claim_case(work: Work, review_id: int) -> ReviewPublic:
    """Take a case to oneself for two minutes, so that nobody else settles it meanwhile."""
    return reviews.shape(work, [cases.claim(work.session, review_id, work.by.actor, work.now)])[0]


def release_case(work: Work, review_id: int) -> ReviewPublic:
    """Give a claimed case back."""
    return reviews.shape(work, [cases.release(work.session, review_id, work.by.actor, work.now)])[0]


def mark_student(work: Work, sitting_id: int, student_id: str, given: Marking) -> AttemptPublic:
    """Mark a student by hand.

    Raises:
        Problem: not on this roster, sealed, in the future, or no reason where the machine is overridden.
    """
    _check_not_ahead(given.at, work.now)
    attempt = mark(
        work.session,
        sitting_id,
        student_id,
        given.status,
        _by(work, given.key),
        rules_of(work.api),
        reason=given.reason,
        effective_at=given.at,
    )
    return attempt_public(attempt)


def undo_attempt(work: Work, attempt_id: int, given: Undoing) -> AttemptPublic:
    """Take back an attempt or a decision: a new entry, never an erasure."""
    attempt = undo(work.session, attempt_id, _by(work, given.key), rules_of(work.api), reason=given.reason)
    return attempt_public(attempt)


def _own(work: Work, attempt: Attempt) -> AttemptPublic:
    """Refuse an admission to a sitting that the invigilator does not watch over; what was done is rolled back."""
    assigned = work.assigned()
    if assigned is not None and attempt.sitting_id is not None and attempt.sitting_id not in assigned:
        raise Problem(403, "not_assigned", "That student's sitting is not yours: ask its invigilator.", "student_id")
    return attempt_public(attempt)


def _check_not_ahead(at: datetime | None, now: datetime) -> None:
    if at is not None and at > now:
        raise Problem(422, "in_the_future", "Nobody can be marked for a time that has not come.", "at")


def _by(work: Work, key: str | None) -> By:
    return By(work.by.actor, work.now, work.by.address, key)
