"""What a benchmark runs on: the real web process on a database of its own, and a real Chromium."""

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from services.launcher.embedded_redis import EmbeddedRedis, find_redis
from tests.api.postgres import cluster_or_skip
from tests.chromium import FLAGS
from tests.office.site import OfficeSite, open_site


@contextmanager
def stage(database: str, *processes: str) -> Iterator[tuple[OfficeSite, Browser]]:
    """Open an empty office with these processes, and a browser; both gone afterwards."""
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="nero-benchmark-")))
        binary = find_redis()
        assert binary is not None, "no redis-server here"
        redis = open_things.enter_context(EmbeddedRedis(folder / "redis", persistent=True, binary=binary))
        url = None
        if database == "postgres":
            cluster = open_things.enter_context(cluster_or_skip())
            url = cluster.url(cluster.new_database())
        site = open_site(folder / "office", redis.url, *processes, database_url=url)
        open_things.callback(site.close)
        playwright = open_things.enter_context(sync_playwright())
        path = os.environ.get("NERO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        open_things.callback(browser.close)
        yield site, browser


def machine() -> str:
    """Return what else the machine is doing: figures of a busy one say little."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, load {load:.1f} before the first measurement"


def line(what: str, times_ms: Sequence[float]) -> str:
    """Return one line of figures."""
    return (
        f"{what:<44} median {statistics.median(times_ms):6.0f} ms   worst {max(times_ms):6.0f} ms   of {len(times_ms)}"
    )
