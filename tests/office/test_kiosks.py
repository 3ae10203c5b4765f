"""An admin draws a hall, pairs the screen at its door, sees how it is, aims its camera; and a stolen token shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from services.api.db.tables import Hall
from services.api.office import exams, halls, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallChange, HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from shared.events import FrameCaptured, Prompt
from shared.frame_ring import FrameRing
from shared.kiosk_channel import CameraStatus, KioskChannel
from tests.api_web.aims import GOOD
from tests.browser.scenes import door_jpeg
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

KIOSK = "A__door1"
SOON_MS = 20_000


class Door:
    """What capture and liveness say at hall A's door."""

    def __init__(self, office: OfficeSite) -> None:
        self._channel = KioskChannel(office.events, KIOSK)
        self._ring = FrameRing(office.events, KIOSK)
        self._sequence = 0

    def lives(self) -> None:
        """The camera gives pictures."""
        now = datetime.now(UTC)
        self._channel.camera(CameraStatus(state="live", fps=15, last_frame_at=now, width=640, height=480))
        self._sequence += 1
        frame = FrameCaptured(
            event_id=f"f{self._sequence}",
            kiosk_id=KIOSK,
            captured_at=now,
            trace_id="",
            sequence=self._sequence,
            width=640,
            height=480,
            sent_at=now,
        )
        self._ring.publish(frame, door_jpeg())

    def is_black(self) -> None:
        """The lens cap is on."""
        self._channel.camera(CameraStatus(state="black", fps=15, last_frame_at=datetime.now(UTC)))

    def waits(self) -> None:
        """Liveness sees nobody, and a sitting is in play."""
        now = datetime.now(UTC)
        self._channel.prompt(Prompt(event_id="w", kiosk_id=KIOSK, captured_at=now, trace_id="", code="waiting"))

    def measures(self, **change: object) -> None:
        """Liveness measures a face, with no sitting in play."""
        aim = GOOD.model_copy(update=change)
        prompt = Prompt(
            event_id="p", kiosk_id=KIOSK, captured_at=datetime.now(UTC), trace_id="", code="no_sitting", aim=aim
        )
        self._channel.prompt(prompt)


@pytest.fixture
def hall_a(office: OfficeSite) -> None:
    """Hall A, drawn by whoever came first."""
    with office.work() as work:
        if work.session.get(Hall, "A") is None:
            halls.create(work, HallCreate(id="A", name="Hall A", rows=4, columns=6, time_zone="Asia/Kuala_Lumpur"))


def test_an_admin_draws_a_hall_and_blocks_seats(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as("admin", "/office/halls")
    page.get_by_text("There is no hall yet.").wait_for()
    shot(page, "halls-empty")
    page.get_by_role("button", name="New hall").click()
    page.get_by_label("Short name").fill("B")
    page.get_by_label("Name", exact=True).fill("Hall B")
    page.get_by_label("Rows").fill("5")
    page.get_by_label("Columns").fill("8")
    page.get_by_role("button", name="Make the hall").click()
    page.wait_for_url("**/office/halls/B")
    seat = page.get_by_role("button", name="A-1, free")
    seat.click()
    expect(page.get_by_role("button", name="A-1, blocked")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="B-2, blocked")).to_be_visible()
    expect(page.get_by_text("38 seats")).to_be_visible()
    expect(page.get_by_text("not saved yet")).to_be_visible()
    zone = page.get_by_label("Time zone")
    zone.fill("Kuala_L")
    zone.press("Enter")
    expect(zone).to_have_value("Asia/Kuala_Lumpur")
    shot(page, "hall-plan")
    _ada_sits_at(office, "B-2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ada Lovelace (B-2, MATH-201, ")).to_be_visible()
    shot(page, "hall-plan-displaced")
    page.get_by_role("button", name="Save all the same").click()
    expect(page.get_by_text("not saved yet")).to_be_hidden()
    with office.looking() as session:
        hall = session.get_one(Hall, "B")
        assert (hall.blocked, hall.time_zone) == ([[1, 1], [2, 2]], "Asia/Kuala_Lumpur")
    _changed_by_another(office)
    page.get_by_label("Name", exact=True).fill("The great hall")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Somebody else changed this meanwhile.").wait_for()
    assert page.get_by_label("Name", exact=True).input_value() == "The great hall"
    page.goto(f"{office.url}/office/halls")
    page.get_by_text("B · 5 rows × 8 columns · 38 seats").wait_for()
    shot(page, "halls")


