"""The end of an exam in the browser: counted, a difference signed for, sealed, fetched, proved, amended; its report."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from services.api import audit
from services.api.auth import users
from services.api.db.tables import Assignment, Attempt, Kiosk, Review, Seal
from services.api.office import decisions, exams, halls, rosters, sittings, students
from services.api.office.decisions import Marking
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from services.api.office.work import Work
from services.api.printed_heads import head_in
from shared.clock import SystemClock
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

CAST = {"S1": "Ada Lovelace", "S2": "Grace Hopper", "S3": "Eve Adebayo"}


@pytest.fixture(scope="module")
def sitting(office: OfficeSite) -> int:
    """An exam that just ended in hall A: Ada and Grace came, Eve did not. Ingrid watched over it."""
    audit.anchor_at(office.engine, office.settings.audit_head)
    now = SystemClock().now()
    with office.work() as work:
        halls.create(work, HallCreate(id="A", name="Hall A", time_zone="Asia/Kuala_Lumpur"))
        for number, name in CAST.items():
            students.create(work, StudentCreate(id=number, name=name))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        times = {"starts_at": now - timedelta(hours=2), "ends_at": now - timedelta(minutes=1)}
        made = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A"], **times))
        rows = [RosterRow(student_id=number, hall="A", table=f"A-{number[1:]}") for number in CAST]
        rosters.patch(work, made.id, RosterPut(rows=rows))
        ingrid = users.find(work.session, "invigilator")
        assert ingrid is not None
        work.session.add(Assignment(user_id=ingrid.id or 0, sitting_id=made.id))
    with office.work("invigilator") as work:
        for number in ("S1", "S2"):
            marking = Marking(status="in", at=now - timedelta(hours=2, minutes=5))
            decisions.mark_student(work, made.id, number, marking)
        _a_settled_case(work, made.id)
    return made.id


def test_an_exam_is_shown_on_the_page_as_a_sitting_is(open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", "/office/reports?about=exam")
    page.get_by_role("combobox", name="Exam").fill("MATH")
    page.get_by_role("option", name="MATH-201 · Analysis II").click()
    page.get_by_role("heading", name="Arrivals by minutes from the opening of check-in", exact=False).wait_for()
    page.locator(".nero-chart canvas, .nero-chart svg").first.wait_for()
    shot(page, "report-exam")
    page.get_by_role("button", name="● Present").click()
    page.get_by_role("dialog").get_by_role("cell", name="Grace Hopper").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Attendance").click()
    everybody = page.get_by_role("dialog")
    everybody.get_by_role("row", name="Eve Adebayo absent").wait_for()
    expect(everybody.get_by_role("row")).to_have_count(4)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Report of", exact=False).first.click()
    page.get_by_role("heading", name="Arrivals per minute").wait_for()


def test_an_exam_is_counted_sealed_fetched_proved_and_amended(
    office: OfficeSite, open_as: OpenAs, sitting: int, tmp_path: Path
) -> None:
    page = open_as("invigilator", f"/office/sittings/{sitting}/close?hall=A")
    page.get_by_text("The roster says: 2 in the hall, and 2 scripts to collect.", exact=False).wait_for()
    shot(page, "closing-to-do")
    _count(page, heads=2, scripts=1)
    page.get_by_text("Scripts collected: 1 fewer than the roster says.").wait_for()
    page.get_by_label("Reason").fill("Grace fell ill and took hers along")
    shot(page, "closing-differs")
    page.get_by_role("button", name="Sign for it").dblclick()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("hers was in the pile")
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    page.get_by_role("cell", name="settled", exact=True).wait_for()
    page.get_by_label("Reason").fill("Grace fell ill and took hers along")
    page.get_by_role("button", name="Sign for it").dblclick()
    page.get_by_text("Everything is counted and settled.").wait_for()
    page.get_by_role("button", name="Seal the final roster").click()
    page.get_by_role("alertdialog").get_by_text(
        "The 3 lines of hall A can't be changed any more", exact=False
    ).wait_for()
    shot(page, "closing-sure")
    page.get_by_role("alertdialog").get_by_role("button", name="Seal the final roster").click()
    page.get_by_role("heading", name="Final roster, sealed").wait_for()
    shot(page, "closing-sealed")

    sealed = _fetch(page, "Fetch the sealed PDF", tmp_path / "sealed.pdf")
    with office.looking() as session:
        seal = session.exec(select(Seal)).one()
    assert hashlib.sha256(sealed).hexdigest() == seal.pdf_sha256
    assert head_in(sealed).head == (seal.audit_seq, seal.audit_head)
    assert b"S1" in _fetch(page, "Fetch the sealed CSV", tmp_path / "sealed.csv")

    _an_auditor_proves(open_as, sitting)
    _an_admin_amends(open_as, sitting, tmp_path)


def test_a_sitting_is_reported_with_its_cases_and_a_term_by_a_job(
    office: OfficeSite, open_as: OpenAs, sitting: int
) -> None:
    page = open_as("auditor", f"/office/reports?about=sitting&id={sitting}")
    page.get_by_role("heading", name="Arrivals per minute").wait_for()
    page.locator(".nero-chart canvas, .nero-chart svg").first.wait_for()
    shot(page, "report-sitting")
    page.get_by_role("link", name="The cases behind it").click()
    page.get_by_role("link", name="7", exact=True).wait_for()
    shot(page, "reviews")
    page.get_by_role("link", name="7", exact=True).click()
    page.get_by_text("nobody we know: like nobody enrolled").wait_for()
    page.get_by_text("The picture is deleted, or there never was one.").wait_for()
    shot(page, "review-one")

    office.start("office")
    page = open_as("admin", "/office/reports?about=term")
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("link", name="Fetch report-term", exact=False).first.wait_for(timeout=60_000)
    shot(page, "report-term")


def _a_settled_case(work: Work, sitting_id: int) -> None:
    work.session.add(Kiosk(id="A__door1", hall_id="A"))
    seen = work.now - timedelta(hours=2)
    at_door: dict[str, Any] = {"kiosk_id": "A__door1", "track_id": "t", "sitting_id": sitting_id, "verdict": "unknown"}
    attempt = Attempt(
        event_id="who",
        kind="face_identified",
        door_hall_id="A",
        captured_at=seen,
        recorded_at=seen,
        finding="no_match",
        **at_door,
    )
    work.session.add(attempt)
    work.session.flush()
    settled: dict[str, Any] = {"state": "settled", "settled_as": "dismiss", "settled_by": work.by.actor}
    work.session.add(
        Review(
            case_number=7,
            hall_id="A",
            detail="no_match",
            attempt_id=attempt.id or 0,
            opened_at=seen,
            settled_at=seen + timedelta(seconds=50),
            **at_door,
            **settled,
        )
    )


def _count(page: Page, heads: int, scripts: int) -> None:
    page.get_by_label("Head count").fill(str(heads))
    page.get_by_label("Scripts collected").fill(str(scripts))
    page.get_by_role("button", name="Save the counts").click()


def _an_auditor_proves(open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", f"/office/audit?sitting_id={sitting}")
    page.get_by_text("sitting.seal").wait_for()
    page.get_by_role("button", name="Prove the chain").click()
    page.get_by_text("The chain holds", exact=False).wait_for()
    page.get_by_text(f"the anchor file, the sealed report of sitting {sitting}, Hall A", exact=False).wait_for()
    shot(page, "audit-proved")
    closed = open_as("auditor", f"/office/sittings/{sitting}/close?hall=A")
    closed.get_by_role("heading", name="Final roster, sealed").wait_for()
    expect(closed.get_by_role("button", name="Amend the record")).to_have_count(0)


def _an_admin_amends(open_as: OpenAs, sitting: int, fetched: Path) -> None:
    page = open_as("admin", f"/office/sittings/{sitting}/close?hall=A")
    page.get_by_role("combobox", name="Student").fill("Eve")
    page.get_by_role("option", name="S3 Eve Adebayo").click()
    page.get_by_label("Reason").fill("sat at A-7, seen on paper")
    page.get_by_role("button", name="Amend the record").click()
    page.get_by_role("cell", name="sat at A-7, seen on paper").wait_for()
    shot(page, "closing-amended")
    assert _fetch(page, "Fetch the amended report, PDF", fetched / "amended.pdf").startswith(b"%PDF")


def _fetch(page: Page, link: str, into: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    download.value.save_as(into)
    return into.read_bytes()
