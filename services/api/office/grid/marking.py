"""Several rows marked at once: each is a decision of its own with the same reason, and all of them are made or none."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.db.tables import RosterEntry
from services.api.office import decisions
from services.api.office.decisions import Marking, Undoing
from services.api.office.grid.rows import entry_of
from services.api.office.work import Work
from services.api.problems import conflict, unfit

MOST = 500


class GridMark(BaseModel):
    """How some rows stand, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"keys": ["e17", "e18"], "status": "in", "reason": "the camera was away"}]},
    )

    keys: list[str] = Field(min_length=1, max_length=MOST)
    status: Literal["in", "present", "late", "out", "expected", "undo"] = Field(
        description="`in` is present or late by its time; `expected` takes an admission back; "
        "`undo` takes back whatever each row stands on now."
    )
    reason: str = Field(min_length=1, max_length=500)


class GridMarked(BaseModel):
    """What a marking did."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"marked": 2}]})

    marked: int


def mark(work: Work, given: GridMark) -> GridMarked:
    """Mark rows by hand.

    Raises:
        Problem: a row is gone or at no sitting, sealed, or there is nothing to take back; then none is marked.
    """
    ids = {entry_id for key in given.keys if (entry_id := entry_of(key)) is not None}
    query = select(RosterEntry).where(col(RosterEntry.id).in_(ids))
    entries = work.session.exec(query.order_by(col(RosterEntry.student_id), col(RosterEntry.id))).all()
    if len(ids) < len(set(given.keys)) or len(entries) < len(ids):
        raise unfit("not_at_a_sitting", "Some of these rows are at no sitting, or no longer there.", "keys")
    for entry in entries:
        _mark(work, entry, given)
    return GridMarked(marked=len(entries))


def _mark(work: Work, entry: RosterEntry, given: GridMark) -> None:
    if given.status != "undo":
        marking = Marking(status=given.status, reason=given.reason)
        decisions.mark_student(work, entry.sitting_id, entry.student_id, marking)
    elif entry.status_attempt_id is None:
        raise conflict("nothing_to_undo", f"There is nothing to take back of {entry.student_id}.", "keys")
    else:
        decisions.undo_attempt(work, entry.status_attempt_id, Undoing(reason=given.reason))
