"""An invigilator's answer to one case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, cast

from sqlmodel import Session

from services.api.attendance import cases
from services.api.attendance.admissions import admit_probe
from services.api.attendance.deciding import By, place_of, stood, stored, write
from services.api.attendance.history import History, load_history
from services.api.attendance.projection import Rules
from services.api.attendance.seen import Seen, seen_in
from services.api.audit import Facts
from services.api.db import holding
from services.api.db.tables import Attempt, Evidence, Review, RosterEntry, SittingHall
from services.api.problems import conflict, unfit

ATTACKS = frozenset({"photo", "face_changed", "spoof_score"})
"""Failures of liveness that look like an attack."""
CaseAction = Literal["admit", "not_this_person", "send_to_hall", "not_a_candidate", "dismiss"]
Check = Literal["number", "id"]


class Seat(NamedTuple):
    """One seat of a hall."""

    table: str
    row: int | None = None
    col: int | None = None


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
    spare: Seat | None = None
    """The seat that somebody of another hall gets where no table is named."""
    hall_id: str | None = None
    """Where to send them."""
    reason: str = ""


def settle(session: Session, review_id: int, answer: Answer, by: By, rules: Rules) -> Attempt:
    """Settle one case.

    Raises:
        Problem: no such case, settled or claimed by somebody else, or the answer lacks something.
    """
    done = stored(session, by)
    if done is not None:
        return done
    review = cases.get(session, review_id)
    student_id = answer.student_id or review.student_id
    if student_id:
        holding.student_as_is(session, student_id)  # who is deleted meanwhile gets no admission
    history = load_history(session, student_id, lock=True) if student_id else None
    cases.settle(session, review_id, answer.action, by.actor, by.now)
    attempt = _of_case(session, review, answer, student_id, by)
    before: Facts | None = None
    if answer.action == "admit":
        before = _admit(session, review, attempt, answer, history)
    if answer.action == "not_a_candidate":
        cases.let_crop_go(session, review, by.now)
    return write(session, attempt, history, by, rules, before=before)


def _admit(session: Session, review: Review, attempt: Attempt, answer: Answer, history: History | None) -> Facts:
    """Admit somebody; return how they stood before."""
    if history is None:
        raise unfit("student_missing", "Say who it is: the student's number.", "student_id")
    if answer.checked is None:
        raise unfit("check_missing", "Tick what was checked: the number typed, or the ID seen.", "checked")
    told = seen_in(session, [review])[cast(int, review.id)]
    if not answer.reason.strip() and overrides(review, told, history.student_id):
        raise unfit("reason_missing", "Say why: this overrides what the machine found.", "reason")
    seen = told.opened
    place = place_of(history, _sitting_of(history, review, seen.captured_at))
    before = stood(place.entry)
    seat = answer.spare if answer.table is None else Seat(answer.table)
    seat_here(session, place.entry, review.hall_id, seat, named=answer.table is not None)
    attempt.sitting_id, attempt.hall_id = place.sitting_id, place.entry.hall_id
    attempt.table_label = place.entry.table_label
    attempt.sets_status, attempt.effective_at = "in", seen.captured_at
    attempt.measures = {"checked": answer.checked}
    evidence = session.get(Evidence, review.attempt_id)
    admit_probe(session, evidence, place.sitting_id, history.student_id, seen.captured_at)
    return before


def overrides(review: Review, seen: Seen, student_id: str) -> bool:
    """Tell whether letting this student in goes against what the machine found.

    It found an attack, or somebody unlike today's admission, or a face against the number typed, or certainly
    somebody else.
    """
    return always_overrides(review, seen) or (named_somebody(review) and student_id not in seen.scores())


def always_overrides(review: Review, seen: Seen) -> bool:
    """Tell whether letting anybody in from this case goes against the machine."""
    return review.detail in ATTACKS or review.detail == "unlike_admission" or seen.against_number


def named_somebody(review: Review) -> bool:
    """Tell whether the machine said who it is; of somebody unknown it only said whom they are least unlike."""
    return review.verdict not in ("unknown", "liveness_failed")


def seat_here(session: Session, entry: RosterEntry, hall_id: str, seat: Seat | None, *, named: bool = False) -> None:
    """Move somebody of another hall here; without a seat, one is given later. Who is here moves only to a named one."""
    if entry.hall_id == hall_id and not named:
        return
    place = seat or Seat("")
    entry.hall_id = hall_id
    entry.table_label, entry.row, entry.col = place.table, place.row, place.col
    entry.version += 1
    session.add(entry)
    if session.get(SittingHall, (entry.sitting_id, hall_id)) is None:
        session.add(SittingHall(sitting_id=entry.sitting_id, hall_id=hall_id))


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
        captured_at=by.t,
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
