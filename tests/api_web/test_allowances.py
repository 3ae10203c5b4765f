"""Accommodations, grace for a line at the door, and closing a hall: written, audited, and followed by the roster."""

from datetime import timedelta

import pytest
from sqlmodel import select

from services.api.attendance.history import load_history
from services.api.auth import users
from services.api.db.engine import reading, writing
from services.api.db.tables import Assignment, Attempt, AuditEntry, RosterEntry
from services.api.web.deps import Deps
from tests.api_web.conftest import NOW, As

TEN_PAST = NOW + timedelta(minutes=10)


@pytest.fixture
def ada_came_late(exam_day: int, deps: Deps) -> int:
    """Ada was let in at 09:10, ten minutes late; return the sitting."""
    with writing(deps.engine) as session:
        attempt = Attempt(
            event_id="ada-came",
            kind="decision",
            captured_at=TEN_PAST,
            recorded_at=TEN_PAST,
            verdict="mark",
            student_id="S1",
            sitting_id=exam_day,
            sets_status="in",
        )
        session.add(attempt)
        session.flush()
        entry = session.exec(select(RosterEntry).where(RosterEntry.student_id == "S1")).one()
        entry.status, entry.status_at, entry.status_attempt_id = "late", TEN_PAST, attempt.id
    return exam_day


def test_a_students_allowance_makes_her_punctual_and_taking_it_away_late(
    admin: As, deps: Deps, ada_came_late: int
) -> None:
    path = f"/students/S1/accommodations/{ada_came_late}"
    assert admin("PUT", path, json={"allowance_min": 15, "note": "broken leg"}).status_code == 200
    assert _status(admin, ada_came_late) == "present"
    assert admin("PUT", path, json={"allowance_min": 5}).status_code == 200
    assert _status(admin, ada_came_late) == "late"
    assert admin("PUT", "/students/S1/accommodations/0", json={"allowance_min": 20}).json()["sitting_id"] is None
    assert _status(admin, ada_came_late) == "present"
    assert admin("DELETE", "/students/S1/accommodations/0").status_code == 204
    assert _status(admin, ada_came_late) == "late"
    assert [row["allowance_min"] for row in admin("GET", "/students/S1/accommodations").json()] == [5]
    with reading(deps.engine) as session:
        entries = [e for e in session.exec(select(AuditEntry)) if e.action.startswith("accommodation")]
    assert [entry.action for entry in entries] == ["accommodation.set"] * 3 + ["accommodation.delete"]
    assert not any("leg" in entry.model_dump_json() for entry in entries), "the log does not say why"


def test_invigilators_see_whom_to_expect_by_number_and_not_why(
    admin: As, invigilator: As, deps: Deps, exam_day: int
) -> None:
    allowed = {"no_challenge": True, "seat_need": "front row", "note": "can't blink"}
    admin("PUT", f"/students/S1/accommodations/{exam_day}", json=allowed)
    admin("PUT", "/students/S3/accommodations/0", json={"allowance_min": 5})  # Mallory is on no roster
    _assign(deps, exam_day)
    (seen,) = invigilator("GET", f"/sittings/{exam_day}/accommodations").json()
    assert (seen["student_id"], seen["no_challenge"], seen["seat_need"], seen["note"]) == ("S1", True, "front row", "")


def test_grace_for_the_line_at_hall_as_door_is_the_invigilators_to_give(
    invigilator: As, deps: Deps, ada_came_late: int
) -> None:
    path = f"/sittings/{ada_came_late}/halls/A"
    grace = {"queue_grace_min": 15, "reason": "Forty stand at the door"}
    assert invigilator("PATCH", path, json=grace).status_code == 403, "not assigned to it"
    _assign(deps, ada_came_late)
    assert invigilator("PATCH", path, json=grace).json()["queue_grace_min"] == 15
    assert _status(invigilator, ada_came_late) == "present"
    halls = invigilator("GET", f"/sittings/{ada_came_late}/halls").json()
    assert [(row["hall"], row["queue_grace_min"]) for row in halls] == [("A", 15), ("B", 0)]
    with reading(deps.engine) as session:
        (entry,) = [e for e in session.exec(select(AuditEntry)) if e.action == "sitting.hall"]
    assert entry.after == {"queue_grace_min": 15, "closed_at": None, "reason": "Forty stand at the door"}


def test_a_hall_that_is_closed_is_closed_to_who_comes_after_and_can_be_opened_again(
    admin: As, deps: Deps, exam_day: int
) -> None:
    path = f"/sittings/{exam_day}/halls/A"
    assert admin("PATCH", path, json={"closed": True, "reason": "All are in"}).json()["closed_at"] is not None
    assert (_gate(deps, "S1", "A"), _gate(deps, "S2", "B")) == ("closed", "open")
    assert admin("PATCH", path, json={"closed": False, "reason": "A bus came"}).json()["closed_at"] is None
    assert _gate(deps, "S1", "A") == "open"
    assert admin("PATCH", f"/sittings/{exam_day}/halls/C", json={"closed": True, "reason": "x"}).status_code == 404


def test_a_sitting_that_is_deleted_takes_its_accommodations_along(admin: As, exam_day: int) -> None:
    admin("PUT", f"/students/S1/accommodations/{exam_day}", json={"allowance_min": 15})
    assert admin("DELETE", f"/sittings/{exam_day}").status_code == 204
    assert admin("GET", "/students/S1/accommodations").json() == []


def _status(who: As, sitting_id: int) -> str:
    roster = who("GET", f"/sittings/{sitting_id}/roster").json()
    return str(next(row["status"] for row in roster if row["student_id"] == "S1"))


def _gate(deps: Deps, student_id: str, hall: str) -> str:
    with reading(deps.engine) as session:
        return load_history(session, student_id).places[0].gate(hall, NOW + timedelta(minutes=1))


def _assign(deps: Deps, sitting_id: int) -> None:
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=sitting_id))
