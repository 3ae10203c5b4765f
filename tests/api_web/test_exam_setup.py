"""Setting a sitting up over REST: seats, invigilators, papers, readiness, and what happens while people arrive."""

from typing import Any

import pytest
from sqlmodel import select

from services.api.auth import users
from services.api.db.engine import reading
from services.api.db.tables import AuditEntry
from services.api.web.deps import Deps
from tests.api_web.conftest import As


@pytest.fixture
def with_plans(admin: As, exam_day: int) -> int:
    """Ada's hall A has three rows of four seats, Grace's hall B none; there is a hall C of two by two."""
    assert admin("PATCH", "/halls/A", json={"rows": 3, "columns": 4}).status_code == 200
    admin.make("/halls", id="C", name="Hall C", rows=2, columns=2)
    return exam_day


def watson(deps: Deps) -> int:
    """Return the invigilator's id."""
    with reading(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        assert user.id is not None
        return user.id


def body(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_seats_are_proposed_then_applied_with_the_versions_that_were_seen(admin: As, with_plans: int) -> None:
    seats = f"/sittings/{with_plans}/halls/A/seats"
    shown = body(admin("GET", seats))
    assert [(one["student_id"], one["row"]) for one in shown["people"]] == [("S1", None)]  # C-14 is not on the plan
    proposal = body(admin("POST", f"{seats}/proposal", json={"how": "random", "seed": 5}))
    assert proposal["seed"] == 5
    assert proposal == body(admin("POST", f"{seats}/proposal", json={"how": "random", "seed": 5}))
    places = [{key: one[key] for key in ("student_id", "row", "col", "version")} for one in proposal["places"]]
    assert body(admin("PUT", seats, json={"places": places, "how": "random", "seed": 5}))["changed"] == 1
    again = admin("PUT", seats, json={"places": places})
    assert again.status_code == 409
    assert again.json()["code"] == "changed_meanwhile"
    assert body(admin("GET", seats))["people"][0]["row"] == 1


def test_a_hall_without_a_plan_is_given_no_seats(admin: As, with_plans: int) -> None:
    refused = admin("POST", f"/sittings/{with_plans}/halls/B/seats/proposal", json={})
    assert refused.status_code == 422
    assert refused.json()["code"] == "no_plan"
    assert admin("GET", f"/sittings/{with_plans}/halls/C/seats").status_code == 404


def test_setting_seats_is_audited_with_who_sat_where(admin: As, with_plans: int, deps: Deps) -> None:
    place = {"student_id": "S1", "row": 2, "col": 3, "version": 1}
    body(admin("PUT", f"/sittings/{with_plans}/halls/A/seats", json={"places": [place]}))
    with reading(deps.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "seats.set")).one()
    assert entry.before == {"hall": "A", "tables": {"S1": "C-14"}}
    assert entry.after == {"hall": "A", "tables": {"S1": "B-3"}, "how": "by hand"}


def test_an_invigilator_has_the_whole_sitting_or_single_halls(admin: As, with_plans: int, deps: Deps) -> None:
    who = watson(deps)
    assert who in [one["user_id"] for one in body(admin("GET", "/invigilators"))]
    sitting = f"/sittings/{with_plans}"
    body(admin("PUT", f"{sitting}/halls/A/invigilators/{who}"))
    body(admin("PUT", f"{sitting}/halls/B/invigilators/{who}"))
    assert body(admin("GET", f"{sitting}/invigilators"))[0]["halls"] == ["A", "B"]
    body(admin("DELETE", f"{sitting}/halls/B/invigilators/{who}"), 204)
    assert body(admin("GET", f"{sitting}/invigilators"))[0]["halls"] == ["A"]
    assert body(admin("PUT", f"{sitting}/invigilators/{who}"))["invigilators"] == [who]
    assert body(admin("GET", f"{sitting}/invigilators"))[0]["halls"] is None
    assert admin("PUT", f"{sitting}/halls/C/invigilators/{who}").status_code == 404


def test_one_invigilator_in_two_halls_at_once_is_a_clash(admin: As, with_plans: int, deps: Deps) -> None:
    who = watson(deps)
    first = body(admin("GET", f"/sittings/{with_plans}"))
    other = admin.make(
        "/sittings",
        exam_id=first["exam_id"],
        starts_at="2026-11-23T10:00:00Z",
        ends_at="2026-11-23T12:00:00Z",
        halls=["A", "C"],
    )["id"]
    body(admin("PUT", f"/sittings/{with_plans}/halls/A/invigilators/{who}"))
    body(admin("PUT", f"/sittings/{other}/halls/A/invigilators/{who}"))
    assert body(admin("GET", f"/sittings/{other}/invigilators/clashes")) == []  # two exams in one hall are one watch
    body(admin("PUT", f"/sittings/{other}/halls/C/invigilators/{who}"))
    (clash,) = body(admin("GET", f"/sittings/{other}/invigilators/clashes"))
    assert clash["other_sitting_id"] == with_plans


def test_papers_are_pdf_for_the_office_and_for_who_watches_that_hall(
    admin: As, invigilator: As, with_plans: int, deps: Deps
) -> None:
    body(admin("PUT", f"/sittings/{with_plans}/halls/A/invigilators/{watson(deps)}"))
    for paper in ("seating-plan", "door-list", "paper-sheet"):
        for who in (admin, invigilator):
            answer = who("GET", f"/sittings/{with_plans}/halls/A/{paper}.pdf")
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.content.startswith(b"%PDF")
        assert invigilator("GET", f"/sittings/{with_plans}/halls/B/{paper}.pdf").status_code == 403


def test_what_a_sitting_lacks_is_said_with_where_to_mend_it(admin: As, with_plans: int) -> None:
    (one,) = body(admin("GET", "/readiness"))["sittings"]
    lacks = {(lack["what"], lack["hall"]): lack["mend"] for lack in one["missing"]}
    assert lacks["no_plan", "B"] == "/office/halls/B"
    assert lacks["no_kiosk", "A"] == "/office/kiosks?hall=A"
    assert one == body(admin("GET", f"/sittings/{with_plans}/readiness"))
    assert body(admin("GET", "/readiness", params={"starts_at": "2026-11-24T00:00:00Z"}))["sittings"] == []


def test_a_sitting_is_delayed_moved_called_off_and_takes_place_after_all(admin: As, with_plans: int) -> None:
    sitting = f"/sittings/{with_plans}"
    delayed = body(admin("POST", f"{sitting}/delay", json={"minutes": 10, "reason": "No papers"}))
    assert delayed["starts_at"] == "2026-11-23T09:10:00Z"
    assert admin("POST", f"{sitting}/delay", json={"minutes": 10, "reason": " "}).status_code == 422
    stale = {"from": "A", "to": "C", "seats": "id", "reason": "No power", "version": 1}
    assert admin("POST", f"{sitting}/move", json=stale).status_code == 409
    moved = body(admin("POST", f"{sitting}/move", json={**stale, "version": delayed["version"]}))
    assert (moved["moved"], moved["unseated"], moved["sitting"]["halls"]) == (1, [], ["B", "C"])
    assert body(admin("GET", f"{sitting}/halls/C/seats"))["people"][0]["table"] == "A-1"
    assert body(admin("POST", f"{sitting}/cancel", json={"reason": "Fire"}))["state"] == "cancelled"
    assert admin("POST", f"{sitting}/move", json=stale | {"version": None}).status_code == 409
    assert body(admin("GET", "/readiness"))["sittings"] == []
    assert body(admin("POST", f"{sitting}/reinstate", json={"reason": "False alarm"}))["state"] == "planned"
    assert body(admin("DELETE", sitting), 204) is None
    assert body(admin("DELETE", "/halls/A"), 204) is None


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_sitting_is_at_a_time_that_others_can_be_reckoned_from(admin: As, exam_day: int, at: str) -> None:
    wish = {"exam_id": 1, "starts_at": at, "ends_at": at, "halls": ["A"]}
    refused = [
        admin("POST", "/sittings", json=wish),
        admin("PATCH", f"/sittings/{exam_day}", json={"opens_at": at}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "no_such_time")] * 2


def test_an_exam_with_a_number_that_no_database_holds_is_refused(admin: As, exam_day: int) -> None:
    shown = admin("GET", f"/sittings/{exam_day}").json()
    wish = {"exam_id": 2**70, "starts_at": shown["starts_at"], "ends_at": shown["ends_at"], "halls": ["A"]}
    answer = admin("POST", "/sittings", json=wish)
    assert (answer.status_code, answer.json()["where"]) == (422, "exam_id")
