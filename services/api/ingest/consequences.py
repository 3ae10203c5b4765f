"""What follows from an attempt: its evidence, a case, the roster's new state, an admission, an audit entry."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.api import audit, media
from services.api.attendance import cases
from services.api.attendance.admissions import admit_probe
from services.api.attendance.history import History
from services.api.attendance.roster import reproject
from services.api.attendance.rules import before_opens, rules_of
from services.api.attendance.verdicts import Decision
from services.api.db.tables import Attempt, Evidence, Hall, Kiosk, Sitting, SittingHall
from services.api.ingest.office import Arrival, Office
from services.api.settings import ApiSection
from shared.events import FaceIdentified

_INSIDE = frozenset({"present", "late", "returned", "already_in"})


def follow(
    session: Session,
    attempt: Attempt,
    decision: Decision,
    history: History | None,
    kiosk: Kiosk,
    arrival: Arrival,
    office: Office,
) -> None:
    """Add the row and everything that it brings with it to the transaction."""
    if attempt.sitting_id is None:
        attempt.sitting_id = _sitting_at(session, kiosk.hall_id, attempt.captured_at, office.api)
    session.add(attempt)
    session.flush()
    evidence = _keep_evidence(session, attempt, arrival, office)
    if attempt.verdict in _INSIDE and attempt.track_id is not None:
        cases.close_of_track(session, kiosk.id, attempt.track_id, attempt)
    if decision.review != "no":  # after the closing: somebody who is in already may be a case all the same
        _open_case(session, attempt, decision, kiosk, office.api)
    if history is not None and attempt.student_id is not None:
        with_this = History(history.student_id, history.places, (*history.attempts, attempt))
        reproject(session, with_this, rules_of(office.api))
    if not decision.repeat:
        _admit(session, attempt, evidence)
    _note(session, attempt)


def _admit(session: Session, attempt: Attempt, evidence: Evidence | None) -> None:
    if attempt.verdict not in {"present", "late"} or attempt.sitting_id is None or attempt.student_id is None:
        return
    admit_probe(session, evidence, attempt.sitting_id, attempt.student_id, attempt.captured_at)


def _open_case(session: Session, attempt: Attempt, decision: Decision, kiosk: Kiosk, api: ApiSection) -> None:
    hall = session.get_one(Hall, kiosk.hall_id)
    door = cases.Door(kiosk.id, hall, attempt.sitting_id, attempt.track_id or attempt.event_id)
    review = cases.open_case(session, door, attempt, decision, timedelta(minutes=api.unknown_again_min))
    attempt.review_id, attempt.case_number = review.id, review.case_number
    session.add(attempt)


def _keep_evidence(session: Session, attempt: Attempt, arrival: Arrival, office: Office) -> Evidence | None:
    """Keep the crop, sealed, and the probe that may become today's admission."""
    event = arrival.event
    image = arrival.images[0] if arrival.images else None
    probe = event.probe if isinstance(event, FaceIdentified) else None
    if image is None and probe is None:
        return None
    assert attempt.id is not None
    evidence = Evidence(
        attempt_id=attempt.id,
        student_id=attempt.candidate_id,
        sealed=media.seal_evidence(office.media, attempt.event_id, image) if image else None,
        width=event.crop.width if event.crop else 0,
        height=event.crop.height if event.crop else 0,
        probe=probe,
        model_id=attempt.model_id,
        recorded_at=arrival.now,
        delete_after=arrival.now + timedelta(days=office.api.evidence_days),
    )
    session.add(evidence)
    return evidence


def _sitting_at(session: Session, hall_id: str, t: datetime, api: ApiSection) -> int | None:
    """The sitting in play in a hall whose start is nearest: where a case of nobody known belongs."""
    query = (
        select(Sitting)
        .join(SittingHall, col(SittingHall.sitting_id) == Sitting.id)
        .where(
            SittingHall.hall_id == hall_id,
            Sitting.state != "cancelled",
            Sitting.opens_at <= t + before_opens(api),
            Sitting.ends_at >= t,
        )
    )
    nearest = min(session.exec(query), key=lambda sitting: abs(sitting.starts_at - t), default=None)
    return nearest.id if nearest else None


def _note(session: Session, attempt: Attempt) -> None:
    audit.record(
        session,
        at=attempt.recorded_at,
        actor="machine",
        action=f"recognition.{attempt.verdict}",
        subject=f"student:{attempt.student_id}" if attempt.student_id else f"kiosk:{attempt.kiosk_id}",
        sitting_id=attempt.sitting_id,
        source=f"kiosk:{attempt.kiosk_id}",
        after={
            "attempt": attempt.event_id,
            "t": attempt.captured_at.isoformat(),
            "finding": attempt.finding or attempt.failure,
            "score": attempt.score,
            "case": attempt.case_number,
            "policy": attempt.policy,
        },
    )
