"""A kiosk whose camera is the browser's own: its pictures reach capture, over the WebSocket that capture serves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from services.capture.browser.inbox import Inboxes
from services.capture.browser.server import WebcamServer
from services.capture.settings import CaptureSection
from shared.clock import SystemClock
from shared.image_header import inspect
from shared.schedule import ScheduleStore
from tests.browser.conftest import KIOSK, Door, Site, shot

OPENING_MS = 11_000
"""Longer than a page waits for its camera."""


@pytest.fixture
def inboxes(site: Site) -> Iterator[Inboxes]:
    """Capture's server for webcams, and where it leaves their pictures."""
    inboxes = Inboxes()
    settings = CaptureSection(ws_port=site.deps.settings.api.capture_ws_port)
    schedule = ScheduleStore(site.deps.events)
    server = WebcamServer(settings, inboxes, lambda kiosk_id: schedule.read().kiosk(kiosk_id), SystemClock())
    server.start()
    yield inboxes
    server.stop()


def test_the_browsers_own_camera_reaches_capture(
    context: BrowserContext, site: Site, door: Door, inboxes: Inboxes
) -> None:
    door.opens(source="browser:")
    door.camera()
    door.prompts("waiting")
    page = context.new_page()
    page.goto(site.page)
    received = inboxes.of(KIOSK).take(15)
    assert received is not None
    header = inspect(received.jpeg)
    assert (header.format, header.width) == ("jpeg", 640)
    expect(page.locator("#webcam")).to_be_visible()
    door.prompts("do", "ada", action="smile", total=2, usable=True)
    expect(page.locator("#say")).to_have_text("Smile")
    shot(page, "kiosk-webcam")


def test_a_camera_that_is_being_opened_is_said_and_only_one_that_takes_too_long_is_trouble(
    context: BrowserContext, site: Site, door: Door
) -> None:
    door.opens(source="browser:")
    door.camera("lost")
    page = context.new_page()
    page.clock.install()
    page.goto(site.page)
    expect(page.locator("#trouble-say")).to_have_text("The camera is being opened")
    shot(page, "kiosk-opening")
    page.clock.fast_forward(OPENING_MS)
    expect(page.locator("#trouble-say")).to_have_text("The camera is not working")
    door.camera()
    door.prompts("waiting")
    expect(page.locator("#say")).to_have_text("Look here to check in")
    door.camera("lost")
    expect(page.locator("#trouble-say")).to_have_text("The camera is not working")


def test_a_browser_that_asks_and_is_not_answered_says_what_to_do(
    context: BrowserContext, site: Site, door: Door
) -> None:
    door.opens(source="browser:")
    door.camera("lost")
    asked = "document.documentElement.dataset.asked = 'yes'; return new Promise(() => {})"
    context.add_init_script(f"navigator.mediaDevices.getUserMedia = () => {{ {asked} }}")
    page = context.new_page()
    page.clock.install()
    page.goto(site.page)
    expect(page.locator("html")).to_have_attribute("data-asked", "yes")
    expect(page.locator("#trouble-do")).to_have_text("One moment. If the browser asks, allow the camera.")
    page.clock.fast_forward(OPENING_MS)
    expect(page.locator("#trouble-say")).to_have_text("This screen may not use its camera")


def test_a_browser_that_may_not_use_its_camera_says_so(context: BrowserContext, site: Site, door: Door) -> None:
    door.opens(source="browser:")
    context.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('NotAllowedError'))")
    page = context.new_page()
    page.goto(site.page)
    expect(page.locator("#trouble-say")).to_have_text("This screen may not use its camera")


def test_a_door_that_is_opened_on_another_screen_stops_here_and_says_so(
    context: BrowserContext, site: Site, door: Door, inboxes: Inboxes
) -> None:
    door.opens(source="browser:")
    door.camera()
    door.prompts("waiting")
    first = context.new_page()
    first.goto(site.page)
    assert inboxes.of(KIOSK).take(15) is not None
    second = context.new_page()
    second.goto(site.page)
    expect(first.locator("#trouble-say")).to_have_text("This door is open on another screen")
    shot(first, "kiosk-elsewhere")
    first.wait_for_timeout(3000)  # longer than a page waits before it tries again
    door.camera()
    door.prompts("waiting")
    expect(first.locator("#trouble-say")).to_have_text("This door is open on another screen")
    expect(second.locator("#webcam")).to_be_visible()
    expect(second.locator("#trouble")).to_be_hidden()
