"""One event of the stream `attempts` becomes one row, in one transaction with what follows from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from services.api.attendance.verdicts import Decision, Facts, Found, decide
from services.api.db.tables import Attempt, Kiosk
from services.api.ingest.clocks import hold
from services.api.ingest.consequences import follow
from services.api.ingest.office import Arrival, Office
from services.api.ingest.recognition import Recognised, recognise
from services.api.settings import ApiSection
from shared.errors import Invalid
from shared.events import FaceIdentified, LivenessFailed
from shared.schedule import is_practice


@dataclass(frozen=True)
class Recorded:
    """The row of an event."""

    attempt: Attempt
    repeat: bool
    """The event came before: nothing was decided again."""


def record(session: Session, arrival: Arrival, office: Office) -> Recorded:
    """Write the attempt of an event and what follows from it; an event that came before is only looked up.

    Raises:
        Invalid: no such kiosk.
    """
    event = arrival.event
    if is_practice(event.kiosk_id):
        raise Invalid(f"{event.kiosk_id} is for practice: nobody is admitted there")
    kiosk = _locked_kiosk(session, event.kiosk_id)
    stored = session.exec(select(Attempt).where(Attempt.event_id == event.event_id)).first()
    if stored is not None:
        return Recorded(stored, repeat=True)
    attempt = _attempt(arrival, kiosk, office.api)
    if isinstance(event, FaceIdentified):
        recognised = _identified(session, attempt, event, kiosk, office.api)
        decision, history = recognised.decision, recognised.history
        arrival = arrival.without_face() if recognised.forgotten else arrival
    else:
        decision, history = _failed(attempt, event), None
    follow(session, attempt, decision, history, kiosk, arrival, office)
    return Recorded(attempt, repeat=False)


def _locked_kiosk(session: Session, kiosk_id: str) -> Kiosk:
    """One attempt of a kiosk at a time: what it said last decides what it says next."""
    kiosk = session.exec(select(Kiosk).where(Kiosk.id == kiosk_id).with_for_update(key_share=True)).first()
    if kiosk is None:
        raise Invalid(f"there is no kiosk {kiosk_id}: add it, then replay this")
    return kiosk


def _attempt(arrival: Arrival, kiosk: Kiosk, api: ApiSection) -> Attempt:
    event = arrival.event
    held = hold(event, arrival.received_at, simulated=event.simulated, api=api)
    return Attempt(
        event_id=event.event_id,
        kind=event.kind,
        kiosk_id=kiosk.id,
        door_hall_id=kiosk.hall_id,
        direction=kiosk.direction,
        trace_id=event.trace_id,
        track_id=event.track_id,
        captured_at=held.t,
        claimed_at=held.claimed_at,
        track_started_at=event.track_started_at,
        frame_sent_at=event.frame_sent_at,
        received_at=arrival.received_at,
        recorded_at=arrival.now,
        verdict="",
        claimed_student_id=event.claimed_student_id,
        policy=event.policy,
        simulated=event.simulated,
    )


def _failed(attempt: Attempt, event: LivenessFailed) -> Decision:
    decision = decide(Found(failure=event.reason), Facts())
    attempt.verdict, attempt.failure = decision.verdict, event.reason
    attempt.measures = {"failures": event.failures, "passive_score": event.passive_score}
    return decision


def _identified(session: Session, attempt: Attempt, event: FaceIdentified, kiosk: Kiosk, api: ApiSection) -> Recognised:
    recognised = recognise(session, event, kiosk, attempt.captured_at, api)
    _write_finding(attempt, event, recognised)
    if recognised.repeat_of is not None:
        _repeat(attempt, recognised.repeat_of)
    else:
        _write_place(attempt, recognised, api)
    return recognised


def _write_finding(attempt: Attempt, event: FaceIdentified, recognised: Recognised) -> None:
    attempt.finding, attempt.asked, attempt.model_id = event.finding, event.asked, event.model_id
    attempt.candidate_id, attempt.score = event.candidate_id, event.score
    attempt.runner_up_id, attempt.runner_up_score = event.runner_up_id, event.runner_up_score
    attempt.threshold, attempt.admission_score = event.threshold, event.admission_score
    attempt.like_admission = recognised.sighting.found.like_admission
    attempt.doubtful = recognised.sighting.doubtful
    attempt.options = [list(option) for option in recognised.sighting.options]
    attempt.student_id = recognised.student_id
    attempt.measures = {
        "margin_required": event.margin_required,
        "scope": event.scope,
        "scope_size": event.scope_size,
        "crops_agreement": event.crops_agreement,
        "admission_threshold": event.admission_threshold,
        "passive_score": event.passive_score,
        "challenge": [done.model_dump(mode="json") for done in event.challenge],
        "quality": event.crop.quality.model_dump() if event.crop else None,
    }


def _write_place(attempt: Attempt, recognised: Recognised, api: ApiSection) -> None:
    attempt.verdict = recognised.decision.verdict
    place = recognised.place
    if place is None:
        return
    attempt.sitting_id = place.sitting_id
    attempt.hall_id, attempt.table_label = place.entry.hall_id, place.entry.table_label
    attempt.say_at = _time_to_say(attempt.verdict, attempt.captured_at, recognised, api)


def _time_to_say(verdict: str, t: datetime, recognised: Recognised, api: ApiSection) -> datetime | None:
    """When it opens, when to be back, when the other sitting starts."""
    assert recognised.place is not None
    sitting = recognised.place.sitting
    if verdict == "too_early":
        return sitting.opens_at
    if verdict == "out":
        return t + timedelta(minutes=api.back_by_min)
    return sitting.starts_at if verdict == "wrong_sitting" else None


def _repeat(attempt: Attempt, before: Attempt) -> None:
    """Say again what was said before."""
    attempt.verdict, attempt.sitting_id, attempt.hall_id = before.verdict, before.sitting_id, before.hall_id
    attempt.table_label, attempt.say_at = before.table_label, before.say_at
    attempt.case_number, attempt.review_id, attempt.repeat_of_id = before.case_number, before.review_id, before.id
