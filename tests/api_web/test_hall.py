"""The invigilator's hall over REST: what is theirs, the door lane, seats, the paper sheet, handing over."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest
from fastapi.testclient import TestClient

from services.api.auth import users
from services.api.db.engine import writing
from services.api.ingest.attempts import record
from services.api.ingest.office import Arrival, Office
from services.api.web.deps import Deps
from tests.api.story import identified
from tests.api_web.conftest import NOW, PASSWORD, As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.serving import Server
from tests.api_web.streams import Following


@pytest.fixture
def server(deps: Deps) -> Iterator[Server]:
    """The app, served: some answers never end."""
    server = Server(deps)
    yield server
    server.stop()


def test_who_watches_hall_a_follows_hall_a_and_nothing_else(
    watches_a: As, exam_day: int, server: Server, signed_in: Callable[[str], httpx.Headers]
) -> None:
    mine = dict(signed_in("invigilator"))
    with Following(server, f"/sittings/{exam_day}/halls/A/live", mine) as told:
        state = next(told).data
    assert (set(state["roster"]), set(state["halls"]), state["counts"]["expected"]) == ({"S1"}, {"A"}, 1)
    for path in (f"/sittings/{exam_day}/live", f"/sittings/{exam_day}/halls/B/live"):
        assert httpx.get(f"{server.url}/api/v1{path}", headers=mine).status_code == 403


def test_who_watches_hall_a_sees_and_marks_nobody_of_hall_b(watches_a: As, admin: As, exam_day: int) -> None:
    assert [row["student_id"] for row in watches_a("GET", f"/sittings/{exam_day}/roster").json()] == ["S1"]
    refused = watches_a("POST", f"/sittings/{exam_day}/students/S2/mark", json={"status": "in"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    assert watches_a("POST", f"/sittings/{exam_day}/students/S1/mark", json={"status": "in"}).status_code == 201
    assert admin("POST", f"/sittings/{exam_day}/students/S2/mark", json={"status": "in"}).status_code == 201
    assert {row["student_id"] for row in watches_a("GET", "/attempts").json()["items"]} == {"S1"}
    grace = watches_a("PATCH", f"/sittings/{exam_day}/halls/B", json={"queue_grace_min": 5, "reason": "a line"})
    assert grace.status_code == 403


def test_somebody_of_hall_b_is_let_in_here_and_a_stranger_is_added(watches_a: As, exam_day: int) -> None:
    base = f"/sittings/{exam_day}/halls/A"
    assert watches_a("GET", f"{base}/people/S2").json()["belongs"] == "other_hall"
    assert watches_a("GET", f"{base}/people/S99").status_code == 404
    admitted = watches_a("POST", f"{base}/admissions", json={"student_id": "S2", "checked": "number", "table": "A-9"})
    assert admitted.status_code == 201, admitted.text
    assert (admitted.json()["entry"]["hall"], admitted.json()["entry"]["table"]) == ("A", "A-9")
    unchecked = watches_a("POST", f"{base}/admissions", json={"student_id": "S3"})
    assert unchecked.status_code == 422
    added = watches_a("POST", f"{base}/admissions", json={"student_id": "Z1", "checked": "id", "name": "Zoe"}).json()
    assert (added["entry"]["provisional"], added["entry"]["name"]) == (True, "Zoe")


def test_what_was_checked_before_somebody_was_let_in_stands_in_the_audit_log(
    watches_a: As, admin: As, exam_day: int
) -> None:
    watches_a.make(f"/sittings/{exam_day}/students/S1/mark", status="in", checked="id")
    entries = admin("GET", "/audit", params={"action": "attendance.mark"}).json()["items"]
    assert [entry["after"]["checked"] for entry in entries] == ["id"]


def test_a_friends_number_shows_whose_face_it_is_and_wants_a_reason(
    watches_a: As, admin: As, exam_day: int, deps: Deps
) -> None:
    admin.make("/kiosks", id="A__door1", hall="A", name="Door 1")
    watches_a.make(f"/sittings/{exam_day}/students/S1/mark", status="in", checked="id")
    typed = {"asked": "number", "claimed_student_id": "S3", "policy": "off"}
    event = identified(None, "A__door1", NOW, finding="no_template", runner_up="S1", **cast(Any, typed))
    with writing(deps.engine) as session:
        record(session, Arrival(event, (tiny_jpeg(112, 112),), NOW, NOW), Office(deps.settings.api, deps.media))
    (case,) = watches_a("GET", "/reviews?state=open").json()
    assert (case["typed"], case["typed_says"], case["like_other"]) == ("S3", "no_photo", "S1")
    assert [(one["name"], one["status"]) for one in case["candidates"]] == [
        ("Mallory", None),
        ("Ada Lovelace", "present"),
    ]
    answer = {"action": "admit", "student_id": "S3", "checked": "id"}
    refused = watches_a("POST", f"/reviews/{case['id']}/decision", json=answer)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")


def test_only_the_photo_of_who_sits_here_is_shown(watches_a: As, admin: As, exam_day: int) -> None:
    for student in ("S1", "S2"):
        photo = [("photo", ("face.jpg", tiny_jpeg(48, 64), "image/jpeg"))]
        assert admin("POST", f"/students/{student}/photos", files=photo, data={"basis": "consent"}).status_code == 202
    base = f"/sittings/{exam_day}/halls/A/people"
    assert watches_a("GET", f"{base}/S1/photo").content == tiny_jpeg(48, 64)
    assert watches_a("GET", f"{base}/S2/photo").status_code == 404


def test_seats_notes_and_the_paper_sheet_over_rest(watches_a: As, exam_day: int, clock: Any) -> None:
    base = f"/sittings/{exam_day}/halls/A"
    (moved,) = watches_a("POST", f"{base}/seats", json={"student_id": "S1", "table": "C-15", "version": 1}).json()
    assert (moved["table"], moved["version"]) == ("C-15", 2)
    noted = watches_a("PUT", f"/sittings/{exam_day}/students/S1/note", json={"note": "sits in front", "version": 1})
    assert (noted.status_code, noted.json()["code"]) == (409, "changed_meanwhile")
    clock.advance(600)
    sheet = {"rows": [{"student_id": "S1", "at": NOW.isoformat()}], "key": "s"}
    assert watches_a("POST", f"{base}/paper", json=sheet).json() == {"entered": 1, "in_already": []}
    wrong = watches_a("POST", f"{base}/paper", json={"rows": [{"student_id": "S2", "at": NOW.isoformat()}]})
    assert [row["where"] for row in wrong.json()["problems"]] == ["rows.0, student_id"]


def test_a_hall_is_handed_over_and_guessing_its_code_is_throttled(
    watches_a: As, deps: Deps, exam_day: int, anyone: TestClient
) -> None:
    with writing(deps.engine) as session:
        users.create_user(session, "colleague", "invigilator", NOW, password=PASSWORD)
    token = anyone.post("/api/v1/sign-in", json={"username": "colleague", "password": PASSWORD}).json()["token"]
    colleague = As(anyone, httpx.Headers({"Authorization": f"Bearer {token}"}))
    offered = watches_a("POST", f"/sittings/{exam_day}/halls/A/handover", json={"leaves": True})
    assert offered.status_code == 201, offered.text
    taken = colleague("POST", "/handovers/taken", json={"code": offered.json()["code"]})
    assert taken.json() == {"sitting_id": exam_day, "hall": "A"}
    assert colleague("GET", f"/sittings/{exam_day}/roster").status_code == 200
    assert watches_a("GET", f"/sittings/{exam_day}/roster").status_code == 403
    tries = [watches_a("POST", "/handovers/taken", json={"code": f"AAAA-AAA{n}"}).status_code for n in range(12)]
    assert (tries[0], tries[-1]) == (404, 429)


def test_the_page_itself_holds_nothing_and_is_there_for_everybody(anyone: TestClient) -> None:
    page = anyone.get("/hall/1/A")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert anyone.get("/hall/worker.js").headers["content-type"].startswith("text/javascript")
    for name in ("seats", "cases", "outbox", "link"):
        assert anyone.get(f"/static/hall/{name}.js").status_code == 200
