"""An admin makes Ada, enrols her with the browser's camera, and everything else that is done with a student's record."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Browser, Page, expect
from skimage import data
from sqlmodel import select

from services.api.db.tables import Attempt, LookAlikePair, Student
from services.api.office import consents, exams, halls, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from services.launcher.embedded_redis import EmbeddedRedis
from services.launcher.ports import free_ports
from tests.chromium import FLAGS, chromium_path
from tests.conftest import ROOT
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite, open_site

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def office(
    office_redis: EmbeddedRedis, materials: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OfficeSite]:
    """Web and ingest, and the real enrolment worker; Grace and Mallory, who look alike, sit tomorrow's exam."""
    site = open_site(tmp_path_factory.mktemp("students"), office_redis.url, "web", "ingest")
    worker = _enrolment_worker(site, materials)
    _tomorrow(site)
    yield site
    worker.terminate()
    worker.wait(20)
    site.close()


@pytest.fixture
def webcam(tmp_path: Path) -> Path:
    """A camera film of Eileen Collins, as she stands before a screen."""
    picture = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    wide = cv2.copyMakeBorder(picture, 0, 0, 85, 85, cv2.BORDER_REPLICATE)[:480]
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(bytes(cv2.imencode(".jpg", wide)[1]) * 4)
    return film


