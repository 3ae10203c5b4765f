"""Students enrol themselves: mailed a link, asked, looked at, approved; or they opt out as easily."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.auth.roles import RULES
from services.api.db.engine import writing
from services.api.db.tables import (
    METADATA,
    Accommodation,
    Admission,
    Attempt,
    AuditEntry,
    Evidence,
    Job,
    LookAlikePair,
    Mail,
    Photo,
    PracticeResult,
    PracticeSession,
    ProposedPhoto,
    Review,
    Student,
    StudentLink,
    Template,
)
from services.api.ingest.enrolments import record_enrolment
from services.api.jobs import worker
from services.api.office import invitations, mail
from services.api.web import app as web_app
from services.api.web.deps import Deps
from shared.clock import ManualClock
from shared.events import FaceEnrolled, Quality, event_id
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.self_enrolling import GOOD, OTHER, Site, open_self_enrolment, propose, submitted


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """The office, Ada and Grace with addresses, Mallory without."""
    return open_self_enrolment(admin, deps, anyone)


def test_a_link_is_mailed_in_both_languages_and_stored_only_as_a_hash(site: Site, deps: Deps) -> None:
    invited = site.invite("S1", "S3")
    assert (invited["invited"], invited["without_email"]) == (["S1"], ["S3"])
    (mail,) = site.mails()
    assert mail["To"] == "ada@example.org"
    text = mail.get_content()
    assert "Dear Ada Lovelace" in text and "Ada Lovelace yang dihormati" in text
    token = site.token()
    assert f"{deps.settings.api.host}:{deps.settings.api.port}/enrol#token={token}" in text
    with site.session() as session:
        link, row = session.exec(select(StudentLink)).one(), session.exec(select(Mail)).one()
        assert token not in str(link.model_dump()) and row.sealed is None and row.state == "sent"
        assert token not in str([entry.model_dump() for entry in session.exec(select(AuditEntry))])


def test_the_name_is_shown_only_to_a_valid_token(site: Site, anyone: TestClient) -> None:
    site.invite("S1")
    assert site.link()("GET", "/self").json()["name"] == "Ada Lovelace"
    answer = site.link("nl_guessed")("GET", "/self")
    assert (answer.status_code, answer.json()["code"]) == (401, "link_over")
    assert "Ada" not in answer.text


def test_ada_consents_sends_photos_and_an_admin_approves(site: Site, admin: As, deps: Deps) -> None:
    site.invite("S1")
    ada = site.link()
    assert ada("GET", "/self").json()["step"] == "consent"
    assert propose(ada, GOOD).json()["code"] == "consent_first"
    assert ada("POST", "/self/consent", json={"text_version": "1"}).json()["step"] == "photos"
    assert propose(ada, GOOD, OTHER).status_code == 202
    site.checked(None, "too_dark") if _first_is(site, GOOD) else site.checked("too_dark", None)
    page = ada("GET", "/self").json()
    assert [photo["refusal"] for photo in page["photos"] if photo["state"] == "refused"] == ["too_dark"]
    assert ada("POST", "/self/submit").json()["code"] == "photos_not_good"
    (bad,) = [photo["id"] for photo in page["photos"] if photo["state"] == "refused"]
    assert ada("DELETE", f"/self/photos/{bad}").json()["can_submit"]
    assert ada("POST", "/self/submit").json()["step"] == "submitted"
    with site.session() as session:
        assert session.exec(select(Photo)).all() == []  # nothing is theirs before an admin has looked

    (waiting,) = admin("GET", "/submissions").json()
    assert (waiting["name"], waiting["has_earlier_photo"], len(waiting["photo_ids"])) == ("Ada Lovelace", False, 1)
    picture = admin("GET", f"/submissions/{waiting['id']}/photos/{waiting['photo_ids'][0]}")
    assert picture.headers["content-type"] == "image/jpeg"
    assert admin("POST", f"/submissions/{waiting['id']}/approve").status_code == 202
    assert admin("GET", "/students/S1/enrolment").json()["state"] == "pending"
    assert admin("GET", "/students/S1/photo").content == GOOD
    assert admin("POST", f"/submissions/{waiting['id']}/approve").json()["code"] == "submission_decided"
    assert ada("GET", "/self").json()["step"] == "approved"
    with site.session() as session:
        assert session.exec(select(ProposedPhoto)).all() == []
        assert session.exec(select(Photo)).one().source == "self"
        actions = [entry.action for entry in session.exec(select(AuditEntry))]
    assert {"consent.give", "submission.submit", "submission.approved"} <= set(actions)


def _first_is(site: Site, image: bytes) -> bool:
    with site.session() as session:
        rows = sorted(session.exec(select(ProposedPhoto)), key=lambda row: (row.added_at, row.id))
    return (rows[0].width, rows[0].height) == ((640, 480) if image == GOOD else (800, 600))


def test_a_submitted_link_changes_nothing_any_more_but_a_withdrawal(site: Site, admin: As) -> None:
    ada = submitted(site)
    assert propose(ada, OTHER).json()["code"] == "link_used"
    assert ada("POST", "/self/submit").json()["code"] == "link_used"
    assert ada("POST", "/self/consent", json={"text_version": "1"}).json()["code"] == "link_used"
    assert ada("POST", "/self/decline").json()["step"] == "by_number"
    assert admin("GET", "/submissions").json() == []
    assert admin("GET", "/students/S1").json()["by_number"] is True


def test_a_refusal_is_mailed_with_its_reason_and_a_new_link(site: Site, admin: As) -> None:
    old = submitted(site)
    (waiting,) = admin("GET", "/submissions").json()
    answer = admin("POST", f"/submissions/{waiting['id']}/refuse", json={"reason": "This is a photo of your cat."})
    worker.do(answer.json()["job_id"])
    assert len(site.mails()) == 2
    assert "This is a photo of your cat." in site.mails()[-1].get_content()
    assert old("GET", "/self").status_code == 401  # one link of a purpose is open at a time
    again = site.link()
    assert again("GET", "/self").json()["step"] == "consent"
    assert again("POST", "/self/consent", json={"text_version": "1"}).json()["step"] == "photos"
    assert propose(again, GOOD).status_code == 202  # the same photo may be tried again


def test_opting_out_is_one_step_and_keeps_nothing(site: Site, admin: As) -> None:
    site.invite("S1")
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    propose(ada, GOOD)
    assert ada("POST", "/self/decline").json()["step"] == "by_number"
    with site.session() as session:
        assert session.exec(select(ProposedPhoto)).all() == []
        assert session.get_one(Student, "S1").by_number
    assert propose(ada, OTHER).json()["code"] == "consent_first"
    assert ada("POST", "/self/consent", json={"text_version": "1"}).json()["step"] == "photos"  # a change of mind
    assert admin("GET", "/students/S1").json()["by_number"] is False


def test_withdrawing_after_the_enrolment_deletes_the_template(site: Site, admin: As, deps: Deps) -> None:
    ada = submitted(site)
    (waiting,) = admin("GET", "/submissions").json()
    asked = admin("POST", f"/submissions/{waiting['id']}/approve").json()
    deps.events.hset("keys:template", "S1", b"wrapped")
    with writing(deps.engine) as session:
        record_enrolment(session, deps.events, enrolled(asked["photo_ids"], deps), deps.clock.now())
    assert admin("GET", "/students/S1").json()["enrolment"] == "enrolled"
    assert ada("POST", "/self/decline").json()["step"] == "by_number"
    with site.session() as session:
        assert session.exec(select(Template)).all() == [] and session.exec(select(Photo)).all() == []


def enrolled(photo_ids: list[str], deps: Deps) -> FaceEnrolled:
    sharp = Quality(
        sharpness=90, yaw_deg=0, pitch_deg=0, roll_deg=0, interocular_px=80, brightness=120, eye_openness=1, score=0.9
    )
    return FaceEnrolled(
        event_id=event_id("enrolment", *photo_ids),
        kiosk_id="enrolment",
        captured_at=deps.clock.now(),
        trace_id="t",
        student_id="S1",
        photo_ids=tuple(photo_ids),
        model_id="test-net",
        template=b"sealed",
        quality=sharp,
    )


def test_a_link_ends_by_time_by_a_newer_one_and_when_it_is_revoked(
    site: Site, admin: As, clock: ManualClock, deps: Deps
) -> None:
    site.invite("S1")
    first = site.link()
    (link,) = admin("GET", "/links?purpose=enrol").json()
    resent = admin("POST", f"/links/{link['id']}/resend").json()
    worker.do(resent["job_id"])
    second = site.link()
    assert (first("GET", "/self").status_code, second("GET", "/self").status_code) == (401, 200)
    assert admin("GET", "/links?open_only=true").json()[0]["state"] == "opened"
    assert admin("DELETE", f"/links/{resent['link']['id']}").status_code == 204
    assert second("GET", "/self").status_code == 401
    site.invite("S2")
    grace = site.link()
    assert grace("GET", "/self").status_code == 200
    clock.advance(deps.settings.api.enrol_link_days * 86_400 + 1)
    assert grace("GET", "/self").status_code == 401


def test_a_deletion_leaves_of_a_student_who_is_everywhere_only_the_attendance(
    site: Site, admin: As, deps: Deps, exam_day: int
) -> None:
    ada = submitted(site)
    everywhere(deps, exam_day)
    stays = {"roster_entry", "attempt", "review"}
    of_students = {table.name for table in METADATA.sorted_tables if "student_id" in table.c}
    assert tables_with(site, "S1") == of_students - {"difference", "amendment"} | {"look_alike_pair"}
    held = admin("GET", "/students/S1/held").json()
    assert (held["proposed"], held["links"], held["look_alikes"]) == (1, 1, 1)
    assert admin("DELETE", "/students/S1").status_code == 204
    assert tables_with(site, "S1") == stays
    assert ada("GET", "/self").status_code == 401
    assert admin("GET", "/submissions").json() == []


def everywhere(deps: Deps, sitting_id: int) -> None:
    """Put Ada, who has handed a photo in, into every other table that has a row about one student."""
    now = deps.clock.now()
    with writing(deps.engine) as session:
        link_id = session.exec(select(StudentLink.id)).one() or 0
        session.add_all(
            (
                Photo(id="p", student_id="S1", sealed=b"s", content_type="", width=1, height=1, uploaded_at=now),
                Template(student_id="S1", model_id="n", sealed=b"s", event_id="e", asked_at=now, enrolled_at=now),
                Admission(
                    sitting_id=sitting_id, student_id="S1", model_id="n", sealed=b"s", event_id="e", admitted_at=now
                ),
                Accommodation(student_id="S1", allowance_min=15, set_at=now),
                LookAlikePair(student_a="S1", student_b="S2", similarity=0.7, model_id="n", found_at=now),
                PracticeResult(event_id="e", student_id="S1", at=now, result="weak", code="no_match"),
                PracticeSession(
                    kiosk_id="practice-1",
                    link_id=link_id,
                    student_id="S1",
                    token_hash="h",
                    opened_at=now,
                    expires_at=now,
                ),
            )
        )
        seen = Attempt(
            event_id="e", kind="face_identified", verdict="present", student_id="S1", captured_at=now, recorded_at=now
        )
        session.add(seen)
        session.flush()
        session.add(Evidence(attempt_id=seen.id or 0, student_id="S1", recorded_at=now))
        case: dict[str, Any] = {
            "case_number": 1,
            "hall_id": "A",
            "kiosk_id": "k",
            "track_id": "t",
            "verdict": "ambiguous",
        }
        session.add(Review(**case, student_id="S1", attempt_id=seen.id or 0, opened_at=now))


def tables_with(site: Site, student_id: str) -> set[str]:
    """Return the tables, but the student's own, with a row that names this student."""
    found = set()
    with site.session() as session:
        for table in METADATA.sorted_tables:
            names = [
                column
                for column in table.c
                if column.name == "student_id" or any(key.column.table.name == "student" for key in column.foreign_keys)
            ]
            for column in names:
                if session.connection().execute(select(column).where(column == student_id)).first() is not None:
                    found.add(table.name)
    return found


