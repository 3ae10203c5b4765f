"""What follows from an attempt: its evidence, a case, the roster's new state, an admission, an audit entry."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, exists, select

from services.api import audit, media
from services.api.attendance import cases
from services.api.attendance.admissions import admit_probe
from services.api.attendance.history import History
from services.api.attendance.roster import reproject
from services.api.attendance.rules import before_opens, rules_of
from services.api.attendance.verdicts import Decision
from services.api.db.tables import Attempt, Evidence, Hall, Kiosk, RosterEntry, Sitting, SittingHall
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
        attempt.sitting_id = _sitting_at(session, kiosk.hall_id, attempt, office.api)
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
    door = cases.Door(kiosk.id, hall, _sitting_of_case(session, attempt, hall), attempt.track_id or attempt.event_id)
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


def _sitting_of_case(session: Session, attempt: Attempt, hall: Hall) -> int | None:
    """The attempt's sitting, or none where this hall of it is sealed: no sealed record gets a case that waits."""
    if attempt.sitting_id is None or attempt.student_id is None:
        return attempt.sitting_id  # of nobody known: found by `_sitting_at`, which leaves out what is sealed
    here = (SittingHall.sitting_id == attempt.sitting_id, SittingHall.hall_id == hall.id)
    sealed_at = session.exec(select(SittingHall.sealed_at).where(*here)).first()
    return attempt.sitting_id if sealed_at is None else None


def _sitting_at(session: Session, hall_id: str, attempt: Attempt, api: ApiSection) -> int | None:
    """The sitting in play in a hall where a case of nobody known belongs; None where each is sealed there.

    Where whoever it may be sits comes first, then where check-in was not closed, then the nearest start.
    """
    t, whose = attempt.captured_at, _may_be(attempt)
    here = (col(RosterEntry.sitting_id) == Sitting.id, col(RosterEntry.hall_id) == hall_id)
    query = (
        select(Sitting, SittingHall.closed_at, exists().where(*here, col(RosterEntry.student_id) == whose))
        .join(SittingHall, col(SittingHall.sitting_id) == Sitting.id)
        .where(
            SittingHall.hall_id == hall_id,
            col(SittingHall.sealed_at).is_(None),
            Sitting.state != "cancelled",
            Sitting.opens_at <= t + before_opens(api),
            Sitting.ends_at >= t,
        )
    )

    def order(row: tuple[Sitting, datetime | None, bool]) -> tuple[bool, bool, timedelta]:
        sitting, closed_here_at, sits_here = row
        closed = any(at is not None and at < t for at in (sitting.closed_at, closed_here_at))
        return not sits_here, closed, abs(sitting.starts_at - t)

    found = min(session.exec(query), key=order, default=None)
    return found[0].id if found else None


def _may_be(attempt: Attempt) -> str | None:
    """Whose number was typed, or whom the face is like; whom it is only least unlike says nothing of its sitting."""
    like = None if attempt.finding == "no_match" else attempt.candidate_id
    return attempt.claimed_student_id or like


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
