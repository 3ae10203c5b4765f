"""Self-enrolment in real browsers: an admin invites, students answer on their phones, an admin approves; then practice."""

import email
import email.policy
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlmodel import select

from services.api.db.tables import PracticeSession, Student, Template
from services.api.office import jobs, links, mail, students
from services.launcher.embedded_redis import EmbeddedRedis
from shared.clock import SystemClock
from shared.connections import connect
from shared.events import PracticeEnded, Prompt
from shared.kiosk_channel import KioskChannel
from tests.broker import wait_until
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite, open_site

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
ADA = "Debbie_Reynolds"
"""Whose photos Ada's are."""
OPENED: set[str] = set()
"""The links that were opened already."""


@pytest.fixture(scope="module")
def office(
    office_redis: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory, materials: Path
) -> Iterator[OfficeSite]:
    """The office with ingest, the job worker and the real enrolment worker; Ada and Grace have addresses."""
    folder = tmp_path_factory.mktemp("self-enrolment")
    site = open_site(folder, office_redis.url, "web", "ingest", "office")
    env = {**site.env, "NERO_MODELS_MIRROR": str(materials / "models"), "NERO_MODELS_DIR": str(folder / "models")}
    env |= {"NERO_METRICS_PORT": "0"}
    command = [sys.executable, "-m", "services.recognizer", "enrolment"]
    worker = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with site.work() as work:
        for number, name in (("S1", "Ada Lovelace"), ("S2", "Grace Hopper")):
            address = f"{name.split()[0].lower()}@example.org"
            students.create(work, students.StudentCreate(id=number, name=name, email=address))
    yield site
    site.close()
    worker.terminate()
    worker.wait(20)


def link_to(office: OfficeSite, name: str, page: str = "enrol") -> str:
    """Return the link to a page of theirs that somebody was mailed and did not open yet, once the mail is out."""
    found: set[str] = set()

    def came() -> bool:
        for path in (office.settings.data_dir / "outbox").glob("*.eml"):
            read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            text = read.get_content() if read["To"] == f"{name}@example.org" else ""
            found.update(set(re.findall(rf"(/{page}#token=\S+)", text)) - OPENED)
        return bool(found)

    wait_until(came, f"a mail to {name}")
    (link,) = found
    OPENED.add(link)
    return link


def invite(page: Page, numbers: str, purpose: str) -> None:
    """Invite students on the page, and ask for their mails."""
    page.get_by_role("tab", name="Invitations").click()
    page.get_by_role("radio", name=purpose).click()
    page.get_by_label("Whom").click()
    page.get_by_role("option", name="These student numbers…").click()
    page.get_by_label("Student numbers, with spaces").fill(numbers)
    page.get_by_role("button", name="Who would get a mail?").click()
    page.get_by_role("button", name=re.compile(r"Send \d mail")).click()


