"""Somebody at the door was never enrolled: the invigilator has a link mailed, and takes no photo."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.db.tables import AuditEntry
from services.api.jobs import worker
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As
from tests.api_web.self_enrolling import Site, open_self_enrolment, submitted
from tests.api_web.test_self_enrolment_mail import waiting


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """Ada sits in hall A, Grace in hall B, both with an address."""
    return open_self_enrolment(admin, deps, anyone)


def person(sitting: int, student: str = "S1", hall: str = "A") -> str:
    return f"/sittings/{sitting}/halls/{hall}/people/{student}"


def test_ada_gets_a_link_of_her_own_and_the_log_says_who_sent_it(site: Site, watches_a: As, exam_day: int) -> None:
    assert watches_a("GET", person(exam_day)).json()["enrol_by_mail"] is True
    offered = watches_a("POST", f"{person(exam_day)}/enrolment")
    assert offered.status_code == 202, offered.text
    worker.do(offered.json()["job_id"])
    (letter,) = site.mails()
    assert letter["To"] == "ada@example.org"
    own = site.link()("GET", "/self").json()
    assert (own["student_id"], own["step"], own["enrolment"]) == ("S1", "consent", "none")
    with site.session() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "student.offer_enrolment"))
    assert (entry.subject, entry.sitting_id, entry.actor[:5]) == ("student:S1", exam_day, "user:")


def test_nobody_of_another_hall_or_of_no_roster_is_offered_it(site: Site, watches_a: As, exam_day: int) -> None:
    assert watches_a("GET", person(exam_day, "S2")).json()["enrol_by_mail"] is False
    assert watches_a("POST", f"{person(exam_day, 'S2')}/enrolment").status_code == 404
    assert watches_a("POST", f"{person(exam_day, 'S2', hall='B')}/enrolment").status_code == 403
    assert watches_a("POST", f"{person(exam_day, 'S3')}/enrolment").status_code == 404
    assert waiting(site.deps) == []


def test_who_opted_out_is_left_in_peace(site: Site, admin: As, watches_a: As, exam_day: int) -> None:
    assert admin("PATCH", "/students/S1", json={"by_number": True}).status_code == 200
    assert watches_a("GET", person(exam_day)).json()["enrol_by_mail"] is False
    refused = watches_a("POST", f"{person(exam_day)}/enrolment")
    assert (refused.status_code, refused.json()["code"]) == (422, "by_number")


def test_who_has_no_address_cannot_be_mailed(site: Site, admin: As, watches_a: As, exam_day: int) -> None:
    assert admin("PATCH", "/students/S1", json={"email": None}).status_code == 200
    assert watches_a("GET", person(exam_day)).json()["enrol_by_mail"] is False
    assert watches_a("POST", f"{person(exam_day)}/enrolment").json()["code"] == "no_email"


def test_a_second_tap_ends_no_link_that_is_on_its_way(
    site: Site, watches_a: As, exam_day: int, clock: ManualClock
) -> None:
    assert watches_a("POST", f"{person(exam_day)}/enrolment").status_code == 202
    again = watches_a("POST", f"{person(exam_day)}/enrolment")
    assert (again.status_code, again.json()["code"]) == (409, "just_offered")
    clock.advance(301)
    assert watches_a("POST", f"{person(exam_day)}/enrolment").status_code == 202


def test_whose_photos_wait_for_the_office_needs_no_link(site: Site, watches_a: As, exam_day: int) -> None:
    submitted(site)
    assert watches_a("GET", person(exam_day)).json()["enrol_by_mail"] is False
    assert watches_a("POST", f"{person(exam_day)}/enrolment").json()["code"] == "nothing_to_enrol"


def test_an_invigilator_takes_no_photo(site: Site, watches_a: As, exam_day: int) -> None:
    assert watches_a("POST", "/students/S1/photos").status_code == 403
