"""Cases across sittings: filtered, paged, and cut to what one watches over."""

from datetime import timedelta
from typing import Any

import pytest

from services.api.auth import users
from services.api.db.engine import writing
from services.api.db.tables import Assignment, Attempt, Review
from services.api.web.deps import Deps
from tests.api_web.conftest import NOW, As


@pytest.fixture
def cases(admin: As, deps: Deps, exam_day: int) -> int:
    """Four cases at hall A's door and one at hall B's, the first settled after a minute and a half; return the sitting."""
    for hall in ("A", "B"):
        admin.make("/kiosks", id=f"{hall}__door1", hall=hall)
    with writing(deps.engine) as session:
        for number in range(1, 6):
            hall = "B" if number == 5 else "A"
            verdict = "ambiguous" if number == 2 else "unknown"
            at_door: dict[str, Any] = {"kiosk_id": f"{hall}__door1", "track_id": f"t{number}", "sitting_id": exam_day}
            attempt = Attempt(
                event_id=f"e{number}",
                kind="face_identified",
                captured_at=NOW,
                recorded_at=NOW,
                verdict=verdict,
                candidate_id="S1" if number == 2 else None,
                score=0.6,
                **at_door,
            )
            session.add(attempt)
            session.flush()
            session.add(
                Review(
                    case_number=number,
                    hall_id=hall,
                    verdict=verdict,
                    attempt_id=attempt.id or 0,
                    opened_at=NOW,
                    state="settled" if number == 1 else "open",
                    settled_as="dismiss" if number == 1 else None,
                    settled_at=NOW + timedelta(seconds=90) if number == 1 else None,
                    **at_door,
                )
            )
    return exam_day


def test_they_are_found_by_state_hall_reason_and_sitting_the_newest_first(admin: As, cases: int) -> None:
    assert _numbers(admin, "") == [5, 4, 3, 2, 1]
    assert _numbers(admin, "?state=settled") == [1]
    assert _numbers(admin, "?hall=B") == [5]
    assert _numbers(admin, "?verdict=ambiguous") == [2]
    assert _numbers(admin, f"?sitting_id={cases + 1}") == []
    (first,) = admin("GET", "/review-log?state=settled").json()["items"]
    assert (first["exam_code"], first["waited_s"], first["zone"]) == ("MATH-201", 90.0, "UTC")
    (second,) = admin("GET", "/review-log?verdict=ambiguous").json()["items"]
    assert second["people"] == "Ada Lovelace (S1)"


def test_they_come_page_by_page(admin: As, cases: int) -> None:
    page = admin("GET", "/review-log?limit=2").json()
    assert page["next_after"] is not None
    assert _numbers(admin, f"?limit=2&after={page['next_after']}") == [3, 2]


def test_an_invigilator_sees_those_of_the_own_hall(invigilator: As, deps: Deps, cases: int) -> None:
    assert _numbers(invigilator, "") == []
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=cases, hall_id="B"))
    assert _numbers(invigilator, "") == [5]


def _numbers(who: As, query: str) -> list[int]:
    return [row["case_number"] for row in who("GET", f"/review-log{query}").json()["items"]]
