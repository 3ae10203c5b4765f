"""The office's pages in a real Chromium, on the real web process."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from services.api.auth.roles import Role
from services.launcher.embedded_redis import EmbeddedRedis, RedisBinary
from tests.conftest import ROOT
from tests.office.site import OfficeSite, open_site

SCREENSHOTS = ROOT / "var" / "screenshots" / "office"
OpenAs = Callable[..., Page]


@pytest.fixture(scope="module")
def office_redis(redis_binary: RedisBinary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis of this module's office alone: other tests empty theirs."""
    with EmbeddedRedis(tmp_path_factory.mktemp("office-redis"), persistent=True, binary=redis_binary) as server:
        yield server


@pytest.fixture(scope="module")
def office(office_redis: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeSite]:
    """The web process alone, on an empty database with one user of each role; one for each module of tests."""
    site = open_site(tmp_path_factory.mktemp("office"), office_redis.url, "web")
    yield site
    site.close()


@pytest.fixture
def open_as(chromium: Browser, office: OfficeSite) -> Iterator[OpenAs]:
    """Open a page as a role: `page = open_as("admin", "/office/students")`. Errors in a page fail the test at its end."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(role: Role | None, path: str, **options: object) -> Page:
        view = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = chromium.new_context(**view)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(30_000)
        if role is not None:
            context.add_cookies([office.cookie(role)])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{path}: {error}"))
        page.on("request", lambda request: _own(request.url, office.url, errors))
        page.goto(office.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def shot(page: Page, name: str) -> None:
    """Keep a screenshot, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def _own(url: str, site: str, errors: list[str]) -> None:
    if not url.startswith((site, site.replace("http", "ws", 1), "blob:", "data:")):
        errors.append(f"asked another host: {url}")
