"""The list of rosters in Chromium."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from services.api.office import exams, halls, sittings
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.sitting_shapes import SittingCreate
from tests.office.conftest import OpenAs
from tests.office.site import OfficeSite


def test_days_are_sorted_as_they_come_and_not_as_they_are_written(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        halls.create(work, HallCreate(id="A"))
        monday = datetime(work.now.year, work.now.month, work.now.day, 9, tzinfo=UTC) + timedelta(days=28)
        monday -= timedelta(days=monday.weekday())
        for code, start in (("LATER", monday + timedelta(days=7)), ("SOONER", monday + timedelta(days=1))):
            exam = exams.create(work, ExamCreate(code=code, subject="Optics"))
            end = start + timedelta(hours=2)
            sittings.create(work, SittingCreate(exam_id=exam.id, starts_at=start, ends_at=end, halls=["A"]))
    page = open_as("admin", "/office/rosters")
    page.get_by_role("columnheader", name="Day").click()
    expect(page.get_by_role("cell").filter(has_text="Optics")).to_have_text(["SOONER · Optics", "LATER · Optics"])
    page.get_by_role("columnheader", name="Day").click()
    expect(page.get_by_role("cell").filter(has_text="Optics")).to_have_text(["LATER · Optics", "SOONER · Optics"])
