"""Whose face is on an evidence crop, by what the machine and the invigilators settled."""

from sqlalchemy import Select, select
from sqlmodel import col, or_

from services.api.db.tables import Attempt


def attempts_showing(student_id: str) -> Select[int | None]:
    """Select the attempts that were this student's, or whose case an invigilator admitted as this student."""
    admitted = select(Attempt).where(col(Attempt.student_id) == student_id, col(Attempt.verdict) == "admit").subquery()
    undone = select(col(Attempt.undoes_id)).where(col(Attempt.undoes_id).is_not(None))
    cases = select(admitted.c.review_id).where(admitted.c.review_id.is_not(None), admitted.c.id.not_in(undone))
    theirs = or_(col(Attempt.student_id) == student_id, col(Attempt.review_id).in_(cases))
    return select(col(Attempt.id)).where(col(Attempt.kind) != "decision", theirs)
