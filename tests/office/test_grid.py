"""The master grid in a real browser: edited like a spreadsheet, refused cell by cell, saved at once."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from services.api.office import exams, halls, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

PATIENCE_MS = 30_000
KEYS = {"S1": "e1", "S2": "e2", "S3": "s:S3"}
"""Of the rows, on a database that is this module's own."""


@pytest.fixture(scope="module")
def sitting(office: OfficeSite) -> int:
    """Ada sits in hall A, Grace in hall B, Mallory at no sitting; check-in is open."""
    with office.work() as work:
        for hall in ("A", "B"):
            halls.create(work, HallCreate(id=hall, name=f"Hall {hall}"))
        for number, name in (("S1", "Ada Lovelace"), ("S2", "Grace Hopper"), ("S3", "Mallory")):
            students.create(work, StudentCreate(id=number, name=name))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        starts_at = work.now.replace(microsecond=0) + timedelta(minutes=10)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        made = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A", "B"], **times))
        ada, grace = (
            RosterRow(student_id="S1", hall="A", table="C-14"),
            RosterRow(student_id="S2", hall="B", table="B-1"),
        )
        rosters.patch(work, made.id, RosterPut(rows=[ada, grace]))
        return made.id


def test_an_admin_corrects_a_roster_in_the_grid(office: OfficeSite, open_as: OpenAs, sitting: int) -> None:
    page = open_as("admin", "/office/attendance")
    page.set_default_timeout(PATIENCE_MS)
    expect(_total(page, "students")).to_have_text("3", timeout=PATIENCE_MS)
    expect(_cell(page, "S3", "status")).to_have_text("")
    _type(_cell(page, "S1", "table"), "C-15")
    _type(_cell(page, "S2", "hall"), "Z")
    page.get_by_role("button", name="Save 2").click()
    page.get_by_text("This sitting is not in hall Z, but in A, B.").wait_for()
    expect(_cell(page, "S2", "hall")).to_have_class(_with("nero-bad"))
    expect(_cell(page, "S1", "table")).to_have_class(_with("nero-edited"))
    shot(page, "attendance-bad-cell")

    _type(_cell(page, "S2", "hall"), "A")
    page.get_by_role("button", name="Add row").click()
    new = page.locator(".ag-floating-top .ag-row")
    for column, text in (("student_id", "S4"), ("name", "Eve"), ("exam", "MATH-201"), ("hall", "B"), ("table", "B-2")):
        _type(new.locator(f'.ag-cell[col-id="{column}"]').first, text)
    page.get_by_role("button", name="Save 3").click()
    page.get_by_text("Saved: 2 rows edited, 1 added, 0 removed.").wait_for()
    expect(_total(page, "students")).to_have_text("4", timeout=PATIENCE_MS)
    assert _places(office, sitting) == {"S1": "A C-15", "S2": "A B-1", "S4": "B B-2"}

    _type(_cell(page, "S1", "table"), "C-16")
    changed = RosterPut(rows=[RosterRow(student_id="S1", hall="A", table="C-1")])
    with office.work("super_admin") as work:
        rosters.patch(work, sitting, changed)
    page.get_by_role("button", name="Save 1").click()
    page.get_by_text("It now says “C-1”.").wait_for()
    shot(page, "attendance-conflict")
    page.get_by_role("button", name="Take theirs").click()
    expect(_cell(page, "S1", "table")).to_have_text("C-1", timeout=PATIENCE_MS)
    assert _places(office, sitting)["S1"] == "A C-1"

    page.locator(f'.ag-row[row-id="{KEYS["S2"]}"]').get_by_role("checkbox").check()
    page.get_by_role("button", name="Mark ticked…").click()
    page.get_by_label("Reason (kept in the record)").fill("the camera was away")
    page.get_by_role("button", name="Mark them").click()
    expect(_total(page, "present")).to_have_text("1", timeout=PATIENCE_MS)
    expect(_cell(page, "S2", "status")).to_have_text("● present", timeout=PATIENCE_MS)
    page.locator("[data-total=present]").click()
    expect(_total(page, "students")).to_have_text("1", timeout=PATIENCE_MS)
    expect(_cell(page, "S1", "name")).to_have_count(0, timeout=PATIENCE_MS)
    shot(page, "attendance")


def test_edits_are_discarded_only_when_one_is_sure(open_as: OpenAs, sitting: int) -> None:
    page = open_as("admin", "/office/attendance")
    page.set_default_timeout(PATIENCE_MS)
    before = _cell(page, "S1", "table").inner_text()
    _type(_cell(page, "S1", "table"), "C-77")
    page.get_by_role("button", name="Discard").click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Edits that are not saved go for good (1): S1.")
    shot(page, "attendance-discard")
    asked.get_by_role("button", name="Keep editing").click()
    expect(_cell(page, "S1", "table")).to_have_text("C-77")
    page.get_by_role("button", name="Discard").click()
    asked.get_by_role("button", name="Discard the edits").click()
    expect(_cell(page, "S1", "table")).to_have_text(before)
    expect(page.get_by_role("button", name="Discard")).to_be_disabled()


def test_an_auditor_reads_the_grid_and_can_change_nothing(open_as: OpenAs, sitting: int) -> None:
    page = open_as("auditor", "/office/attendance?exam=MATH-201", color_scheme="dark")
    page.set_default_timeout(PATIENCE_MS)
    _cell(page, "S1", "name").dblclick()
    expect(page.locator(".nero-cell-input")).to_have_count(0)
    expect(_cell(page, "S3", "name")).to_have_count(0)
    assert page.get_by_role("button", name="Save").count() == 0
    assert page.get_by_role("button", name="CSV").count() == 1
    shot(page, "attendance-auditor-dark")


def _total(page: Page, name: str) -> Locator:
    return page.locator(f"[data-total={name}] b")


def _cell(page: Page, student: str, column: str) -> Locator:
    return page.locator(f'.ag-row[row-id="{KEYS[student]}"] .ag-cell[col-id="{column}"]')


def _type(cell: Locator, text: str) -> None:
    cell.dblclick()
    typed = cell.page.locator(".nero-cell-input")
    typed.fill(text)
    typed.press("Enter")
    expect(typed).to_have_count(0)


def _places(office: OfficeSite, sitting: int) -> dict[str, str]:
    with office.client("admin") as client:
        rows = client.get(f"/sittings/{sitting}/roster").json()
    return {row["student_id"]: f"{row['hall']} {row['table']}" for row in rows}


def _with(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{name}\b")