@pytest.fixture
def before_the_camera(chromium: Browser, office: OfficeSite, webcam: Path) -> Iterator[Page]:
    """An admin's page in a Chromium whose camera is the film."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={webcam}"]
    browser = chromium.browser_type.launch(executable_path=chromium_path(), headless=True, args=flags)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([office.cookie("admin")])  # type: ignore[list-item]
    yield context.new_page()
    browser.close()


def test_ada_is_made_and_enrolled_with_the_camera_in_the_page(office: OfficeSite, before_the_camera: Page) -> None:
    page = before_the_camera
    page.goto(f"{office.url}/office/students")
    _make(page, "S1", "Ada Lovelace")
    _photograph(page)
    page.get_by_label("Legal basis of this enrolment").select_option("public_task")
    page.get_by_role("button", name="Enrol with 2 pictures").click()
    page.get_by_text("Enrolled. The camera at the door knows this student now.").wait_for()
    page.locator(".nero-part-name", has_text="Public task of the institution").wait_for()
    page.locator(".nero-state", has_text="enrolled").first.wait_for()
    shot(page, "student-enrolled")
    with office.work() as work:
        record = students.show(work, "S1")
    assert (record.name, record.enrolment) == ("Ada Lovelace", "enrolled")


def test_a_photo_that_is_no_good_says_what_to_do(office: OfficeSite, open_as: OpenAs, tmp_path: Path) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), cv2.GaussianBlur(data.brick(), (0, 0), 3))
    page = open_as("admin", "/office/students/S3")
    page.locator("input[type=file]").set_input_files([str(wall)])
    page.get_by_role("button", name="Enrol with this picture").click()
    page.get_by_text("Choose the legal basis: it is recorded with the pictures.").wait_for()
    page.get_by_label("Legal basis of this enrolment").select_option("consent")
    page.get_by_role("button", name="Enrol with this picture").click()
    page.get_by_role("status").get_by_text("No face was found. Face the camera").wait_for(timeout=PATIENCE_MS)
    shot(page, "student-refused")
    page.get_by_role("button", name="Delete photo").click()
    page.get_by_text("No photo yet. Take one").wait_for()


def test_one_good_picture_of_two_enrols_and_the_other_one_says_why_not(
    office: OfficeSite, open_as: OpenAs, materials: Path, tmp_path: Path
) -> None:
    with office.work() as work:
        students.create(work, StudentCreate(id="S6", name="Debbie"))
        consents.give(work, "S6", "contract")
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), data.brick())
    face = next((materials / "faces" / "lfw").rglob("Debbie_Reynolds_0001.jpg"))
    page = open_as("admin", "/office/students/S6")
    page.locator("input[type=file]").set_input_files([str(face), str(wall)])
    page.get_by_role("button", name="Enrol with 2 pictures").click()
    status = page.get_by_role("status").filter(has_text="Enrolled with 1 of 2 pictures")
    expect(status).to_contain_text("No face was found.", timeout=PATIENCE_MS)
    expect(page.get_by_text("Not enrolled")).to_have_count(0)
    shot(page, "student-enrolled-in-part")
    became = page.evaluate(
        "(status) => import('/static/enrol.js').then((enrol) => enrol.becameOf(status))",
        {"state": "enrolled", "photos": [_judged("eyes_closed"), _judged("eyes_closed"), _judged(None, "earlier")]},
    )
    assert became == {"code": "enrol.kept", "numbers": {"good": 0, "number": 2}, "refusals": ["eyes_closed"]}


def _judged(refusal: str | None, uploaded_at: str = "now") -> dict[str, object]:
    return {"state": "refused" if refusal else "enrolled", "refusal": refusal, "uploaded_at": uploaded_at}


def test_a_camera_that_the_browser_keeps_back_is_explained_and_hints_are_the_kiosks(open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students/S2")
    page.get_by_role("button", name="Use the camera").wait_for()
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("A browser gives its camera only over HTTPS or on this machine itself.").wait_for()
    hint = "(measured) => import('/static/shots.js').then((shots) => shots.hintOf(measured))"
    for measured, code in (
        ({"inside": 120, "around": 120, "sharpness": 90}, None),
        ({"inside": 20, "around": 30, "sharpness": 90}, "too_dark"),
        ({"inside": 90, "around": 200, "sharpness": 90}, "backlit"),
        ({"inside": 230, "around": 200, "sharpness": 90}, "too_bright"),
        ({"inside": 120, "around": 120, "sharpness": 3}, "blurred"),
    ):
        assert page.evaluate(hint, measured) == code
    said = "([measured, found]) => import('/static/shots.js').then((shots) => shots.hintNow(measured, found))"
    for plain, found, word in (
        (None, None, "hint.into_the_oval"),  # light and sharpness alone are no face
        (None, "good", "hint.good"),
        ("too_dark", "good", "hint.too_dark"),
        (None, "several_faces", "hint.one_at_a_time"),
        (None, "eyes_closed", "refusal.eyes_closed"),
    ):
        assert page.evaluate(said, [plain, found]) == word


LOOKS_TAKEN = """async () => {
  const { shots } = await import("/static/shots.js");
  let looks = 0;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) { looks += 1; return draw.apply(this, given); };
  const [video, overlay] = [document.createElement("video"), document.createElement("div")];
  video.muted = true;
  let told;
  const first = new Promise((done) => (told = done));
  const camera = shots({ judge: async () => { setTimeout(told, 0); return "good"; } });
  await camera.start(video, overlay);
  await first;
  const before = looks;
  await camera.shot();
  const taken = looks;
  await camera.shot();
  camera.stop();
  return [taken - before, looks - taken];
}"""
"""How often the camera is looked at for the first picture after a still was judged good, and for the one after it."""


def test_the_picture_that_is_taken_is_the_one_that_was_judged_good(open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students/S2")
    page.get_by_role("button", name="Use the camera").wait_for()
    assert page.evaluate(LOOKS_TAKEN) == [0, 1]


def test_the_oval_stays_grey_as_long_as_no_face_is_in_it(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students/S3")  # before Chromium's own test picture, sharp, lit and nobody
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator(".shots-hint")).to_have_text("Move into the oval", timeout=PATIENCE_MS)
    expect(page.locator(".shots-overlay")).to_have_attribute("data-good", "no")
    shot(page, "student-nobody-before-the-camera")


def test_students_are_found_counted_and_listed(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students")
    page.get_by_label("Search by number or name").fill("HOPPER")
    expect(page.get_by_role("link", name="Mallory")).to_have_count(0)
    page.get_by_role("link", name="Grace Hopper").wait_for()
    shot(page, "students")
    page.get_by_role("link", name="Inactive").click()
    page.get_by_role("link", name="Eve").wait_for()
    expect(page.get_by_role("link", name="Grace Hopper")).to_have_count(0)


def test_somebody_elses_change_is_shown_and_overwritten_only_when_one_wants_to(
    office: OfficeSite, open_as: OpenAs
) -> None:
    page = open_as("admin", "/office/students/S3")
    page.get_by_label("Name", exact=True).fill("Mallory M.")
    with office.work() as work:
        students.change(work, "S3", students.StudentChange(name="Malory"))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("It says now: Malory, –.").wait_for()
    assert page.get_by_label("Name", exact=True).input_value() == "Mallory M.", "nothing typed is lost"
    page.get_by_role("button", name="Keep mine, and save again").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved", exact=True).wait_for()
    with office.work() as work:
        assert students.show(work, "S3").name == "Mallory M."


def test_an_allowance_is_given_at_one_exam(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students/S2")
    page.get_by_role("button", name="Allow something").click()
    page.get_by_label("More minutes until late").fill("15")
    page.get_by_label("Note for the office alone").fill("broken leg")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_text("15 more minutes until late").wait_for()
    page.get_by_text("MATH-201").first.wait_for()
    page.get_by_text("checked in, late").wait_for()
    shot(page, "student-allowed")


def test_look_alikes_are_judged_side_by_side(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/look-alikes")
    page.get_by_text("MATH-201").wait_for()
    shot(page, "look-alikes")
    page.get_by_role("button", name="Twins: number and ID").click()
    page.get_by_label("Why? It stands in the audit log").fill("Sisters")
    page.get_by_role("dialog").get_by_role("button", name="Twins: number and ID").click()
    page.get_by_text("Saved", exact=True).wait_for()
    page.get_by_role("link", name="Twins").click()
    page.get_by_role("button", name="Take the judgement back").wait_for()
    page.get_by_text("Judged by admin").wait_for()


def test_what_is_held_is_exported_and_a_deletion_says_what_goes(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/students/S5")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all that is held").click()
    assert download.value.suggested_filename == "student-S5.zip"
    page.get_by_role("button", name="Delete student").click()
    page.get_by_text("Goes at once, with its keys").wait_for()
    sure = page.get_by_role("alertdialog").get_by_role("button", name="Delete student")
    expect(sure).to_be_disabled()
    shot(page, "student-delete")
    page.get_by_label("Type the number S5 to delete").fill("S5")
    sure.click()
    page.get_by_role("heading", name="Students").wait_for()
    with office.looking() as session:
        assert session.exec(select(Student.name).where(Student.id == "S5")).one() == ""


def test_an_auditor_sees_a_student_and_changes_nothing(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("auditor", "/office/students/S2")
    page.get_by_text("Grace Hopper").first.wait_for()
    for name in ("Save", "Delete student", "Use the camera", "Allow something", "Deactivate"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def _make(page: Page, number: str, name: str) -> None:
    page.get_by_role("button", name="New student").click()
    page.get_by_role("dialog").get_by_label("Number").fill(number)
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**/office/students/{number}")


def _photograph(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()
    page.locator('.shots-overlay[data-good="yes"]').wait_for()
    for picture in ("Picture 1", "Picture 2"):
        page.get_by_role("button", name="Take picture").click()
        page.get_by_alt_text(picture).wait_for()
    shot(page, "student-camera")


def _enrolment_worker(site: OfficeSite, materials: Path) -> "subprocess.Popen[bytes]":
    env = {**site.env, "NERO_MODELS_MIRROR": str(materials / "models"), "NERO_METRICS_PORT": str(free_ports(1)[0])}
    return subprocess.Popen([sys.executable, "-m", "services.recognizer", "enrolment"], env=env, cwd=ROOT)


def _tomorrow(site: OfficeSite) -> None:
    with site.work() as work:
        halls.create(work, HallCreate(id="A", name="Hall A"))
        for number, name in (("S2", "Grace Hopper"), ("S3", "Mallory"), ("S4", "Eve"), ("S5", "Bob")):
            students.create(work, StudentCreate(id=number, name=name))
        students.change(work, "S4", students.StudentChange(active=False))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        starts = work.now + timedelta(days=1)
        times = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
        sitting = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A"], **times))
        rows = [{"student_id": one, "hall": "A", "table": one} for one in ("S2", "S3")]
        rosters.replace(work, sitting.id, RosterPut.model_validate({"rows": rows}))
        pair: dict[str, Any] = {
            "student_a": "S2",
            "student_b": "S3",
            "similarity": 0.71,
            "model_id": "m",
            "found_at": work.now,
        }
        work.session.add(LookAlikePair(**pair))
        seen: dict[str, Any] = {
            "captured_at": work.now,
            "recorded_at": work.now,
            "student_id": "S2",
            "sitting_id": sitting.id,
        }
        work.session.add(Attempt(event_id="late", kind="face_identified", verdict="late", **seen))
