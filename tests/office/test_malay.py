"""A page in Malay is Malay throughout: dates, refusals, and what Quasar and NiceGUI say by themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from services.api.db.tables import Job
from services.api.office import exams, halls, jobs, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from services.api.problems import unfit
from services.api.words import row_problem, words_of
from tests.office.conftest import OpenAs
from tests.office.site import OfficeSite

MALAY = words_of("ms")


@pytest.fixture(scope="module")
def day(office: OfficeSite) -> datetime:
    """When Ada sits in hall A: tomorrow, at nine, in UTC."""
    with office.work() as work:
        halls.create(work, HallCreate(id="A", time_zone="UTC"))
        students.create(work, StudentCreate(id="S1", name="Ada Lovelace"))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        starts_at = (work.now.astimezone(UTC) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        made = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A"], **times))
        rosters.patch(work, made.id, RosterPut(rows=[RosterRow(student_id="S1", hall="A", table="C-14")]))
        return starts_at


def test_dates_are_malay_on_pages_and_in_the_grid(office: OfficeSite, day: datetime, open_as: OpenAs) -> None:
    rosters_page = open_as("admin", "/office/rosters", locale="ms-MY")
    expect(rosters_page.get_by_role("cell", name=MALAY.day(day))).to_be_visible()
    grid = open_as("admin", "/office/attendance", locale="ms-MY")
    shown = grid.evaluate(
        "async (at) => (await import('/static/words.js')).day(new Date(at), 'UTC')", "2026-11-23T09:00:00Z"
    )
    assert shown == MALAY.day(datetime(2026, 11, 23, 9, tzinfo=UTC)) == "Isn 23 Nov 2026"


def test_the_frameworks_own_words_are_malay_too(office: OfficeSite, day: datetime, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/rosters", locale="ms-MY")
    expect(page.get_by_text("Rekod per halaman")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "ms"
    expect(page.get_by_text("Sambungan terputus.")).to_be_attached()
    english = open_as("admin", "/office/rosters")
    expect(english.get_by_text("Records per page")).to_be_visible()
    expect(english.get_by_text("The connection is lost.")).to_be_attached()


def test_refusals_are_malay_with_the_field_as_the_page_calls_it(
    office: OfficeSite, day: datetime, open_as: OpenAs
) -> None:
    page = open_as("admin", "/office/students", locale="ms-MY")
    page.get_by_role("button", name=MALAY.say("students.new")).click()
    page.get_by_role("dialog").get_by_label(MALAY.say("students.number")).fill("S 9")
    page.get_by_role("dialog").get_by_label(MALAY.say("students.name")).fill("Grace Hopper")
    page.get_by_role("button", name=MALAY.say("students.create")).click()
    page.get_by_text("Nama ringkas atau nombor: Ini tidak ditulis seperti yang dikehendaki").wait_for()
    gone = open_as("admin", "/office/students/S404", locale="ms-MY")
    gone.get_by_text("Ini tiada, atau tiada lagi: S404.").first.wait_for()


def test_why_a_job_failed_is_malay(office: OfficeSite, day: datetime, open_as: OpenAs) -> None:
    why = unfit("unknown_student", "There is no active student S9.", students="S9").body
    with office.work() as work:
        job = Job(id="job-1", kind="bulk_enrolment", created_by="user:1", created_at=work.now)
        job.state, job.error, job.result = "failed", why.message, jobs.kept_problem(why)
        work.session.add(job)
    said = MALAY.say("problem.unknown_student", students="S9")
    for path in ("/office/students/import", "/office/students/import?job=job-1", "/office/system"):
        open_as("super_admin", path, locale="ms-MY").get_by_text(said).first.wait_for()


def test_the_hall_page_says_a_wrong_row_in_its_language(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/", locale="ms-MY")
    said = page.evaluate(
        """async (wrong) => {
            const own = await import("/static/words.js");
            const words = await own.loadWords(document.createElement("div"), "ms");
            return wrong.map((one) => own.rowProblem(one, words));
        }""",
        [
            row_problem("rows.0, student_id", "not_in", student="S1").model_dump(),
            row_problem("cases_open", "cases_open").model_dump(),
            {"where": "name", "code": "missing", "message": "Field required", "values": {}},
            {"where": "name", "code": "unheard_of", "message": "As it was said.", "values": {}},
        ],
    )
    assert said == [
        "baris 1, Nombor: S1 tidak berada di dalam, maka tidak mungkin sudah keluar.",
        MALAY.say("closing.still.cases_open"),
        "Nama: Ini tiada.",
        "Nama: As it was said.",
    ]
