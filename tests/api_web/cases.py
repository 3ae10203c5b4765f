"""A case that waits at hall A's door."""

from typing import Any

from sqlmodel import Session

from services.api.db.tables import Attempt, Review
from tests.api_web.conftest import NOW


def open_case(session: Session, sitting_id: int, verdict: str = "unknown") -> Review:
    """Open a case of one visit; return it with its ids."""
    at_door: dict[str, Any] = {"kiosk_id": "A__door1", "sitting_id": sitting_id, "track_id": "t1", "verdict": verdict}
    kind = "liveness_failed" if verdict == "liveness_failed" else "face_identified"
    attempt = Attempt(event_id="e1", kind=kind, door_hall_id="A", captured_at=NOW, recorded_at=NOW, **at_door)
    session.add(attempt)
    session.flush()
    review = Review(case_number=1, hall_id="A", attempt_id=attempt.id or 0, opened_at=NOW, **at_door)
    session.add(review)
    session.flush()
    return review
