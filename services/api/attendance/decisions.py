"""What people decide: each decision is an attempt with an actor and a reason, and the roster follows.

A case is settled by a conditional update: one row changed means that it is yours. Locks are taken
in one order everywhere (those of `db.holding`, then case, counters, audit), so that nobody waits in a circle.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from services.api.attendance import cases
from services.api.attendance.answers import Answer, CaseAction, Check, settle
from services.api.attendance.deciding import By, place_of, stood, stored, write
from services.api.attendance.history import History, Place, load_history
from services.api.attendance.projection import Rules, Sets, Standing, project
from services.api.db.sealed import check_halls_open
from services.api.db.tables import Attempt
from services.api.problems import conflict, not_found, unfit

_JUST_AFTER = timedelta(microseconds=1)

__all__ = ["Answer", "By", "CaseAction", "Check", "mark", "settle", "undo"]


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
    measures: dict[str, object] | None = None,
) -> Attempt:
    """Mark a student by hand: `in` is present or late by its time, `expected` takes an admission back.

    Raises:
        Problem: not on this roster, a sealed sitting, or no reason where the machine is overridden.
    """
    done = stored(session, by)
    if done is not None:
        return done
    history = load_history(session, student_id, lock=True)
    place = place_of(history, sitting_id)
    if place.entry.status != "expected" and not reason.strip():
        raise unfit("reason_missing", "Say why: this overrides what stands in the roster.", "reason")
    if sets == "out" and place.entry.status == "expected":
        raise conflict("not_in", "Nobody can go out who is not in: mark them present first.", "status")
    attempt = _of_place(place, "mark", by, reason)
    attempt.sets_status, attempt.effective_at = sets, effective_at
    attempt.measures = measures or {}
    return write(session, attempt, history, by, rules, before=stood(place.entry))


def undo(session: Session, attempt_id: int, by: By, rules: Rules, *, reason: str) -> Attempt:
    """Take back an attempt or a decision: a new entry that restores what stood without it.

    Raises:
        Problem: no such attempt, one that changed no roster, or a sealed sitting.
    """
    done = stored(session, by)
    if done is not None:
        return done
    target = session.get(Attempt, attempt_id)
    if target is None:
        raise not_found("attempt", attempt_id, "attempt_id")
    if target.student_id is None or target.sitting_id is None or _only_settled_a_case(target):
        return _undo_without_roster(session, target, by, reason)
    history = load_history(session, target.student_id, lock=True)
    place = place_of(history, target.sitting_id)
    standing = _without(history, target, rules)
    attempt = _of_place(place, "undo", by, reason)
    attempt.captured_at = _after(target, by)
    attempt.undoes_id, attempt.sets_status, attempt.effective_at = target.id, standing.status, standing.at
    _reopen(session, target, attempt)
    return write(session, attempt, history, by, rules, before=stood(place.entry))


def _of_place(place: Place, action: Literal["mark", "undo"], by: By, reason: str) -> Attempt:
    return Attempt(
        event_id=by.event_id,
        kind="decision",
        captured_at=by.t,
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
    if target.sitting_id is not None:  # a case that is open again would be open in a sealed record
        check_halls_open(session, [(target.sitting_id, cases.get(session, target.review_id).hall_id)])
    attempt = Attempt(
        event_id=by.event_id,
        kind="decision",
        captured_at=_after(target, by),
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
    return write(session, attempt, None, by, None)


def _after(target: Attempt, by: By) -> datetime:
    """Return the undo's place among what happened: after what it takes back, whatever the clocks of two machines say."""
    return max(by.t, target.captured_at + _JUST_AFTER)


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
