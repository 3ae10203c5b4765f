"""What liveness does while something is away: a full Redis, a lost camera, a schedule that vanished, no landmarks."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from prometheus_client import REGISTRY
from redis import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from services.launcher.embedded_redis import EmbeddedRedis
from services.liveness.compose import Landmarkers, liveness_worker
from services.liveness.eyes import Eyes
from services.liveness.settings import LivenessSection, LivenessSettings
from shared import names
from shared.broker_errors import kind_of
from shared.clock import ManualClock
from shared.connections import connect
from shared.errors import Unavailable
from shared.events import FrameCaptured, LiveFace, LivenessFailed, NumberAsk, Prompt, decode, event_id
from shared.frame_ring import FrameRing
from shared.health import HealthBoard
from shared.keys import KeyRing, new_ring
from shared.kiosk_channel import KioskChannel
from shared.landmarks import Landmarker, open_landmarker
from shared.leases import LeaseKeeper, LeaseTerms
from shared.models_told import ModelInUse
from shared.redis_replies import entries
from shared.schedule import Schedule, ScheduleStore
from shared.streams import open_entry
from tests.broker import wait_until
from tests.liveness.test_worker import KIOSK, START, gray_frame, schedule, walk_up

FPS = 15.0


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def fill_up(redis: Redis) -> None:
    """Let a Redis refuse every write that needs room."""
    redis.config_set("maxmemory", 1)


def make_room(redis: Redis) -> None:
    redis.config_set("maxmemory", 0)


class Door:
    """One kiosk with two Redis servers of its own and time as a test wants it."""

    def __init__(self, events: Redis, frames: Redis, landmarker: Landmarker) -> None:
        self.events, self.frames, self.clock, self.health = events, frames, ManualClock(START), HealthBoard()
        self.ring: KeyRing = new_ring("media")
        settings = LivenessSettings(liveness=LivenessSection(schedule_every_s=0.001))
        self.worker, self.keeper = liveness_worker(
            settings,
            events,
            frames,
            self.ring,
            self.health,
            clock=self.clock,
            open_eyes=lambda: _Kept(landmarker),
            rng=random.Random(1),
            terms=LeaseTerms(life_s=600),  # no lease runs out because this machine is busy
        )
        self.tick()
        self.writer = FrameRing(frames, KIOSK)
        self.sequence = -1

    def tick(self) -> None:
        """Look after the leases; a full Redis renews those there are."""
        try:
            self.keeper.tick()
        except RedisError as error:
            if kind_of(error) != "full":
                raise

    def publish(self, jpeg: bytes, in_order: bool = False) -> None:
        self.sequence += 1
        now = self.clock.now()
        frame = FrameCaptured(
            event_id=event_id("frame", KIOSK, self.sequence),
            kiosk_id=KIOSK,
            captured_at=now,
            trace_id="",
            sequence=self.sequence,
            width=640,
            height=480,
            sent_at=now,
            in_order=in_order,
            simulated=True,
        )
        self.writer.publish(frame, jpeg)

    def show(self, jpeg: bytes, in_order: bool = False) -> None:
        """Publish one frame, and let the worker handle it."""
        self.tick()
        self.publish(jpeg, in_order)
        self.worker.turn()
        self.clock.advance(1 / FPS)

    def sent(self, stream: str) -> list[LiveFace | LivenessFailed]:
        told = [open_entry(self.ring, entry.fields)[0] for entry in entries(self.events.xrange(stream)) if entry.fields]
        return [event for event in told if isinstance(event, LiveFace | LivenessFailed)]

    @property
    def prompt(self) -> Prompt | None:
        raw = self.frames.get(names.last(names.prompts(KIOSK)))
        told = decode(raw) if isinstance(raw, bytes) else None
        return told if isinstance(told, Prompt) else None

    @property
    def code(self) -> str | None:
        return self.prompt.code if self.prompt is not None else None


class _Kept:
    """A landmarker that outlives its kiosk: opening one takes longer than a lease lives."""

    def __init__(self, landmarker: Landmarker) -> None:
        self.interface, self.find = landmarker.interface, landmarker.find

    def close(self) -> None:
        """Stay open."""


@pytest.fixture(scope="module")
def landmarker(materials: Path) -> Iterator[Landmarker]:
    opened = open_landmarker()
    for jpeg in walk_up(materials, "one-door", "A__door1", 29.0, 29.2):
        opened.find(np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8))
    yield opened
    opened.close()


@pytest.fixture
def door(redis: Redis, own_redis: EmbeddedRedis, landmarker: Landmarker) -> Iterator[Door]:
    """A kiosk whose events Redis is this test's own; the run's serves the frames."""
    events = connect(own_redis.url, "test-events")
    ScheduleStore(events).write(schedule())
    kiosk = Door(events, redis, landmarker)
    yield kiosk
    make_room(events)
    make_room(redis)
    kiosk.keeper.stop()
    events.close()


@pytest.fixture(scope="module")
def walk(materials: Path) -> list[bytes]:
    """Ada's walk-up with its blink."""
    return walk_up(materials, "one-door", "A__door1", 29.0, 33.0)