def test_what_opens_a_link_is_in_no_log(site: Site, admin: As, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ada = submitted(site)
    token = site.token()
    (waiting,) = admin("GET", "/submissions").json()
    admin("POST", f"/submissions/{waiting['id']}/approve")
    assert ada("POST", "/self/submit").json()["code"] == "link_used"
    (link,) = admin("GET", "/links").json()
    admin("DELETE", f"/links/{link['id']}")
    assert ada("GET", "/self").status_code == 401, "refused, and logged as such"
    logged = [str(vars(record)) for record in caplog.records]
    assert logged and not any(token in one for one in logged)


def test_a_mail_whose_student_is_deleted_while_it_is_sent_is_nobodys_any_more(
    site: Site, admin: As, deps: Deps
) -> None:
    admin("POST", "/invitations", json={"student_ids": ["S1"]})
    with deps.writing(Caller()) as work:
        invitations.write_links(work, "job", "enrol", ["S1", "S2"])
        work.session.flush()
        ada, grace = (one.id for one in mail.take(work))
    assert admin("DELETE", "/students/S1").status_code == 204
    with deps.writing(Caller()) as work:
        mail.sent(work, ada)
        mail.not_sent(work, ada, "away", for_good=False)
        mail.sent(work, grace)
    with site.session() as session:
        assert [(row.student_id, row.state) for row in session.exec(select(Mail))] == [("S2", "sent")]


def test_a_whole_sitting_is_invited_without_who_is_done(site: Site, admin: As, exam_day: int) -> None:
    ada = submitted(site)
    found = admin("POST", "/invitations/preview", json={"sitting_id": exam_day}).json()
    assert found == {"invited": ["S2"], "without_email": [], "left_out": 1}
    found = admin("POST", "/invitations/preview", json={"everyone": True}).json()
    assert (found["invited"], found["without_email"]) == (["S2"], ["S3"])
    assert admin("POST", "/invitations/preview", json={}).json()["code"] == "nobody_named"
    assert ada("GET", "/self").status_code == 200


def test_a_job_that_is_run_again_invites_nobody_twice(site: Site, deps: Deps) -> None:
    job_id = site.invite("S1", "S2")["job_id"]
    with writing(deps.engine) as session:
        session.get_one(Job, job_id).state = "running"
    worker.do(job_id)
    assert len(site.mails()) == 2


def test_a_photo_whose_check_was_lost_with_redis_is_handed_over_again(
    site: Site, deps: Deps, clock: ManualClock
) -> None:
    site.invite("S1")
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    propose(ada, GOOD)
    deps.events.flushall()
    clock.advance(timedelta(minutes=3).total_seconds())
    web_app._tidy(deps)
    assert len(deps.events.keys("photo:*")) == 1 and deps.events.llen("rq:queue:enrolment") == 1


def test_photos_that_disagree_are_looked_at_again_when_one_goes(site: Site, deps: Deps) -> None:
    site.invite("S1")
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    propose(ada, GOOD, OTHER)
    site.checked("photos_disagree", "photos_disagree")
    first = ada("GET", "/self").json()["photos"][0]["id"]
    (left,) = ada("DELETE", f"/self/photos/{first}").json()["photos"]
    assert left["state"] == "pending"
    site.checked(None)
    assert ada("GET", "/self").json()["can_submit"]


def test_what_is_no_picture_is_refused_at_once(site: Site) -> None:
    site.invite("S1")
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    assert propose(ada, b"MZ junk").status_code in (415, 422)
    assert propose(ada, *[tiny_jpeg(640 + n, 480) for n in range(6)]).json()["code"] == "too_many_photos"


def test_an_invigilator_invites_and_approves_nobody(site: Site, invigilator: As) -> None:
    submitted(site)
    assert invigilator("POST", "/submissions/1/approve").status_code == 403
    assert invigilator("GET", "/submissions").status_code == 403
    assert invigilator("POST", "/invitations", json={"everyone": True}).status_code == 403


def test_photos_that_were_never_handed_in_go_when_their_link_ends(site: Site, deps: Deps, clock: ManualClock) -> None:
    site.invite("S1")
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    propose(ada, GOOD)
    clock.advance(deps.settings.api.enrol_link_days * 86_400 + 1)
    web_app._tidy(deps)
    with site.session() as session:
        assert session.exec(select(ProposedPhoto)).all() == []


def test_who_is_named_is_asked_anew_although_enrolled_already(site: Site, admin: As) -> None:
    submitted(site)
    named = {"student_ids": ["S1"], "only_missing": False}
    assert admin("POST", "/invitations/preview", json=named).json()["invited"] == ["S1"]
    unknown = admin("POST", "/invitations/preview", json={"student_ids": ["S1", "S99"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_student")


def test_a_link_opens_its_own_page_and_nothing_else(site: Site, app: FastAPI) -> None:
    site.invite("S1")
    ada = site.link()
    wrong = []
    for route in (route for route in app.routes if isinstance(route, APIRoute) and route.path.startswith("/api/v1/")):
        rule = RULES[route.name]
        path = re.sub(r"\{\w+\}", "1", route.path).removeprefix("/api/v1")
        for method in (route.methods or ()) if not rule.public and route.name != "decline_recognition" else ():
            status = ada(method, path, json={}).status_code
            let_in = rule.link in ("any", "enrol")
            wrong += [f"{method} {path}: {status}"] if (status == 403) == let_in else []
    assert wrong == []


def test_what_a_link_does_is_audited_by_its_number_and_names_nobody(site: Site, admin: As) -> None:
    submitted(site)
    (waiting,) = admin("GET", "/submissions").json()
    admin("POST", f"/submissions/{waiting['id']}/refuse", json={"reason": "Ada, this is not you."})
    with site.session() as session:
        entries = session.exec(select(AuditEntry)).all()
    by_link = {entry.action for entry in entries if entry.actor.startswith("link:")}
    assert {"consent.give", "submission.submit"} <= by_link
    told = str([(entry.subject, entry.before, entry.after) for entry in entries])
    assert not any(secret in told for secret in ("Ada", "Lovelace", "ada@example.org", "nl_"))
