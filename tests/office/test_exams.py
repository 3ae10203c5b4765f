"""An admin sets an exam up on the pages: exam, sitting, seats, invigilator; delays it, and moves it to another hall."""

import re

import pytest
from playwright.sync_api import Page, expect

from services.api.db.tables import Kiosk, User
from services.api.office import accommodations, halls, rosters, students
from services.api.office.accommodations import AccommodationSet
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.students import StudentCreate
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

CAST = {
    "S1": "Ada Lovelace",
    "S2": "Grace Hopper",
    "S3": "محمد علي",
    "S4": "Nguyễn Thị Minh Khai",
    "S5": "李小龙",
    "S6": "Wilhelmina Anastasia van der Kerkhof",
}


@pytest.fixture(scope="module")
def with_halls(office: OfficeSite) -> OfficeSite:
    """Hall A with three rows of five seats and a door, hall C with two of four; six students."""
    with office.work() as work:
        halls.create(
            work, HallCreate(id="A", name="Hall A", rows=3, columns=5, blocked=[(2, 2)], time_zone="Asia/Tokyo")
        )
        halls.create(work, HallCreate(id="C", name="Hall C", rows=2, columns=4, time_zone="Asia/Tokyo"))
        work.session.add(Kiosk(id="A__door1", hall_id="A"))
        for student_id, name in CAST.items():
            students.create(work, StudentCreate(id=student_id, name=name))
        accommodations.put(work, "S6", 0, AccommodationSet(seat_need="aisle"))
        work.session.add(
            User(username="watson", display_name="Dr Watson", password_hash="", role="invigilator", created_at=work.now)
        )
    return office


def test_an_exam_is_set_up_delayed_and_moved(with_halls: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/exams")
    make_exam(page)
    sitting_id = int(page.url.rsplit("/", 1)[1])
    expect(page.get_by_text("Nobody is on the roster")).to_be_visible()
    expect(page.locator(".nero-menu-item[aria-current]")).to_have_text([re.compile("Exams$")])
    with with_halls.work() as work:
        rows = [RosterRow(student_id=student_id, hall="A") for student_id in CAST]
        rosters.replace(work, sitting_id, RosterPut(rows=rows))
    page.reload()
    expect(page.get_by_text("Students without enrolment: 6")).to_be_visible()
    expect(page.get_by_text("Students without a seat in hall A: 6")).to_be_visible()
    shot(page, "sitting-missing")
    assign_watson(page)
    seat_everybody(page, sitting_id)
    swap_by_hand(page)
    delay_and_move(page, sitting_id)
    with with_halls.looking() as session:
        found = session.get_one(Kiosk, "A__door1")
        assert found.hall_id == "A"
    week = open_as("auditor", "/office/readiness?week=2026-11-30")
    expect(week.get_by_text("No kiosk in hall C")).to_be_visible()
    expect(week.get_by_text("0 of 1 sittings are ready")).to_be_visible()
    shot(week, "readiness")
    expect(week.get_by_role("button", name="Save")).to_have_count(0)


def make_exam(page: Page) -> None:
    page.get_by_text("There is no exam yet").wait_for()
    page.get_by_role("button", name="New exam").click()
    page.get_by_label("Code", exact=True).fill("MATH-201")
    page.get_by_label("Subject", exact=True).fill("Analysis II")
    page.get_by_role("button", name="Make the exam").click()
    page.get_by_role("button", name="New sitting").click()
    page.get_by_label("Day", exact=True).fill("2026-12-01")
    page.get_by_label("Start", exact=True).fill("09:00")
    page.get_by_label("End", exact=True).fill("11:00")
    shot(page, "sitting-new")
    page.get_by_role("button", name="Make the sitting").click()
    page.wait_for_url("**/office/sittings/*")
    expect(page.get_by_text("Tue 1 Dec 2026, 09:00–11:00 (Asia/Tokyo)")).to_be_visible()


def assign_watson(page: Page) -> None:
    page.get_by_role("button", name="Assign an invigilator").click()
    page.get_by_label("Invigilator", exact=True).fill("Watson")
    page.get_by_role("option", name="Dr Watson").click()
    page.get_by_role("button", name="Assign", exact=True).click()
    page.get_by_role("button", name="Take off: Dr Watson").wait_for()
    expect(page.get_by_text("No invigilator for hall A")).to_have_count(0)


def seat_everybody(page: Page, sitting_id: int) -> None:
    page.get_by_role("link", name="Students without a seat in hall A: 6").click()
    page.wait_for_url(f"**/office/sittings/{sitting_id}/seats?hall=A")
    page.get_by_text("Without a seat: 6").wait_for()
    page.get_by_role("combobox", name="Give seats out").click()
    page.get_by_role("option", name="Apart: nobody beside their own exam").click()
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("6 would get another seat, 0 would stay").wait_for()
    expect(page.get_by_text("Everybody has a seat, and every need is met")).to_be_visible()
    shot(page, "seats-preview")
    page.get_by_role("button", name="Drop it").click()
    page.get_by_text("Without a seat: 6").wait_for()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("6 seats were set").wait_for()
    page.locator('.nero-seats-box[data-editable="true"]').wait_for()
    expect(page.get_by_role("button", name="A-1, Wilhelmina")).to_be_visible()


def swap_by_hand(page: Page) -> None:
    """Dragged, and by keyboard: Ada goes to B-3, then changes places with Grace."""
    page.get_by_role("button", name=", Ada Lovelace, S1").drag_to(page.get_by_role("button", name="B-3, free"))
    page.get_by_role("button", name="B-3, Ada Lovelace, S1").wait_for()
    grace = page.get_by_role("button", name=", Grace Hopper, S2")
    seat = str(grace.get_attribute("aria-label")).split(",")[0]
    grace.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Grace Hopper is taken").wait_for()
    page.get_by_role("button", name="B-3, Ada Lovelace, S1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="B-3, Grace Hopper, S2").wait_for()
    page.get_by_role("button", name=f"{seat}, Ada Lovelace, S1").wait_for()
    shot(page, "seats")


def delay_and_move(page: Page, sitting_id: int) -> None:
    page.goto(f"{page.url.split('/office')[0]}/office/sittings/{sitting_id}")
    page.get_by_role("button", name="Put it off").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Minutes").fill("20")
    dialog.get_by_label("Reason").fill("The papers are not here")
    dialog.get_by_role("button", name="Put it off").click()
    page.get_by_text("Tue 1 Dec 2026, 09:20–11:20").wait_for()
    page.get_by_role("button", name="Move to another hall").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("To", exact=True)).to_have_value("C · Hall C")
    dialog.get_by_label("Reason").fill("No power")
    shot(page, "sitting-move")
    dialog.get_by_role("button", name="Move everybody").click()
    page.wait_for_url(f"**/office/sittings/{sitting_id}/seats?hall=C")
    page.get_by_role("button", name="Have a seat").wait_for()
    shot(page, "seats-moved")
    page.goto(f"{page.url.split('/office')[0]}/office/sittings/{sitting_id}")
    page.get_by_text("No kiosk in hall C").wait_for()