def until_done(door: Door, walk: list[bytes]) -> bytes:
    """Show Ada until she has passed; return the frame that shows it."""
    for jpeg in walk:
        door.show(jpeg)
        if door.code == "done":
            return jpeg
    raise AssertionError(f"Ada did not pass: {door.code}")


def test_while_the_events_redis_is_full_frames_are_handled_and_a_short_wait_loses_nothing(
    door: Door, walk: list[bytes]
) -> None:
    door.show(walk[0])
    fill_up(door.events)
    with capture_logs() as lines:
        last = until_done(door, walk[1:])
    assert door.sent(names.FACES) == []
    waits = {line["trace_id"] for line in lines if line["event"] == "a result waits"}
    make_room(door.events)
    for _ in range(15):
        door.show(last)
    (live,) = door.sent(names.FACES)
    assert isinstance(live, LiveFace)
    assert waits == {live.trace_id}


def test_a_pass_that_could_not_be_told_in_five_seconds_is_void_and_ada_is_asked_again(
    door: Door, walk: list[bytes]
) -> None:
    dropped = metric("nero_results_dropped_total", kind="live_face") or 0.0
    door.show(walk[0])
    fill_up(door.events)
    last = until_done(door, walk[1:])
    for _ in range(int(6 * FPS)):
        door.show(last)
    assert metric("nero_results_dropped_total", kind="live_face") == dropped + 1
    assert door.code == "do"
    make_room(door.events)
    door.show(last)
    assert door.sent(names.FACES) == []


def test_a_pass_that_waited_while_no_frame_came_is_not_sent_a_minute_later(door: Door, walk: list[bytes]) -> None:
    door.show(walk[0])
    fill_up(door.events)
    until_done(door, walk[1:])
    door.clock.advance(60)
    make_room(door.events)
    door.tick()
    door.worker.turn()
    door.worker.turn()
    assert door.sent(names.FACES) == []


def test_footage_waits_while_what_it_led_to_cannot_be_told(door: Door, walk: list[bytes]) -> None:
    done_before = -1
    for number, jpeg in enumerate(walk):
        if number == 1:
            fill_up(door.events)
        door.show(jpeg, in_order=True)
        if not door.writer.is_done(door.sequence):
            break
        done_before = door.sequence
    else:
        raise AssertionError("nothing had to be told")
    door.clock.advance(10)
    door.tick()
    door.worker.turn()
    assert not door.writer.is_done(done_before + 1)
    make_room(door.events)
    door.clock.advance(1)
    door.tick()
    door.worker.turn()
    assert door.writer.is_done(done_before + 1)
    assert len(door.sent(names.FACES)) == 1


def test_a_frame_of_footage_whose_prompt_could_not_be_told_is_done_all_the_same(door: Door) -> None:
    door.show(gray_frame(), in_order=True)
    door.clock.advance(2)  # a prompt is due again
    door.tick()
    door.publish(gray_frame(), in_order=True)
    fill_up(door.frames)
    with pytest.raises(RedisError):
        door.worker.turn()
    make_room(door.frames)
    assert not door.writer.is_done(1)
    door.worker.turn()
    assert door.writer.is_done(1)


def test_a_camera_that_is_lost_ends_the_visit_and_what_is_owed_is_told(door: Door, walk: list[bytes]) -> None:
    for jpeg in walk:
        door.show(jpeg)
        if door.code == "do":
            break
    KioskChannel(door.frames, KIOSK).ask(NumberAsk(student_id="S1001", asked_at=START))
    door.show(jpeg)
    for _ in range(3):
        door.clock.advance(6)
        door.tick()
        door.worker.turn()
    (failed,) = door.sent(names.FAILURES)
    assert failed.claimed_student_id == "S1001"
    assert door.sent(names.FACES) == []


