"""The benchmark's own arithmetic, its load generator, and how it reads the services' counters."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from redis import Redis
from rich.console import Console

from services.capture.settings import CaptureSettings
from services.capture.sources.base import SourceContext, parse_address
from services.launcher.bench import networks, reel, walkups
from services.launcher.bench.capacity import default_tries, load_of
from services.launcher.bench.figures import BenchReport, Missing, spread, time_both_ms
from services.launcher.bench.prototype import measure_prototype
from services.launcher.bench.run import BenchOptions, run_bench
from services.launcher.bench.scrape import Counters, read_counters
from services.launcher.bench.table import print_bench
from services.launcher.merged_log import MergedLog
from services.launcher.process import ProcessSpec
from services.launcher.settings import LauncherSettings
from shared import metrics
from shared.clock import SystemClock
from shared.errors import Unavailable
from shared.health import HealthBoard, HealthServer
from shared.images import decode
from shared.models import ModelCache
from shared.schedule import KioskView
from shared.settings import CommonSettings


@pytest.fixture(scope="module")
def show() -> walkups.Show:
    """Both sample people, once each."""
    return walkups.busy()


@pytest.fixture
def service() -> Iterator[ProcessSpec]:
    """A process whose metrics can be read: this one."""
    server = HealthServer(HealthBoard(), CommonSettings())
    server.start()
    yield ProcessSpec("this", ("unused",), health_url=f"http://127.0.0.1:{server.port}/health")
    server.stop()


def source(file: Path, redis: Redis, options: str = "") -> reel.ReelSource:
    kiosk = KioskView(kiosk_id="A__busy0", hall="A", source=f"reel:{file}{options}")
    return reel.make_reel_source(
        parse_address(kiosk.source), SourceContext(SystemClock(), redis, CaptureSettings(), kiosk)
    )


def test_percentiles_of_a_hundred_measurements() -> None:
    found = spread([float(ms) for ms in range(1, 101)])
    assert (found.p50_ms, found.p95_ms, found.count) == (50.5, 95.0, 100)


def test_two_calls_timed_in_turns_are_told_apart() -> None:
    slow, fast = time_both_ms(lambda: sum(range(50_000)), lambda: None, repeats=3)
    assert slow > fast


def test_a_load_holds_while_under_two_in_a_hundred_frames_are_skipped() -> None:
    held = load_of(4, Counters({"liveness": 30.0}, sent=1200, handled=1190), seconds=20)
    assert held.holds
    assert held.skipped_share == pytest.approx(10 / 1200, abs=1e-4)
    assert held.cpu_s_per_kiosk_minute == pytest.approx(22.5)
    assert not load_of(4, Counters({}, sent=1200, handled=1170), seconds=20).holds


def test_frames_that_capture_never_sent_count_as_skipped_too() -> None:
    assert not load_of(4, Counters({}, sent=1000, handled=1000), seconds=20).holds


def test_loads_grow_with_the_machine() -> None:
    assert default_tries(2)[0] == 4
    assert 12 in default_tries(2)
    assert default_tries(16)[0] > default_tries(2)[0]


def test_counters_are_read_from_a_process_and_from_redis(service: ProcessSpec, redis: Redis) -> None:
    before = read_counters({"this": service}, {"redis": redis})
    metrics.FRAMES_SENT.labels("A__busy0").inc(15)
    metrics.FRAMES_HANDLED.labels("A__busy0").inc(14)
    metrics.FRAME_SECONDS.labels("landmarks").observe(0.005)
    metrics.FRAME_SECONDS.labels("landmarks").observe(0.007)
    added = read_counters({"this": service}, {"redis": redis}).since(before)
    assert (added.sent, added.handled) == (15, 14)
    assert added.stage_ms()["liveness: landmarks"] == pytest.approx(6.0)
    assert set(added.cpu_s) == {"this", "redis"}


def test_a_reel_plays_its_frames_in_order_from_where_it_is_told_and_loops(tmp_path: Path, redis: Redis) -> None:
    frames = [b"one", b"two", b"three"]
    reel.write_reel(frames, tmp_path / "r.reel")
    camera = source(tmp_path / "r.reel", redis, "?from=1")
    camera.open()
    began = time.monotonic()
    pictures = [camera.read() for _ in range(4)]
    assert [picture.jpeg for picture in pictures if picture] == [b"two", b"three", b"one", b"two"]
    assert time.monotonic() - began >= 3 / reel.FPS
    assert camera.simulated


@pytest.mark.parametrize("content", [None, b"", b"\x00\x00\x00\x09cut"])
def test_a_missing_empty_or_cut_reel_is_refused(tmp_path: Path, redis: Redis, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "r.reel").write_bytes(content)
    with pytest.raises(Unavailable, match="reel"):
        source(tmp_path / "r.reel", redis).open()


def test_the_show_has_both_people_and_frames_as_capture_sends_them(show: walkups.Show) -> None:
    assert len(show.walkups_at_s) == 2
    assert decode(show.jpegs()[0]).shape == (480, 640, 3)
    idle = walkups.idle().frames
    assert float(np.abs(idle[0].astype(int) - idle[7].astype(int)).mean()) > 0.5  # the sensor's noise lives


def test_the_prototypes_loop_marks_the_sample_people_after_their_blink(show: walkups.Show, tmp_path: Path) -> None:
    found = measure_prototype(show, ModelCache(tmp_path / "models"), tmp_path)
    assert not isinstance(found, Missing), found
    assert 1 <= found.recognised <= found.walkups == 2
    assert found.spread.p50_ms >= 5 * 1000 / walkups.FPS - 1000 / walkups.FPS


def test_a_network_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    found = networks.measure_networks(ModelCache(tmp_path / "models"), ["Facenet"])["Facenet"]
    assert isinstance(found, Missing)
    assert "facenet" in found.not_available.lower()


def test_the_report_is_one_json_object_and_a_table(tmp_path: Path) -> None:
    options = BenchOptions(parts=("search",), footage=None)
    report = run_bench(options, LauncherSettings(models_dir=tmp_path), MergedLog(None), lambda *_: None)
    document = json.loads(report.model_dump_json())
    assert [found["templates"] for found in document["search"]] == [1_000, 10_000, 100_000]
    assert BenchReport.model_validate(document) == report
    printed = io.StringIO()
    print_bench(report, Console(file=printed, width=120))
    assert "100,000" in printed.getvalue()
