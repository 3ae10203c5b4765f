"""What people decide, as the API takes it; the decisions themselves are in `services.api.attendance.decisions`."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.attendance import cases
from services.api.attendance.deciding import stored
from services.api.attendance.decisions import Answer, By, CaseAction, Check, mark, settle, undo
from services.api.attendance.rules import before_opens, rules_of
from services.api.db.tables import Attempt
from services.api.office import reviews, sittings, spare_seats
from services.api.office.attendance import AttemptPublic, attempt_public
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Work
from services.api.problems import Problem, unfit

Key = Field(
    None,
    max_length=64,
    description="The page's own id of this decision: sent again over bad Wi-Fi, it is applied once.",
)
MadeAt = Field(
    None,
    description="When it was made, where the link was lost and it is sent only now; at most 12 hours ago. Audited.",
)
SENT_LATE_MOST = timedelta(hours=12)
AT_ONCE = timedelta(seconds=5)
"""A decision that took no longer to arrive is not late: its time is the server's."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""How far a tablet's clock may be ahead."""


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
    made_at: AwareDatetime | None = MadeAt


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
    checked: Check | None = Field(None, description="What was checked before; it stands in the audit log.")
    key: str | None = Key
    made_at: AwareDatetime | None = MadeAt


class Undoing(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "tapped the wrong one"}]})

    reason: str = Field(min_length=1, max_length=500)
    key: str | None = Key
    made_at: AwareDatetime | None = MadeAt


def answer_case(work: Work, review_id: int, given: CaseAnswer) -> AttemptPublic:
    """Settle one case.

    Raises:
        Problem: no such case, settled or claimed by somebody else, something missing, another's sitting.
    """
    spare = spare_seats.for_case(work, reviews.get(work, review_id)) if given.action == "admit" else None
    answer = Answer(**given.model_dump(exclude={"hall", "key", "made_at"}), hall_id=given.hall, spare=spare)
    by = by_of(work, given.key, given.made_at)
    return _own(work, settle(work.session, review_id, answer, by, rules_of(work.api)))


def claim_case(work: Work, review_id: int) -> ReviewPublic:
    """Take a case to oneself for two minutes, so that nobody else settles it meanwhile."""
    return reviews.shape(work, [cases.claim(work.session, review_id, work.by.actor, work.now)])[0]


def release_case(work: Work, review_id: int) -> ReviewPublic:
    """Give a claimed case back."""
    return reviews.shape(work, [cases.release(work.session, review_id, work.by.actor, work.now)])[0]


def mark_student(work: Work, sitting_id: int, student_id: str, given: Marking) -> AttemptPublic:
    """Mark a student by hand.

    Raises:
        Problem: not on this roster, sealed, at a time that has not come or at which the sitting was not in play, or no
            reason where the machine is overridden.
    """
    by = by_of(work, given.key, given.made_at)
    if stored(work.session, by) is None and (given.at or given.status != "expected"):
        check_time(work, sitting_id, given.at, by.t)
    attempt = mark(
        work.session,
        sitting_id,
        student_id,
        given.status,
        by,
        rules_of(work.api),
        reason=given.reason,
        effective_at=given.at,
        measures={"checked": given.checked} if given.checked else None,
    )
    work.check_place(sitting_id, attempt.hall_id or "")
    return attempt_public(attempt)


def undo_attempt(work: Work, attempt_id: int, given: Undoing) -> AttemptPublic:
    """Take back an attempt or a decision: a new entry, never an erasure."""
    by = by_of(work, given.key, given.made_at)
    attempt = undo(work.session, attempt_id, by, rules_of(work.api), reason=given.reason)
    return attempt_public(attempt)


def _own(work: Work, attempt: Attempt) -> AttemptPublic:
    """Refuse an admission to a sitting that the invigilator does not watch over; what was done is rolled back."""
    watch = work.watch()
    if watch is not None and attempt.sitting_id is not None and attempt.sitting_id not in watch.sittings:
        raise Problem(403, "not_assigned", "That student's sitting is not yours: ask its invigilator.", "student_id")
    return attempt_public(attempt)


def check_time(work: Work, sitting_id: int, at: datetime | None, decided_at: datetime) -> None:
    """Refuse a time that has not come, or at which the sitting was not in play.

    Without a time it is about the moment of the decision: nobody is in before the sitting is in play. After its end
    somebody may still be marked without one, while the record is put right.

    Raises:
        Problem: 422, or no such sitting.
    """
    if at is not None and at > work.now:
        raise unfit("in_the_future", "Nobody can be marked for a time that has not come.", "at")
    sitting = sittings.get(work, sitting_id)
    begins = sitting.opens_at - before_opens(work.api)
    if at is None and decided_at < begins:
        text = "It is too early to mark anybody: the sitting is not in play yet. Look at the date and the hour."
        raise unfit("not_yet_in_play", text, "at")
    if at is not None and not begins <= at <= sitting.ends_at:
        raise unfit("not_in_play", "The sitting was not in play at that time: look at the date and the hour.", "at")


def by_of(work: Work, key: str | None, made_at: datetime | None) -> By:
    """Return who decides, and when: a decision that waited for the link keeps its own time.

    Raises:
        Problem: that time is ahead of ours, or too long ago.
    """
    if made_at is None or abs(work.now - made_at) <= AT_ONCE:
        return By(work.by.actor, work.now, work.by.address, key)
    if made_at > work.now + CLOCKS_DIFFER:
        raise unfit("in_the_future", "That time has not come: look at this device's clock.", "made_at")
    if made_at < work.now - SENT_LATE_MOST:
        raise unfit("too_old", "This was decided more than 12 hours ago: enter it from paper instead.", "made_at")
    return By(work.by.actor, work.now, work.by.address, key, min(made_at, work.now))
