"""What people decide: each decision is an attempt with an actor and a reason, and the roster follows.

A case is settled by a conditional update: one row changed means that it is yours. Locks are taken
in one order everywhere (roster entries, case, counters, audit), so that nobody waits in a circle.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, select

from services.api import audit
from services.api.attendance import cases
from services.api.attendance.admissions import admit_probe
from services.api.attendance.history import History, Place, load_history
from services.api.attendance.projection import Rules, Sets, Standing, project
from services.api.attendance.roster import FROZEN_STATES, reproject
from services.api.db.tables import Attempt, Review, RosterEntry
from services.api.problems import Problem, conflict, not_found, unfit
from shared.events import event_id

CaseAction = Literal["admit", "not_this_person", "send_to_hall", "not_a_candidate", "dismiss"]
Action = Literal["admit", "not_this_person", "send_to_hall", "not_a_candidate", "dismiss", "mark", "undo"]
Check = Literal["number", "id"]


@dataclass(frozen=True)
class By:
    """Who decides, when, from where."""

    actor: str
    now: datetime
    source: str = ""
    key: str | None = None
    """The page's own id of this decision: sent again over bad Wi-Fi, it is applied once."""

    @property
    def event_id(self) -> str:
        """The decision's event id."""
        return event_id("decision", self.actor, self.key or secrets.token_hex(16))


@dataclass(frozen=True)
class Answer:
    """An answer to one case."""

    action: CaseAction
    student_id: str | None = None
    """Whom to admit, or who it is not; the case's own candidate where it is left out."""
    checked: Check | None = None
    """What was checked before admitting: the number typed, or the ID seen."""
    table: str | None = None
    """A table here, for somebody of another hall."""
    hall_id: str | None = None
    """Where to send them."""
    reason: str = ""


def settle(session: Session, review_id: int, answer: Answer, by: By, rules: Rules) -> Attempt:
    """Settle one case.

    Raises:
        Problem: no such case, settled or claimed by somebody else, or the answer lacks something.
    """
    stored = _stored(session, by)
    if stored is not None:
        return stored
    review = cases.get(session, review_id)
    student_id = answer.student_id or review.student_id
    history = load_history(session, student_id, lock=True) if student_id else None
    cases.settle(session, review_id, answer.action, by.actor, by.now)
    attempt = _of_case(session, review, answer, student_id, by)
    if answer.action == "admit":
        _admit(session, review, attempt, answer, history)
    if answer.action == "not_a_candidate":
        cases.let_crop_go(session, review, by.now)
    return _record(session, attempt, history, by, rules)


def mark(
    session: Session,
    sitting_id: int,
    student_id: str,
    sets: Sets,
    by: By,
    rules: Rules,
    *,
    reason: str = "",
    effective_at: datetime | None = None,
) -> Attempt:
    """Mark a student by hand: `in` is present or late by its time, `expected` takes an admission back.

    Raises:
        Problem: not on this roster, a sealed sitting, or no reason where the machine is overridden.
    """
    stored = _stored(session, by)
    if stored is not None:
        return stored
    history = load_history(session, student_id, lock=True)
    place = _place(history, sitting_id)
    if place.entry.status != "expected" and not reason.strip():
        raise unfit("reason_missing", "Say why: this overrides what stands in the roster.", "reason")
    if sets == "out" and place.entry.status == "expected":
        raise conflict("not_in", "Nobody can go out who is not in: mark them present first.", "status")
    attempt = _of_place(place, "mark", by, reason)
    attempt.sets_status, attempt.effective_at = sets, effective_at
    return _record(session, attempt, history, by, rules)


def undo(session: Session, attempt_id: int, by: By, rules: Rules, *, reason: str) -> Attempt:
    """Take back an attempt or a decision: a new entry that restores what stood without it.

    Raises:
        Problem: no such attempt, one that changed no roster, or a sealed sitting.
    """
    stored = _stored(session, by)
    if stored is not None:
        return stored
    target = session.get(Attempt, attempt_id)
    if target is None:
        raise not_found("attempt", attempt_id, "attempt_id")
    if target.student_id is None or target.sitting_id is None or _only_settled_a_case(target):
        return _undo_without_roster(session, target, by, reason)
    history = load_history(session, target.student_id, lock=True)
    place = _place(history, target.sitting_id)
    before = _without(history, target, rules)
    attempt = _of_place(place, "undo", by, reason)
    attempt.undoes_id, attempt.sets_status, attempt.effective_at = target.id, before.status, before.at
    _reopen(session, target, attempt)
    return _record(session, attempt, history, by, rules)


def _admit(session: Session, review: Review, attempt: Attempt, answer: Answer, history: History | None) -> None:
    if history is None:
        raise unfit("student_missing", "Say who it is: the student's number.", "student_id")
    if answer.checked is None:
        raise unfit("check_missing", "Tick what was checked: the number typed, or the ID seen.", "checked")
    seen = session.get_one(Attempt, review.attempt_id)
    place = _place(history, _sitting_of(history, review, seen.captured_at))
    _seat_here(session, place.entry, review.hall_id, answer.table)
    attempt.sitting_id, attempt.hall_id = place.sitting_id, place.entry.hall_id
    attempt.table_label = place.entry.table_label
    attempt.sets_status, attempt.effective_at = "in", seen.captured_at
    attempt.measures = {"checked": answer.checked}
    admit_probe(session, review.attempt_id, place.sitting_id, history.student_id, seen.captured_at)


