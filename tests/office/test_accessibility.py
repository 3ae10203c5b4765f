"""Every page, in light and in dark, held against the rules of WCAG 2.1 AA that a program can check (axe), and kept
as a picture to be looked at."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.office.conftest import shot
from tests.office.every_page import ADDRESSES, OFFICE, EveryPage, furnish
from tests.office.site import OfficeSite
from tests.office.test_kiosks import Door

RULES: dict[str, Any] = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
IN_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""What may be otherwise in dark."""
TABLET = {"width": 800, "height": 1280}
VIEW = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}
IN_DARK = {"page_home", "page_student", "page_sitting", "page_attendance", "page_closing", "hall_page", "kiosk_waiting"}
"""Whose pictures are kept in dark too."""
ADMINS = {*OFFICE, "hall_page", "hall_entrance", "closing_sealed", "report_sitting", "report_student", "report_exam"}
"""Pages that ask who one is; the others know nobody."""


@pytest.fixture(scope="module")
def pages(office: OfficeSite) -> EveryPage:
    """Every page's address, in an office that has something to show on each."""
    return furnish(office)


@pytest.fixture(scope="module")
def admin(chromium: Browser, office: OfficeSite) -> Iterator[BrowserContext]:
    """One browser for all the office's pages, signed in once."""
    context = chromium.new_context(**VIEW)  # type: ignore[arg-type]
    context.add_cookies([office.cookie("super_admin")])  # type: ignore[list-item]
    yield context
    context.close()


@pytest.fixture
def page(admin: BrowserContext, chromium: Browser, name: str) -> Iterator[Page]:
    """An empty page, of a browser that knows who it is where the page asks; errors in it fail the test at its end."""
    context = admin if name in ADMINS else chromium.new_context(**VIEW)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    shown, errors = context.new_page(), list[str]()
    shown.on("pageerror", lambda error: errors.append(str(error)))
    yield shown
    shown.close()
    if context is not admin:
        context.close()
    assert errors == []


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_no_page_keeps_anybody_out(page: Page, office: OfficeSite, pages: EveryPage, name: str) -> None:
    if name.startswith("hall_"):
        page.set_viewport_size(TABLET)  # type: ignore[arg-type]
    door = Door(office)
    door.lives()
    door.measures()
    page.goto(office.url + pages.address(name))
    page.locator("h1:visible, h2:visible, .nero-title:visible").first.wait_for()
    if name == "kiosk_waiting":
        door.waits()
        page.get_by_text("Look here to check in").wait_for()
    page.wait_for_timeout(400)  # what is fetched and drawn after it
    wrong = _violations(page, name)
    shot(page, f"every-{_plain(name)}")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(400)  # labels change their colour by and by
    wrong += _violations(page, f"{name}, dark", IN_COLOURS)
    if name in IN_DARK:
        shot(page, f"every-{_plain(name)}-dark")
    assert wrong == []


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.removeprefix("page_"))


def _violations(page: Page, path: str, rules: dict[str, Any] = RULES) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=rules).response
    assert found["passes"] or found["incomplete"], f"nothing was looked at on {path}"
    return [
        f"{path}: {one['id']} ({one['impact']}): {one['help']}: {one['nodes'][0]['html'][:160]} (+{len(one['nodes']) - 1})"
        for one in found["violations"]
    ]
