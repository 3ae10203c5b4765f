"""An admin imports a timetable from a file, is told of a wrong line, mends it, and has the roster."""

from playwright.sync_api import Page, expect

from services.api.office import halls
from services.api.office.halls import HallCreate
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

HEADER = "exam_code,subject,date,start,end,hall,table,student_id,name\n"
ADA = "MATH-201,Analysis II,{day},09:00,11:00,A,C-14,S1,Ada Lovelace\n"
WRONG = "MATH-201,Analysis II,03/04/2027,09:00,11:00,A,C-15,S2,Grace Hopper\n"


def send(page: Page, text: str, name: str = "timetable.csv") -> None:
    """Choose a file in the form."""
    page.locator("#import-form[data-ready]").wait_for()
    page.locator("#import-file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.wait_for_url("**/office/import?preview=*")


def test_a_timetable_becomes_a_roster(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        halls.create(work, HallCreate(id="A"))
        tomorrow = f"{work.now:%Y-%m-}28" if work.now.day < 28 else f"{work.now:%Y}-12-31"
    page = open_as("admin", "/office/import")
    shot(page, "import-form")
    send(page, HEADER + ADA.format(day=tomorrow) + WRONG)
    page.get_by_text("1 cells or lines are wrong").wait_for()
    expect(page.get_by_role("cell", name="line 3, date")).to_be_visible()
    expect(page.get_by_role("button", name="Do it")).to_have_count(0)
    shot(page, "import-wrong")

    page.get_by_role("link", name="Another table").click()
    page.locator("#import-form[data-ready]").wait_for()
    page.get_by_label("Or paste cells").fill((HEADER + ADA.format(day=tomorrow)).replace(",", "\t"))
    page.get_by_role("button", name="Show what would change").click()
    go = page.get_by_role("button", name="Do it: add 1 to rosters, make 1 students, make 1 exams, make 1 sittings")
    go.wait_for()
    shot(page, "import-preview")
    go.click()
    page.get_by_text("✓ Done: add 1 to rosters").wait_for()

    page.get_by_role("main").get_by_role("link", name="Rosters").click()
    page.get_by_role("link", name="MATH-201 · Analysis II").click()
    expect(page.get_by_role("cell", name="Ada Lovelace")).to_be_visible()
    shot(page, "roster")
    page.get_by_role("row", name="Ada Lovelace").get_by_role("checkbox").click()
    page.get_by_role("button", name="Take off the roster").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take off the roster").click()
    page.get_by_text("Nobody is on this roster yet").wait_for()


def test_cells_that_the_grid_was_given_wait_in_the_form(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/")
    page.evaluate("sessionStorage.setItem('nero.paste', 'student_id\\thall\\nS1\\tA')")
    page.goto(f"{office.url}/office/import")
    page.locator("#import-form[data-ready]").wait_for()
    expect(page.get_by_label("Or paste cells")).to_have_value("student_id\thall\nS1\tA")