def accessible(page: Page) -> None:
    """Fail on what WCAG AA forbids."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_ada_enrols_from_her_phone_and_an_admin_approves(
    office: OfficeSite, open_as: OpenAs, materials: Path, tmp_path: Path
) -> None:
    admin = open_as("admin", "/office/approvals")
    admin.get_by_text("Nothing is waiting.").wait_for()
    invite(admin, "S1, S2", "Enrol themselves")
    admin.get_by_text("○ not opened yet").first.wait_for(timeout=60_000)
    shot(admin, "approvals-invitations")

    phone = open_as(None, link_to(office, "ada"), **PHONE)
    phone.get_by_text("Ada Lovelace").wait_for()
    assert "#" not in phone.url  # the token stands nowhere any more
    shot(phone, "self-enrolment-consent")
    accessible(phone)
    phone.get_by_role("button", name="I agree: by camera").click()
    phone.get_by_role("heading", name="Take a photo of your face").wait_for()
    empty = tmp_path / "wall.jpg"
    cv2.imwrite(str(empty), np.full((480, 640, 3), 200, np.uint8))
    phone.locator("#file").set_input_files(empty)
    phone.get_by_text("No face was found.").wait_for(timeout=90_000)
    expect(phone.get_by_role("button", name="Hand in")).to_be_disabled()
    shot(phone, "self-enrolment-refused")
    phone.get_by_role("button", name="Remove photo 1").click()
    phone.get_by_role("button", name="Open the camera").click()
    phone.get_by_role("button", name="Take the picture").click()  # of Chromium's test picture
    phone.get_by_text(re.compile("✗")).wait_for(timeout=60_000)
    phone.get_by_role("button", name="Remove photo 1").click()
    phone.locator("#file").set_input_files(next((materials / "faces" / "lfw").rglob(f"{ADA}_0001.jpg")))
    phone.get_by_text("Good enough").wait_for(timeout=60_000)
    shot(phone, "self-enrolment-good")
    accessible(phone)
    phone.get_by_role("button", name="Hand in").click()
    phone.get_by_role("heading", name="Handed in. Thank you.").wait_for()
    shot(phone, "self-enrolment-done")

    admin.reload()
    admin.get_by_role("heading", name="Ada Lovelace").wait_for()
    expect(admin.get_by_alt_text("Photo 1 sent by Ada Lovelace")).to_have_js_property("complete", value=True)
    shot(admin, "approvals-waiting")
    admin.get_by_role("button", name="Approve and enrol").click()
    admin.get_by_text("Nothing is waiting.").wait_for()
    wait_until(lambda: enrolled(office, "S1"), "Ada's template")


def enrolled(office: OfficeSite, student_id: str) -> bool:
    with office.looking() as session:
        return session.exec(select(Template).where(Template.student_id == student_id)).first() is not None


def test_grace_opts_out_with_one_tap_in_malay(office: OfficeSite, open_as: OpenAs) -> None:
    phone = open_as(None, link_to(office, "grace"), locale="ms-MY", color_scheme="dark", **PHONE)
    phone.get_by_text("Grace Hopper").wait_for()
    phone.get_by_role("button", name="Tidak: dengan nombor pelajar").click()
    phone.get_by_role("heading", name="Anda mendaftar masuk dengan nombor pelajar.").wait_for()
    shot(phone, "self-enrolment-opted-out-dark")
    with office.looking() as session:
        assert session.get(Student, "S2").by_number


def test_a_link_that_was_replaced_says_so_and_names_nobody(office: OfficeSite, open_as: OpenAs) -> None:
    phone = open_as(None, "/enrol#token=nl_guessed", **PHONE)
    phone.get_by_text("This link has ended or was replaced").wait_for()
    expect(phone.locator("#who")).to_be_hidden()
    shot(phone, "self-enrolment-over")


def test_ada_practises_and_is_told_in_words_how_it_went(office: OfficeSite, open_as: OpenAs) -> None:
    admin = open_as("admin", "/office/approvals")
    invite(admin, "S1", "Practise the check-in")
    phone = open_as(None, link_to(office, "ada", "practice"), **PHONE)
    phone.get_by_role("button", name="Begin").click()
    phone.get_by_text("The camera is being connected…").wait_for()
    with office.looking() as session:
        kiosk_id = session.exec(select(PracticeSession)).one().kiosk_id
    channel = KioskChannel(connect(office.settings.redis_url, "test"), kiosk_id)
    channel.prompt(Prompt(**about(kiosk_id), code="do", action="turn_left", done=1, total=2))
    phone.get_by_text("Turn your head").wait_for()
    shot(phone, "practice-asking")
    accessible(phone)
    channel.practice(PracticeEnded(**about(kiosk_id), track_id="t-1", result="weak", code="no_match"))
    phone.get_by_role("heading", name="Your photo needs to be renewed.").wait_for()
    shot(phone, "practice-weak")

    def over() -> bool:
        with office.looking() as session:
            return session.exec(select(PracticeSession)).one().ended_at is not None

    wait_until(over, "the kiosk is free again")


def test_ada_takes_her_consent_back_by_a_new_link(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        links.make(work, students.get(work, "S1"), "enrol")
        mail.ask_to_send(work)  # what hands it over is the web's sweep of each minute
    with office.work() as work:
        for job in jobs.find(work, mail.KIND):
            jobs.hand_over(work, job.id)
    phone = open_as(None, link_to(office, "ada"), **PHONE)
    phone.get_by_text("You are enrolled already.").wait_for()
    phone.get_by_role("button", name="No: by student number").click()
    phone.get_by_role("heading", name="Take your consent back?").wait_for()
    shot(phone, "self-enrolment-withdraw")
    phone.get_by_role("button", name="Delete them, check in by number").click()
    phone.get_by_role("heading", name="You check in by student number.").wait_for()
    assert not enrolled(office, "S1")


def about(kiosk_id: str) -> dict[str, Any]:
    return {"event_id": "e", "kiosk_id": kiosk_id, "captured_at": SystemClock().now(), "trace_id": "t"}
