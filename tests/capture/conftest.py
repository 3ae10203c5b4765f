"""A whole capture, as production composes it, on a real Redis."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from services.capture.compose import Capture, compose
from services.capture.settings import CaptureSection, CaptureSettings
from services.capture.sources.base import SourceFactory
from services.launcher.embedded_redis import EmbeddedRedis

RunCapture = Callable[..., Capture]
QUICK = {"backoff_min_s": 0.05, "backoff_max_s": 0.2}


@pytest.fixture
def run_capture(redis_server: EmbeddedRedis, redis: Redis, tmp_path: Path) -> Iterator[RunCapture]:
    """Start captures that end with the test."""
    running: list[tuple[Capture, threading.Thread]] = []

    def run(
        given: Mapping[str, str] | None = None,
        extra_sources: Mapping[str, SourceFactory] | None = None,
        redis_url: str | None = None,
        events_url: str | None = None,
        node: str = "local",
        **section: Any,
    ) -> Capture:
        settings = CaptureSettings(
            redis_url=events_url or redis_url or redis_server.url,
            frames_redis_url=redis_url or redis_server.url,
            data_dir=tmp_path,
            node=node,
            capture=CaptureSection(**{**QUICK, **section}),
        )
        capture = compose(settings, extra_sources, given)
        thread = threading.Thread(target=capture.run, daemon=True)
        thread.start()
        running.append((capture, thread))
        return capture

    yield run
    for capture, _ in running:
        capture.stop.set()
    for _, thread in running:
        thread.join(10)
        assert not thread.is_alive(), "capture does not stop"
