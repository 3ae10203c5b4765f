"""Numbers open the rows behind them, and times are the hall's."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from services.api.db.tables import PracticeResult
from services.api.office import exams, halls, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

CAST = {"S1": "Ada Lovelace", "S2": "Grace Hopper", "S3": "Eve Adebayo"}


@pytest.fixture(scope="module")
def sitting(office: OfficeSite) -> int:
    """An exam at seven in the morning in Kuala Lumpur, which in UTC is on the day before; Ada has a seat."""
    with office.work() as work:
        day = (work.now + timedelta(days=3)).date()
        starts_at = datetime(day.year, day.month, day.day, 23, 0, tzinfo=UTC)
        halls.create(work, HallCreate(id="A", name="Hall A", time_zone="Asia/Kuala_Lumpur", rows=2, columns=3))
        for number, name in CAST.items():
            students.create(work, StudentCreate(id=number, name=name))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        made = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A"], **times))
        rows = [RosterRow(student_id="S1", hall="A", table="A-1", row=1, col=1)]
        rows += [RosterRow(student_id=number, hall="A") for number in ("S2", "S3")]
        rosters.patch(work, made.id, RosterPut(rows=rows))
        for number, result, code in (("S1", "good", "match"), ("S3", "weak", "no_match")):
            work.session.add(
                PracticeResult(event_id=f"practice-{number}", student_id=number, result=result, code=code, at=work.now)
            )
    return made.id


def test_the_seats_page_opens_who_has_a_seat_and_who_has_none(open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", f"/office/sittings/{sitting}/seats?hall=A")
    page.get_by_role("button", name="1 Have a seat").click()
    page.get_by_role("dialog").get_by_role("row", name="A-1 S1 Ada Lovelace MATH-201").wait_for()
    shot(page, "seats-who")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="2 Have no seat yet").click()
    page.get_by_role("dialog").get_by_role("cell", name="Grace Hopper").wait_for()


def test_a_count_of_students_leads_to_its_roster(office: OfficeSite, open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", "/office/rosters")
    page.get_by_role("link", name="3", exact=True).click()
    page.wait_for_url(f"**/office/rosters/{sitting}")
    with office.work("auditor") as work:
        starts_at = sittings.get(work, sitting).starts_at
    page = open_as("auditor", f"/office/readiness?week={starts_at + timedelta(hours=8):%Y-%m-%d}")
    page.get_by_role("link", name="Students: 3").click()
    page.wait_for_url(f"**/office/rosters/{sitting}")


def test_who_practised_well_is_listed_behind_the_number(open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", "/office/approvals")
    page.get_by_role("tab", name="Practice").click()
    page.get_by_role("button", name="1 ● Recognised at once").click()
    page.get_by_role("dialog").get_by_role("cell", name="Ada Lovelace · S1").wait_for()
    shot(page, "practised-good")


def test_times_are_the_halls(office: OfficeSite, open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", f"/office/students?sitting={sitting}")
    expect(page.get_by_text("Only students on the roster of MATH-201", exact=False)).to_contain_text("07:00")
    page = open_as("auditor", "/office/audit")
    page.get_by_role("columnheader", name="When (Asia/Kuala_Lumpur)").wait_for()
    page.get_by_label("From (Asia/Kuala_Lumpur)").wait_for()
    entry = open_as("auditor", "/office/audit/1")
    expect(entry.get_by_text("(Asia/Kuala_Lumpur)", exact=False)).to_contain_text("UTC")
    page = open_as("admin", "/office/approvals")
    page.get_by_role("tab", name="Invitations").click()
    page.get_by_role("combobox", name="Whom").click()
    page.get_by_role("option", name="MATH-201 · Analysis II", exact=False).filter(has_text="07:00").wait_for()
