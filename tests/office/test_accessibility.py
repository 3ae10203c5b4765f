"""Every page, in light and in dark, held against the rules of WCAG 2.1 AA that a program can check (axe)."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from services.api.pages.registry import PAGES
from services.api.pages.site import load_pages
from tests.office.conftest import OpenAs

load_pages()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
PATHS = sorted(spec.address for spec in PAGES.values() if "{" not in spec.address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(open_as: OpenAs, scheme: str) -> None:
    page = open_as("super_admin", "/sign-in", color_scheme=scheme)
    wrong = _violations(page, "/sign-in")
    site = page.url.removesuffix("/sign-in")
    for path in PATHS:
        page.goto(site + path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        wrong += _violations(page, path)
    assert wrong == []


def _violations(page: Page, path: str) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    assert found["passes"], f"nothing was checked at {path}"
    return [
        f"{path}: {one['id']} ({one['impact']}): {one['help']}: {one['nodes'][0]['html'][:160]} (+{len(one['nodes']) - 1})"
        for one in found["violations"]
    ]