def test_a_screen_is_paired_by_its_code_watched_and_its_camera_aimed(
    office: OfficeSite, hall_a: None, open_as: OpenAs
) -> None:
    screen = open_as(None, "/kiosk")
    code = screen.locator("#code")
    code.wait_for()
    expect(screen.get_by_text("Connect this screen to a door")).to_be_visible()
    shot(screen, "kiosk-pairing")
    page = open_as("admin", "/office/kiosks")
    page.get_by_text("There is no kiosk yet.").wait_for()
    _pair(page, code.inner_text())
    page.wait_for_url(f"**/office/kiosks/{KIOSK}")
    screen.wait_for_url(f"**/kiosk/{KIOSK}", timeout=SOON_MS)
    expect(page.get_by_text("Its screen is there")).to_be_visible(timeout=SOON_MS)
    door = Door(office)
    _until_visible(page, "Live", door.lives)
    page.get_by_label("Name", exact=True).fill("Door 1")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    shot(page, "kiosk-page")
    page.get_by_role("link", name="Aim the camera").click()
    _until_visible(page, "Nobody looks at the picture", door.lives)
    _until_visible(page, "Good: who stands here", door.lives, partial(door.measures, yaw_deg=-0.3))
    expect(page.get_by_text("Turned sideways: 0°, good")).to_be_visible()
    shot(page, "aim-good")
    poor = partial(door.measures, pitch_deg=30.0, brightness=40.0, backlit=True)
    _until_visible(page, "Lower the camera", door.lives, poor)
    expect(page.get_by_text("The light is behind the face.")).to_be_visible()
    shot(page, "aim-poor")
    page.goto(f"{office.url}/office/kiosks")
    _until_visible(page, "The picture is black.", door.is_black)


def test_a_token_that_is_used_on_two_screens_is_shown(office: OfficeSite, open_as: OpenAs) -> None:
    with office.client("admin") as admin:
        link = admin.post(f"/kiosks/{KIOSK}/token").json()["page"]
    for _ in range(2):
        open_as(None, link)
    page = open_as("admin", "/office/kiosks")
    expect(page.get_by_text("Its token is used on two screens")).to_be_visible(timeout=SOON_MS)
    shot(page, "kiosks-two-places")


def _pair(page: Page, code: str) -> None:
    page.get_by_role("button", name="Pair a screen").click()
    page.get_by_label("Code on the screen").fill("WR0NG1")
    page.get_by_role("button", name="Find the screen").click()
    page.get_by_text("No screen shows this code now.").wait_for()
    page.get_by_label("Code on the screen").fill(code.lower())
    page.get_by_role("button", name="Find the screen").click()
    page.get_by_text("A screen at 127.0.0.1 shows this code").wait_for()
    expect(page.get_by_text("No screen shows this code now.")).to_have_count(0)
    page.get_by_label("Short name").fill(KIOSK)
    shot(page, "kiosks-pairing")
    page.get_by_role("button", name="Pair", exact=True).click()


def _until_visible(page: Page, text: str, *says: Callable[[], None]) -> None:
    """Say it again and again, as cameras do, until the page shows it."""
    for _ in range(100):
        for say in says:
            say()
        if page.get_by_text(text).first.is_visible():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never shown: {text}")


def _ada_sits_at(office: OfficeSite, table: str) -> None:
    starts_at = datetime.now(UTC) + timedelta(days=1)
    with office.work() as work:
        students.create(work, StudentCreate(id="S1", name="Ada Lovelace"))
        exam = exams.create(work, ExamCreate(code="MATH-201", subject="Analysis II"))
        wish = SittingCreate(exam_id=exam.id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), halls=["B"])
        sitting = sittings.create(work, wish)
        row = RosterRow(student_id="S1", hall="B", table=table)
        rosters.replace(work, sitting.id, RosterPut(rows=[row]))


def _changed_by_another(office: OfficeSite) -> None:
    with office.work("super_admin") as work:
        halls.change(work, "B", HallChange(directions="Across the yard"))