def test_a_schedule_that_vanished_is_kept_and_so_are_the_leases(door: Door) -> None:
    door.show(gray_frame())
    door.events.delete(names.SCHEDULE)
    door.clock.advance(1)
    door.show(gray_frame())
    assert KIOSK in door.keeper.held()
    said = door.health.snapshot()["schedule"]
    assert (said.ok, "the last one is kept" in said.sentence) == (False, True)
    ScheduleStore(door.events).write(Schedule())
    door.clock.advance(1)
    door.tick()
    assert door.keeper.held() == {}


def test_a_damaged_schedule_is_kept_off_and_health_says_so(door: Door) -> None:
    door.events.hset(names.SCHEDULE, mapping={"document": '{"kiosks": 7}', "document_version": 99})
    door.clock.advance(1)
    door.show(gray_frame())
    assert KIOSK in door.keeper.held()
    assert not door.health.snapshot()["schedule"].ok


def test_the_thread_of_the_leases_outlives_a_bug_and_says_so(redis: Redis) -> None:
    health, broken = HealthBoard(), threading.Event()
    broken.set()

    def wanted() -> list[str]:
        if broken.is_set():
            raise ValueError("a bug")
        return [KIOSK]

    keeper = LeaseKeeper(redis, new_ring("media"), wanted, terms=LeaseTerms(look_every_s=0.01), health=health)
    keeper.start()
    wait_until(lambda: "leases" in health.snapshot(), "the leases' health")
    said = health.snapshot()["leases"]
    assert (said.ok, "ValueError" in said.sentence) == (False, True)
    broken.clear()
    wait_until(keeper.held, "the lease")
    wait_until(lambda: health.snapshot()["leases"].ok, "health")
    assert metric("nero_broker_up", redis="events") == 1
    keeper.stop()


def test_a_broker_that_is_full_is_a_broker_that_is_not_up(door: Door) -> None:
    keeper = LeaseKeeper(
        door.events, door.ring, lambda: [KIOSK], terms=LeaseTerms(look_every_s=0.01), health=door.health
    )
    errors = metric("nero_broker_errors_total", redis="events", kind="full") or 0.0
    fill_up(door.events)
    keeper.start()
    wait_until(lambda: "leases" in door.health.snapshot(), "the leases' health")
    assert metric("nero_broker_up", redis="events") == 0
    assert (metric("nero_broker_errors_total", redis="events", kind="full") or 0.0) > errors
    make_room(door.events)
    wait_until(lambda: metric("nero_broker_up", redis="events") == 1, "the broker to be up")
    keeper.stop()


def test_one_kiosks_broken_landmarks_do_not_hide_behind_anothers() -> None:
    health, clock = HealthBoard(), ManualClock()

    def broken() -> Landmarker:
        raise Unavailable("graph error")

    at_a = Eyes("A__door", broken, clock, 1.0, health)
    at_b = Eyes("B__door", open_landmarker, clock, 1.0, health)
    blank = np.zeros((96, 96, 3), np.uint8)
    assert at_a.see(blank, 0) is None
    assert at_b.see(blank, 0) == []
    assert metric("nero_liveness_unavailable", kiosk="A__door") == 1
    assert metric("nero_liveness_unavailable", kiosk="B__door") == 0
    assert metric("nero_model_info", role="landmarks", model="mp.solutions") == 1
    assert {part: said.ok for part, said in health.snapshot().items()} == {
        "landmarks of A__door": False,
        "landmarks of B__door": True,
    }
    at_a.close()
    at_b.close()
    assert metric("nero_liveness_unavailable", kiosk="A__door") is None
    assert health.snapshot() == {}


def test_landmarks_that_cannot_be_had_at_the_start_are_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(module: str) -> None:
        raise ImportError(f"no {module}")

    health = HealthBoard()
    monkeypatch.setattr("services.liveness.compose._tasks_model", lambda _: None)  # nothing is fetched here
    told: list[ModelInUse] = []
    landmarkers = Landmarkers(LivenessSettings(models_dir=tmp_path), health, told.append)
    with monkeypatch.context() as patch:
        patch.setattr("shared.landmarks._import", gone)
        landmarkers.warm()
    assert not health.snapshot()["landmarks"].ok
    assert metric("nero_liveness_unavailable", kiosk="*") == 1
    landmarkers.warm()
    assert health.snapshot()["landmarks"].ok
    assert metric("nero_liveness_unavailable", kiosk="*") == 0
    assert [(one.model, one.problem != "") for one in told] == [("", True), ("mp.solutions", False)]
