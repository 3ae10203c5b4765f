"""The real ingest process's own composition, in a thread, on a real Redis and a real database."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from services.api.ingest.run import ingest
from services.api.settings import ApiSection, ApiSettings
from shared.clock import ManualClock
from shared.health import HealthBoard
from shared.keys import ensure_ring
from shared.stage_settings import StageSection
from tests.api.story import at

NOW = at("08:45")
"""The office's clock stands still in the story's morning."""
_QUICK = StageSection(block_ms=50, reclaim_after_s=0.5, reclaim_every_s=0.1, backoff_max_s=0.2, retry_s=0.05)


def settings_for(tmp_path: Path, database_url: str, *, accept_simulated: bool = False) -> ApiSettings:
    """Return the settings of a test's own ingest."""
    ensure_ring(tmp_path / "keys", "media")
    return ApiSettings(
        database_url=database_url,
        data_dir=tmp_path / "data",
        keys_dir=tmp_path / "keys",
        accept_simulated=accept_simulated,
        api=ApiSection(stage=_QUICK),
    )


@contextmanager
def running_ingest(settings: ApiSettings, redis: Redis) -> Iterator[HealthBoard]:
    """Run ingest until the block ends."""
    stop, health, broken = threading.Event(), HealthBoard(), list[BaseException]()

    def run() -> None:
        try:
            ingest(settings, redis, redis, health, stop, ManualClock(NOW))
        except BaseException as error:
            broken.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield health
    finally:
        stop.set()
        thread.join(timeout=20)
    if broken:
        raise broken[0]


def until(what: Callable[[], object], within_s: float = 15) -> None:
    """Wait until `what` is true."""
    deadline_s = time.monotonic() + within_s
    while not what():
        if time.monotonic() > deadline_s:
            raise AssertionError("it did not come to pass")
        time.sleep(0.02)
