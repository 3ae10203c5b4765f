"""What comes from a practice kiosk: whether the enrolment is good enough, and nothing else is written.

No attempt, no evidence, no case, no admission, no entry of the audit chain: the code that makes these is not reached.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from services.api.db import holding
from services.api.db.tables import PracticeResult, PracticeSession
from services.api.ingest import proof
from services.api.ingest.office import Arrival
from shared import metrics
from shared.events import FaceIdentified, LivenessFailed, PracticeEnded, event_id

UNDER_WAY = timedelta(seconds=45)
"""What was begun in a practice may come this long after its end; the kiosk is nobody else's before that."""
_GOOD = frozenset({"match", "margin"})
"""`margin`: a confirmed look-alike, whose photo is as good; the door will ask for number and ID."""
_WEAK = frozenset({"no_match", "no_template"})
OVER = "over"
Result = Literal["good", "weak", "again"]


def record_practice(session: Session, arrival: Arrival) -> PracticeEnded:
    """Write the result of the one who practised then; the same event again changes nothing. Returns what the page is told."""
    event = arrival.event
    practice = _practice_at(session, event.kiosk_id, arrival.received_at)
    result, code = _result(event, practice.student_id) if practice is not None else ("again", OVER)
    if practice is not None and result != "again":
        _keep(session, event.event_id, practice.student_id, arrival.now, result, code)
    metrics.PRACTICES.labels(result).inc()
    return PracticeEnded(
        event_id=event_id("practice_ended", event.event_id),
        kiosk_id=event.kiosk_id,
        captured_at=event.captured_at,
        trace_id=event.trace_id,
        track_id=event.track_id,
        result=result,
        code=code,
    )


def _practice_at(session: Session, kiosk_id: str, at: datetime) -> PracticeSession | None:
    """Return who had the kiosk when the broker took the event: a late one is not the next student's."""
    begun = select(PracticeSession).where(PracticeSession.kiosk_id == kiosk_id, PracticeSession.opened_at <= at)
    last = session.exec(begun.order_by(col(PracticeSession.opened_at).desc(), col(PracticeSession.id).desc())).first()
    if last is None or at > min(last.ended_at or last.expires_at, last.expires_at) + UNDER_WAY:
        return None
    return last


def _result(event: FaceIdentified | LivenessFailed, student_id: str) -> tuple[Result, str]:
    if isinstance(event, LivenessFailed):
        return "again", event.reason
    if event.finding in _WEAK:
        return "weak", event.finding
    proven = proof.fits(event, "challenge") and event.candidate_id == student_id
    return ("good" if event.finding in _GOOD and proven else "again"), event.finding


def _keep(session: Session, name: str, student_id: str, at: datetime, result: str, code: str) -> None:
    student = holding.student_as_is(session, student_id)
    if student is None or student.by_number or student.deleted_at is not None:
        return
    if session.exec(select(PracticeResult.id).where(PracticeResult.event_id == name)).first() is None:
        session.add(PracticeResult(event_id=name, student_id=student_id, at=at, result=result, code=code))
