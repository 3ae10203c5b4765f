"""Decisions of people: cases claimed and settled, students marked by hand, things taken back."""

from typing import Annotated

from fastapi import Path

from services.api.office import decisions
from services.api.office.attendance import AttemptPublic
from services.api.office.decisions import CaseAnswer, Marking, Undoing
from services.api.office.reviews import ReviewPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("decisions")
Id = Annotated[int, Path(ge=1, lt=2**31)]


@router.post("/reviews/{review_id}/decision", status_code=201)
def decide_review(review_id: Id, sent: CaseAnswer, deps: DepsDep, caller: CallerDep) -> AttemptPublic:
    """Settle a case. Two can't settle the same one; to admit, say what was checked."""
    with deps.writing(caller) as work:
        return decisions.answer_case(work, review_id, sent)


@router.put("/reviews/{review_id}/claim")
def claim_review(review_id: Id, deps: DepsDep, caller: CallerDep) -> ReviewPublic:
    """Take a case to oneself for two minutes."""
    with deps.writing(caller) as work:
        return decisions.claim_case(work, review_id)


@router.delete("/reviews/{review_id}/claim")
def release_review(review_id: Id, deps: DepsDep, caller: CallerDep) -> ReviewPublic:
    """Give a claimed case back."""
    with deps.writing(caller) as work:
        return decisions.release_case(work, review_id)


@router.post("/sittings/{sitting_id}/students/{student_id}/mark", status_code=201)
def mark_student(
    sitting_id: Id, student_id: Annotated[str, Path(max_length=64)], sent: Marking, deps: DepsDep, caller: CallerDep
) -> AttemptPublic:
    """Mark a student by hand, without the camera; a reason where it overrides what stands there."""
    with deps.writing(caller) as work:
        return decisions.mark_student(work, sitting_id, student_id, sent)


@router.post("/attempts/{attempt_id}/undo", status_code=201)
def undo_attempt(attempt_id: Id, sent: Undoing, deps: DepsDep, caller: CallerDep) -> AttemptPublic:
    """Take back an attempt or a decision: a new entry, never an erasure."""
    with deps.writing(caller) as work:
        return decisions.undo_attempt(work, attempt_id, sent)
