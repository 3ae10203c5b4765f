"""An admin imports a timetable from a file, is told of a wrong line, mends it, and has the roster."""

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from services.api.db.engine import writing
from services.api.db.tables import Photo
from services.api.office import halls
from services.api.office.halls import HallCreate
from services.launcher.embedded_redis import EmbeddedRedis
from shared.clock import SystemClock
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.serving import until
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite, open_site

HEADER = "exam_code,subject,date,start,end,hall,table,student_id,name\n"
ADA = "MATH-201,Analysis II,{day},09:00,11:00,A,C-14,S1,Ada Lovelace\n"
WRONG = "MATH-201,Analysis II,03/04/2027,09:00,11:00,A,C-15,S2,Grace Hopper\n"


def send(page: Page, text: str, name: str = "timetable.csv") -> None:
    """Choose a file in the form."""
    page.locator("#import-form[data-ready]").wait_for()
    page.locator("#import-file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.wait_for_url("**/office/import?preview=*")


def test_an_example_for_today_can_be_taken_as_it_is(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        halls.create(work, HallCreate(id="LT9", rows=1, columns=4, blocked=[(1, 1)], time_zone="Asia/Kuala_Lumpur"))
    page = open_as("admin", "/office/import")
    page.locator("#import-form[data-ready]").wait_for()
    page.get_by_role("button", name="Put in an example for today").click()
    expect(page.get_by_label("Or paste cells")).to_have_value(re.compile(r"LT9,A-2,S1,Your Name"))
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name=re.compile("Do it: new roster lines: 3, new students: 3")).wait_for()


def test_a_timetable_becomes_a_roster(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        halls.create(work, HallCreate(id="A"))
        tomorrow = f"{work.now:%Y-%m-}28" if work.now.day < 28 else f"{work.now:%Y}-12-31"
    page = open_as("admin", "/office/import")
    shot(page, "import-form")
    send(page, HEADER + ADA.format(day=tomorrow) + WRONG)
    page.get_by_text("Wrong cells or lines: 1").wait_for()
    expect(page.get_by_role("cell", name="line 3, date")).to_be_visible()
    expect(page.get_by_role("button", name="Do it")).to_have_count(0)
    shot(page, "import-wrong")
    malay = open_as("admin", page.url.removeprefix(office.url), locale="ms-MY")
    expect(malay.get_by_role("cell", name="baris 3, date")).to_be_visible()
    expect(malay.get_by_role("cell", name="“03/04/2027” mungkin 2027-04-03 atau 2027-03-04")).to_be_visible()

    page.get_by_role("link", name="Another table").click()
    page.locator("#import-form[data-ready]").wait_for()
    expect(page.get_by_label("Or paste cells")).to_have_value("")
    page.get_by_label("Or paste cells").fill((HEADER + ADA.format(day=tomorrow)).replace(",", "\t"))
    page.get_by_role("button", name="Show what would change").click()
    go = page.get_by_role("button", name="Do it: new roster lines: 1, new students: 1, new exams: 1, new sittings: 1")
    go.wait_for()
    shot(page, "import-preview")
    go.click()
    page.get_by_text("✓ Done: new roster lines: 1").wait_for()

    page.get_by_role("main").get_by_role("link", name="Rosters").click()
    page.get_by_role("link", name="MATH-201 · Analysis II").click()
    expect(page.get_by_role("cell", name="Ada Lovelace", exact=True)).to_be_visible()
    shot(page, "roster")
    page.get_by_role("row", name="Ada Lovelace").get_by_role("checkbox").click()
    page.get_by_role("button", name="Take off the roster").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take off the roster").click()
    page.get_by_text("Nobody is on this roster yet").wait_for()


def test_a_pasted_table_with_a_wrong_line_is_corrected_where_it_was_typed(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/import")
    page.get_by_label("Or paste cells").fill(HEADER + WRONG)
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_text("Wrong cells or lines:").wait_for()
    page.get_by_role("link", name="Another table").click()
    expect(page.get_by_label("Or paste cells")).to_have_value(HEADER + WRONG)


def test_what_the_form_offers_waits_until_it_works(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/")
    page.route("**/static/import.js", lambda route: route.abort())
    page.goto(f"{office.url}/office/import")
    for name in ("Put in an example for today", "Show what would change"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()


def test_cells_that_the_grid_was_given_wait_in_the_form(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/")
    page.evaluate("sessionStorage.setItem('nero.paste', 'student_id\\thall\\nS1\\tA')")
    page.goto(f"{office.url}/office/import")
    page.locator("#import-form[data-ready]").wait_for()
    expect(page.get_by_label("Or paste cells")).to_have_value("student_id\thall\nS1\tA")


def test_photos_of_many_are_sent_on_a_legal_basis_and_followed(
    office_redis: EmbeddedRedis, tmp_path: Path, chromium: Browser
) -> None:
    site = open_site(tmp_path, office_redis.url, "web", "office", NERO_API__BULK_PATIENCE_S="60")
    try:
        context = chromium.new_context(locale="en-GB")
        context.add_cookies([site.cookie("admin")])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{site.url}/office/students/import")
        page.locator("#archive-form[data-ready]").wait_for()
        shot(page, "bulk-form")
        page.locator("#archive-file").set_input_files(
            {"name": "photos.zip", "mimeType": "application/zip", "buffer": archive()}
        )
        page.locator("#archive-list").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": b"student_id,name\nS1,Ada Lovelace\n"}
        )
        page.get_by_role("button", name="Send and enrol").click()
        expect(page.get_by_role("alert").filter(has_text="Choose the legal basis")).to_be_visible()
        page.get_by_label("Legal basis").select_option("consent")
        page.get_by_role("button", name="Send and enrol").click()
        page.wait_for_url("**/office/students/import?job=*")
        judge_when_stored(site)
        expect(page.get_by_text("Students enrolled: 1, from 1 photos. Needing a look: 1.")).to_be_visible(
            timeout=60_000
        )
        expect(page.get_by_role("cell", name="▲ There is no such student")).to_be_visible()
        shot(page, "bulk-report")
        context.close()
    finally:
        site.close()


def archive() -> bytes:
    """Return a ZIP with Ada's photo, and one of somebody unknown."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("S1.jpg", tiny_jpeg(48, 64))
        made.writestr("S9.jpg", tiny_jpeg(64, 64))
    return out.getvalue()


def judge_when_stored(site: OfficeSite) -> None:
    """Do what the enrolment worker and ingest do, once the job has stored the photo."""

    def judged() -> bool:
        with writing(site.engine) as session:
            photo = session.exec(select(Photo)).first()
            if photo is None:
                return False
            photo.state, photo.judged_at = "enrolled", SystemClock().now()
            session.add(photo)
            return True

    until(judged, "the photo is stored", timeout_s=60)
