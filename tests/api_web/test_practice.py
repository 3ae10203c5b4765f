"""Practice over REST: a kiosk of one's own for some minutes, that opens nothing else; and who needs a better photo."""

from datetime import timedelta

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.auth.tokens import token_hash
from services.api.db.engine import writing
from services.api.db.tables import PracticeResult, PracticeSession, Template
from services.api.ingest.views_of import schedule_of
from services.api.web import app as web_app
from services.api.web.deps import Deps
from services.capture.browser.admission import refusal
from shared.clock import ManualClock
from tests.api_web.conftest import NOW, As
from tests.api_web.self_enrolling import Site, open_self_enrolment


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """The office; Ada and Grace are enrolled."""
    with writing(deps.engine) as session:
        for student in ("S1", "S2"):
            session.add(
                Template(student_id=student, model_id="n", sealed=b"s", event_id=student, asked_at=NOW, enrolled_at=NOW)
            )
    return open_self_enrolment(admin, deps, anyone)


def practising(site: Site, student: str = "S1") -> As:
    site.invite(student, purpose="practice")
    return site.link()


def test_a_practice_is_a_kiosk_that_capture_takes_with_its_token_alone(site: Site, deps: Deps) -> None:
    ada = practising(site)
    assert ada("GET", "/self").json()["step"] == "practice"
    opened = ada("POST", "/self/practice").json()
    assert opened["webcam"].endswith(f"/ws/kiosk/{opened['kiosk_id']}")
    with site.session() as session:
        kiosk = schedule_of(session, deps.clock.now(), deps.settings.api).kiosk(opened["kiosk_id"])
        assert session.exec(select(PracticeSession)).one().token_hash == token_hash(opened["token"])
    assert refusal(kiosk, opened["token"]) is None
    assert refusal(kiosk, "np_guessed") == "token"


def test_a_practices_token_opens_no_door_and_no_screen(site: Site, anyone: TestClient) -> None:
    opened = practising(site)("POST", "/self/practice").json()
    shown = As(anyone, httpx.Headers({"Authorization": f"Bearer {opened['token']}"}))
    for method, path in (("GET", "screen"), ("GET", "events"), ("POST", "number")):
        answer = shown(method, f"/kiosks/{opened['kiosk_id']}/{path}", json={"student_id": "S2", "unable": True})
        assert answer.status_code == 401
    assert shown("GET", "/self").status_code == 401


def test_a_link_to_practise_enrols_nobody_and_the_other_way_round(site: Site) -> None:
    ada = practising(site)
    assert ada("POST", "/self/consent", json={"text_version": "1"}).status_code == 403
    assert ada("POST", "/self/decline").status_code == 403
    site.admin("POST", "/invitations", json={"student_ids": ["S2"], "only_missing": False})
    site.invite("S1", purpose="practice")
    with site.session() as session:
        assert session.exec(select(PracticeSession)).all() == []


def test_only_some_practise_at_once_and_a_kiosk_rests_before_the_next(
    site: Site, admin: As, deps: Deps, clock: ManualClock
) -> None:
    links = []
    for number in range(deps.settings.api.practice_at_once + 1):
        student = f"P{number}"
        admin.make("/students", id=student, name=student, email=f"{student}@example.org")
        with writing(deps.engine) as session:
            session.add(
                Template(student_id=student, model_id="n", sealed=b"s", event_id=student, asked_at=NOW, enrolled_at=NOW)
            )
        links.append(practising(site, student))
    taken = [link("POST", "/self/practice") for link in links]
    assert [answer.status_code for answer in taken[:-1]] == [201] * deps.settings.api.practice_at_once
    assert len({answer.json()["kiosk_id"] for answer in taken[:-1]}) == deps.settings.api.practice_at_once
    assert (taken[-1].status_code, taken[-1].json()["code"]) == (429, "practice_full")
    assert links[0]("DELETE", "/self/practice").status_code == 204
    assert links[-1]("POST", "/self/practice").status_code == 429
    clock.advance(61)
    assert links[-1]("POST", "/self/practice").json()["kiosk_id"] == taken[0].json()["kiosk_id"]


def test_beginning_again_ends_the_practice_before(site: Site, deps: Deps) -> None:
    ada = practising(site)
    first, second = ada("POST", "/self/practice").json(), ada("POST", "/self/practice").json()
    with site.session() as session:
        kiosks = schedule_of(session, deps.clock.now(), deps.settings.api).kiosks
    assert first["kiosk_id"] != second["kiosk_id"]
    assert [kiosk.kiosk_id for kiosk in kiosks if kiosk.practice_student_id] == [second["kiosk_id"]]


def test_the_stream_is_refused_without_a_practice(site: Site, clock: ManualClock, deps: Deps) -> None:
    ada = practising(site)
    assert ada("GET", "/self/practice/events").json()["code"] == "no_practice"
    ada("POST", "/self/practice")
    clock.advance(timedelta(minutes=deps.settings.api.practice_minutes).total_seconds() + 1)
    assert ada("GET", "/self/practice/events").json()["code"] == "no_practice"


def test_who_practised_weakly_is_listed_until_it_goes_well(site: Site, admin: As, deps: Deps) -> None:
    def practised(name: str, student: str, result: str) -> None:
        with writing(deps.engine) as session:
            code = "match" if result == "good" else "no_match"
            session.add(PracticeResult(event_id=name, student_id=student, at=NOW, result=result, code=code))

    practised("e1", "S1", "weak")
    practised("e2", "S2", "weak")
    practised("e3", "S2", "good")
    (weak,) = admin("GET", "/practice?result=weak").json()
    assert (weak["student_id"], weak["name"], weak["code"], weak["tries"]) == ("S1", "Ada Lovelace", "no_match", 1)
    assert {row["student_id"]: row["tries"] for row in admin("GET", "/practice").json()} == {"S1": 1, "S2": 2}
    assert admin("DELETE", "/students/S1").status_code == 204
    assert admin("GET", "/practice?result=weak").json() == []


def test_a_door_cannot_be_called_like_a_practice(site: Site, admin: As) -> None:
    answer = admin("POST", "/kiosks", json={"id": "practice-7", "hall": "A"})
    assert (answer.status_code, answer.json()["code"]) == (422, "practice_name")


def test_yesterdays_practices_are_forgotten(site: Site, deps: Deps, clock: ManualClock) -> None:
    practising(site)("POST", "/self/practice")
    clock.advance(timedelta(days=2).total_seconds())
    web_app._tidy(deps)
    with site.session() as session:
        assert session.exec(select(PracticeSession)).all() == []
