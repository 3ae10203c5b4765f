"""What capture does beside the cameras: the node's clock, the gauges, the health's sentence, and its own bugs."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from services.capture.duties import WatchClock, WatchRoom, is_needed, sees_face, sentence
from services.capture.ticker import Ticker
from shared import metrics, names
from shared.clock import ManualClock
from shared.events import Box, Prompt, encode
from shared.health import HealthBoard
from shared.kiosk_channel import CameraStatus
from shared.schedule import KioskView, Schedule, ScheduleStore, SittingView
from tests.capture.conftest import RunCapture
from tests.capture.scenes import eventually

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def camera(state: str, detail: str = "") -> CameraStatus:
    return CameraStatus.model_validate({"state": state, "fps": 15.0, "last_frame_at": NOW, "detail": detail})


def prompt(**more: object) -> bytes:
    fields = {"event_id": "p", "kiosk_id": "A__door", "captured_at": NOW, "trace_id": "t", "code": "do", **more}
    return encode(Prompt.model_validate(fields))


def test_a_prompt_with_a_face_in_it_keeps_the_pace_up_and_others_do_not() -> None:
    box = Box(track_id="t-1", x=0.4, y=0.3, width=0.2, height=0.3, serving=True)
    assert sees_face(prompt(boxes=(box,)))
    assert sees_face(prompt(track_id="t-1"))
    assert not sees_face(prompt(code="waiting"))
    assert not sees_face(b"no prompt")


def test_the_health_names_each_camera_that_is_not_live_and_why() -> None:
    doors = {"A__door": camera("live"), "B__door": camera("lost", "device 0: no camera opens")}
    assert sentence(doors) == (False, "B__door is lost (device 0: no camera opens)")
    assert sentence({"A__door": camera("live")}) == (True, "cameras: 1")
    assert sentence({"A__door": camera("lost", "the footage has ended")})[0]
    assert sentence({}) == (True, "no kiosk names this node")


@pytest.mark.parametrize("ahead_s", [3600.0, -90.0])
def test_a_nodes_clock_is_held_against_the_brokers(redis: Redis, ahead_s: float) -> None:
    seconds, microseconds = redis.time()
    clock = ManualClock(datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds, seconds=ahead_s))
    WatchClock(redis, "east", clock, alarm_s=2.0)()
    skew_s = REGISTRY.get_sample_value("nero_clock_skew_seconds", {"origin": "node:east"})
    assert skew_s == pytest.approx(ahead_s, abs=5.0)


def test_a_kiosk_that_is_gone_leaves_no_gauge_behind(run_capture: RunCapture, redis: Redis) -> None:
    def gauge() -> float | None:
        return REGISTRY.get_sample_value("nero_camera_state", {"kiosk": "G__door", "state": "lost"})

    store = ScheduleStore(redis)
    store.write(Schedule(kiosks=(KioskView(kiosk_id="G__door", hall="G", source="folder:/nowhere"),)))
    run_capture()
    eventually(lambda: gauge() == 1.0)
    store.write(Schedule())
    eventually(lambda: gauge() is None)


def test_a_camera_is_needed_while_a_sitting_is_in_play_in_its_hall() -> None:
    hours = timedelta(hours=1)
    times = dict.fromkeys(("starts_at", "opens_at", "late_after", "closes_at"), NOW)
    sitting = SittingView.model_validate(
        {
            **times,
            "sitting_id": 1,
            "exam_code": "MATH-201",
            "subject": "Analysis",
            "in_play_from": NOW - hours,
            "ends_at": NOW + hours,
            "policy": "blink",
            "hall_of": {"ada": "A"},
        }
    )
    schedule = Schedule(version=1, sittings=(sitting,))
    door_a, door_b = (KioskView(kiosk_id=f"{hall}__door", hall=hall, source="browser:") for hall in "AB")
    assert is_needed(schedule, door_a, NOW)
    assert not is_needed(schedule, door_b, NOW)
    assert not is_needed(schedule, door_a, NOW + 2 * hours)


def test_a_camera_says_nothing_once_its_capture_is_dead(run_capture: RunCapture, redis: Redis) -> None:
    run_capture({"A__door": "folder:/nowhere"})
    eventually(lambda: redis.exists(names.camera("A__door")))
    assert 0 < redis.ttl(names.camera("A__door")) <= 10


def test_a_broker_that_is_away_is_a_state_and_a_bug_stops_the_process() -> None:
    board, stop = HealthBoard(), threading.Event()
    failures: list[Exception] = [RedisAway("refused"), ZeroDivisionError()]

    def duty() -> None:
        raise failures.pop(0)

    ticker = Ticker("frames", 0.01, (duty,), board, stop)
    ticker.tick()
    assert not stop.is_set()
    assert "refused" in board.snapshot()["frames redis"].sentence
    ticker.start()
    eventually(stop.is_set)
    assert isinstance(ticker.failure, ZeroDivisionError)


def test_how_much_room_the_frames_redis_has_is_measured(redis: Redis) -> None:
    metrics.BROKER_MEMORY_FREE.labels("frames").set(0.5)
    WatchRoom(redis, ManualClock(NOW))()
    assert metrics.BROKER_MEMORY_FREE.labels("frames")._value.get() == 1