def _seat_here(session: Session, entry: RosterEntry, hall_id: str, table: str | None) -> None:
    """Move somebody of another hall here; without a table, one is given later."""
    if entry.hall_id != hall_id:
        entry.hall_id, entry.table_label, entry.row, entry.col = hall_id, table or "", None, None
    elif table is not None:
        entry.table_label = table
    else:
        return
    entry.version += 1
    session.add(entry)


def _sitting_of(history: History, review: Review, t: datetime) -> int:
    if review.sitting_id is not None and history.place(review.sitting_id):
        return review.sitting_id
    near = [place for place in history.places if place.sitting.opens_at <= t <= place.sitting.ends_at]
    if not near:
        raise conflict(
            "not_on_roster", "This student is on no roster now: add them to the sitting first.", "student_id"
        )
    return min(near, key=lambda place: abs(place.sitting.starts_at - t)).sitting_id


def _of_case(session: Session, review: Review, answer: Answer, student_id: str | None, by: By) -> Attempt:
    seen = session.get_one(Attempt, review.attempt_id)
    return Attempt(
        event_id=by.event_id,
        kind="decision",
        kiosk_id=review.kiosk_id,
        door_hall_id=review.hall_id,
        trace_id=seen.trace_id,
        track_id=review.track_id,
        captured_at=by.now,
        recorded_at=by.now,
        verdict=answer.action,
        student_id=student_id if answer.action in {"admit", "not_this_person", "send_to_hall"} else None,
        sitting_id=review.sitting_id,
        hall_id=answer.hall_id or review.hall_id,
        case_number=review.case_number,
        review_id=review.id,
        actor=by.actor,
        reason=answer.reason,
    )


def _of_place(place: Place, action: Action, by: By, reason: str) -> Attempt:
    return Attempt(
        event_id=by.event_id,
        kind="decision",
        captured_at=by.now,
        recorded_at=by.now,
        verdict=action,
        student_id=place.entry.student_id,
        sitting_id=place.sitting_id,
        hall_id=place.entry.hall_id,
        table_label=place.entry.table_label,
        actor=by.actor,
        reason=reason,
    )


def _undo_without_roster(session: Session, target: Attempt, by: By, reason: str) -> Attempt:
    if target.review_id is None or target.kind != "decision":
        raise conflict("nothing_to_undo", "This attempt changed nothing.", "attempt_id")
    attempt = Attempt(
        event_id=by.event_id,
        kind="decision",
        captured_at=by.now,
        recorded_at=by.now,
        verdict="undo",
        student_id=target.student_id,
        sitting_id=target.sitting_id,
        hall_id=target.hall_id,
        actor=by.actor,
        reason=reason,
        undoes_id=target.id,
    )
    _reopen(session, target, attempt)
    return _record(session, attempt, None, by, None)


def _only_settled_a_case(target: Attempt) -> bool:
    return target.kind == "decision" and target.sets_status is None


def _reopen(session: Session, target: Attempt, attempt: Attempt) -> None:
    if target.kind == "decision" and target.verdict != "undo" and target.review_id is not None:
        cases.reopen(session, target.review_id)
        attempt.review_id, attempt.case_number = target.review_id, target.case_number


def _without(history: History, target: Attempt, rules: Rules) -> Standing:
    rest = [happening for happening in history.happenings if happening.event_id != target.event_id]
    assert target.sitting_id is not None
    return project(history.terms, rest, rules)[target.sitting_id]


def _place(history: History, sitting_id: int) -> Place:
    place = history.place(sitting_id)
    if place is None:
        raise conflict("not_on_roster", f"Student {history.student_id} is not on this sitting's roster.", "student_id")
    if place.sitting.state in FROZEN_STATES:
        raise conflict("sealed", "This sitting is sealed: make an amendment instead.", "sitting_id")
    return place


def _stored(session: Session, by: By) -> Attempt | None:
    if by.key is None:
        return None
    return session.exec(select(Attempt).where(Attempt.event_id == by.event_id)).first()


def _record(session: Session, attempt: Attempt, history: History | None, by: By, rules: Rules | None) -> Attempt:
    session.add(attempt)
    session.flush()
    if history is not None and rules is not None and attempt.sets_status is not None:
        reproject(session, History(history.student_id, history.places, (*history.attempts, attempt)), rules)
    audit.record(
        session,
        at=by.now,
        actor=by.actor,
        action=f"attendance.{attempt.verdict}",
        subject=f"student:{attempt.student_id}" if attempt.student_id else f"case:{attempt.review_id}",
        sitting_id=attempt.sitting_id,
        source=by.source,
        after={
            "attempt": attempt.event_id,
            "sets": attempt.sets_status,
            "reason": attempt.reason,
            "case": attempt.case_number,
        },
    )
    return attempt


__all__ = ["Action", "Answer", "By", "CaseAction", "Check", "Problem", "mark", "settle", "undo"]
