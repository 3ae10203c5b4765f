"""The whole worker: real Redis, real landmarks, real video."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from redis import Redis

from services.liveness.compose import liveness_worker
from services.liveness.settings import LivenessSection, LivenessSettings
from shared import names
from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.events import FrameCaptured, LiveFace, NumberAsk, Prompt, decode, event_id
from shared.face import Face
from shared.frame_ring import FrameRing
from shared.health import HealthBoard
from shared.image_header import inspect
from shared.images import Image
from shared.keys import KeyRing, new_ring
from shared.kiosk_channel import KioskChannel
from shared.landmarks import Interface, Landmarker, open_landmarker
from shared.redis_replies import entries
from shared.schedule import KioskView, Schedule, ScheduleStore, SittingView
from shared.streams import open_entry

KIOSK = "A__door"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def schedule(policy: str = "blink", begins: datetime = START) -> Schedule:
    sitting = SittingView(
        sitting_id=1,
        exam_code="MATH-201",
        subject="Analysis",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        opens_at=begins,
        late_after=begins,
        closes_at=begins,
        in_play_from=begins - timedelta(hours=1),
        policy=policy,
        hall_of={"S1001": "A"},
    )
    return Schedule(kiosks=(KioskView(kiosk_id=KIOSK, hall="A", source="file:x"),), sittings=(sitting,))


def _frame(number: int, at_s: float, last: bool = False) -> FrameCaptured:
    return FrameCaptured(
        event_id=event_id("frame", KIOSK, number),
        kiosk_id=KIOSK,
        captured_at=START + timedelta(seconds=at_s),
        trace_id="",
        sequence=number,
        width=640,
        height=480,
        sent_at=START,
        in_order=True,
        last=last,
        simulated=True,
    )


class Served:
    """One kiosk served by one worker, turn by turn, without threads."""

    def __init__(
        self,
        redis: Redis,
        ring: KeyRing,
        open_eyes: Callable[[], Landmarker] = open_landmarker,
        clock: ManualClock | None = None,
    ) -> None:
        self.redis, self.ring, self.health = redis, ring, HealthBoard()
        settings = LivenessSettings(liveness=LivenessSection(schedule_every_s=0.001, retry_model_s=0.001))
        self.worker, self.keeper = liveness_worker(
            settings, redis, redis, ring, self.health, open_eyes=open_eyes, rng=random.Random(1), clock=clock
        )
        self.keeper.tick()
        self.frames = FrameRing(redis, KIOSK)
        self.sequence = 0

    def show(self, jpeg: bytes, at_s: float, last: bool = False) -> None:
        """Publish one frame and let the worker handle it."""
        frame = _frame(self.sequence, at_s, last)
        self.keeper.tick()
        self.frames.publish(frame, jpeg)
        while not self.frames.is_done(self.sequence):
            self.worker.turn()
        self.sequence += 1

    def play(self, jpegs: Sequence[bytes], fps: float = 15.0) -> None:
        for number, jpeg in enumerate(jpegs):
            self.show(jpeg, number / fps, last=number == len(jpegs) - 1)

    def sent(self, stream: str) -> list[Any]:
        return [open_entry(self.ring, entry.fields or {}) for entry in entries(self.redis.xrange(stream))]

    @property
    def prompt(self) -> Prompt:
        raw = self.redis.get(names.last(names.prompts(KIOSK)))
        assert isinstance(raw, bytes)
        told = decode(raw)
        assert isinstance(told, Prompt)
        return told


def code_of(kiosk: Served) -> str:
    return kiosk.prompt.code


@pytest.fixture
def ring() -> KeyRing:
    return new_ring("media")


@pytest.fixture
def served(redis: Redis, ring: KeyRing) -> Iterator[Served]:
    ScheduleStore(redis).write(schedule())
    kiosk = Served(redis, ring)
    yield kiosk
    kiosk.keeper.stop()


def walk_up(materials: Path, scenario: str, kiosk: str, start_s: float, end_s: float) -> list[bytes]:
    """Return the frames of one walk-up as a camera would send them."""
    video = cv2.VideoCapture(str(materials / "scenarios" / scenario / "kiosks" / f"{kiosk}.mp4"))
    fps = video.get(cv2.CAP_PROP_FPS)
    video.set(cv2.CAP_PROP_POS_FRAMES, int((start_s - 0.5) * fps))
    images = [video.read()[1] for _ in range(int((end_s - start_s + 0.8) * fps))]
    return [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes() for image in images]


def test_a_genuine_walk_up_becomes_one_live_face_with_sealed_crops(
    served: Served, materials: Path, redis: Redis
) -> None:
    served.play(walk_up(materials, "one-door", "A__door1", 29.0, 33.0))
    ((live, images),) = served.sent(names.FACES)
    assert isinstance(live, LiveFace)
    assert [done.action for done in live.challenge] == ["blink"]
    assert {crop.moment for crop in live.crops} == {"start", "middle", "end"}
    assert len(images) == len(live.crops)
    for crop, jpeg in zip(live.crops, images, strict=True):
        header = inspect(jpeg)
        assert (header.width, header.height) == (crop.width, crop.height)
        assert crop.width <= 224
        assert 0 < crop.points.left_eye.x < crop.points.right_eye.x < crop.width
    assert live.simulated and live.policy == "blink"
    assert live.fence == int(redis.get(names.fence(KIOSK)) or 0)
    assert (live.captured_at - live.challenge[0].done_at).total_seconds() <= 0.5
    assert b"\xff\xd8\xff" not in (entries(redis.xrange(names.FACES))[0].fields or {})[b"images"]
    assert served.sent(names.FAILURES) == []


def test_a_swap_after_the_blink_never_shows_the_second_face(served: Served, materials: Path) -> None:
    """The stranger's own face may pass as alive; the photo that follows is another track, and does nothing."""
    served.play(walk_up(materials, "three-doors", "A__door3", 40.0, 44.0))
    ((live, _),) = served.sent(names.FACES)
    blinked_s = (live.challenge[0].done_at - START).total_seconds()
    assert max((crop.captured_at - START).total_seconds() for crop in live.crops) < blinked_s + 0.5


def test_a_photo_held_still_proves_nothing(served: Served, materials: Path) -> None:
    served.play(walk_up(materials, "one-door", "A__door1", 34.5, 38.5))
    assert served.sent(names.FACES) == []
    assert served.sent(names.FAILURES) == []


def test_the_same_walk_up_sent_twice_by_two_workers_has_other_tracks_but_one_lease(
    redis: Redis, ring: KeyRing, served: Served
) -> None:
    other = Served.__new__(Served)
    settings = LivenessSettings()
    other.worker, other.keeper = liveness_worker(settings, redis, redis, ring, HealthBoard(), open_eyes=open_landmarker)
    other.keeper.tick()
    assert served.keeper.held() and not other.keeper.held()


def gray_frame() -> bytes:
    return cv2.imencode(".jpg", np.full((480, 640, 3), 120, np.uint8))[1].tobytes()


def test_an_empty_room_waits(served: Served) -> None:
    served.show(gray_frame(), 0.0)
    assert served.prompt.code == "waiting"
    assert served.prompt.track_id is None


def test_a_prompt_that_does_not_change_is_repeated_only_each_second(served: Served, redis: Redis) -> None:
    heard = redis.pubsub()  # type: ignore[no-untyped-call]
    heard.subscribe(names.prompts(KIOSK))
    heard.get_message(timeout=1)
    for number in range(31):
        served.show(gray_frame(), number / 15)
    told = 0
    while heard.get_message(timeout=0.05):
        told += 1
    assert told == 3


def test_without_landmarks_the_kiosk_is_out_of_service_and_comes_back_by_itself(redis: Redis, ring: KeyRing) -> None:
    ScheduleStore(redis).write(schedule())
    broken = threading.Event()
    broken.set()

    def open_eyes() -> Landmarker:
        if broken.is_set():
            raise Unavailable("no face landmarks: run `nero models pull`")
        return open_landmarker()

    kiosk = Served(redis, ring, open_eyes)
    kiosk.show(gray_frame(), 0.0)
    assert code_of(kiosk) == "out_of_service"
    assert not kiosk.health.snapshot()[f"landmarks of {KIOSK}"].ok
    broken.clear()
    for number in range(1, 5):
        kiosk.show(gray_frame(), number / 2)
    assert code_of(kiosk) == "waiting"
    assert kiosk.health.snapshot()[f"landmarks of {KIOSK}"].ok
    kiosk.keeper.stop()


def test_a_landmarker_that_breaks_in_the_middle_is_opened_again(redis: Redis, ring: KeyRing) -> None:
    ScheduleStore(redis).write(schedule())

    class BreaksOnce:
        interface: Interface = "solutions"
        finds = 0

        def find(self, image_bgr: Image, timestamp_ms: int = 0) -> list[Face]:
            BreaksOnce.finds += 1
            if BreaksOnce.finds == 2:
                raise Unavailable("MediaPipe failed on a frame: graph error")
            return []

        def close(self) -> None:
            raise RuntimeError("a broken graph does not close")

    kiosk = Served(redis, ring, BreaksOnce)
    codes = []
    for number in range(6):
        kiosk.show(gray_frame(), number * 2.0)
        codes.append(kiosk.prompt.code)
    assert codes[:2] == ["waiting", "out_of_service"]
    assert codes[-1] == "waiting"
    kiosk.keeper.stop()


@pytest.mark.parametrize("bad", [b"", b"\xff\xd8\xff\xe0 truncated", b"random bytes" * 50])
def test_a_bad_frame_is_counted_and_the_next_one_served(served: Served, bad: bytes) -> None:
    served.show(bad, 0.0)
    served.show(gray_frame(), 0.1)
    assert served.prompt.code == "waiting"


def test_without_a_sitting_the_screen_says_so(redis: Redis, ring: KeyRing, served: Served) -> None:
    ScheduleStore(redis).write(schedule(begins=START + timedelta(days=1)))
    served.show(gray_frame(), 0.0)
    served.show(gray_frame(), 2.0)
    assert served.prompt.code == "no_sitting"


def test_a_lost_lease_sends_nothing_and_begins_anew(served: Served, materials: Path, redis: Redis) -> None:
    jpegs = walk_up(materials, "one-door", "A__door1", 29.0, 33.0)
    for number, jpeg in enumerate(jpegs[:12]):
        served.show(jpeg, number / 15)
    redis.set(names.lease(KIOSK), "somebody-else 99")
    redis.set(names.fence(KIOSK), 99)
    for number, jpeg in enumerate(jpegs[12:45], start=12):
        served.frames.publish(_frame(number, number / 15), jpeg)
        served.worker.turn()
    assert served.sent(names.FACES) == []


def test_a_typed_number_of_one_who_cannot_blink_goes_to_the_invigilator_with_a_crop(
    served: Served, materials: Path, redis: Redis
) -> None:
    jpegs = walk_up(materials, "one-door", "A__door1", 34.5, 38.5)
    for number, jpeg in enumerate(jpegs[:30]):
        if number == 25:
            ask = NumberAsk(student_id="S1001", asked_at=START, unable=True)
            KioskChannel(redis, KIOSK).ask(ask)
        served.show(jpeg, number / 15)
    ((failed, images),) = served.sent(names.FAILURES)
    assert (failed.reason, failed.claimed_student_id, len(images)) == ("unable", "S1001", 1)
    assert served.prompt.code == "see_invigilator"


def test_a_worker_that_stops_gives_its_kiosk_up(served: Served, redis: Redis) -> None:
    stop = threading.Event()
    stop.set()
    served.worker.run(stop)
    assert redis.get(names.lease(KIOSK)) is None


def test_eyes_wait_before_they_try_again() -> None:
    from services.liveness.eyes import Eyes

    tries: list[float] = []
    clock = ManualClock()

    def open_eyes() -> Landmarker:
        tries.append(clock.monotonic_s())
        raise Unavailable("none")

    eyes = Eyes(KIOSK, open_eyes, clock, 2.0, HealthBoard())
    for _ in range(5):
        assert eyes.see(np.zeros((8, 8, 3), np.uint8), 0) is None
        clock.advance(0.9)
    assert tries == [0.0, pytest.approx(2.7)]


def test_a_camera_is_aimed_with_no_sitting_in_play_and_nothing_is_sent(
    redis: Redis, ring: KeyRing, materials: Path
) -> None:
    ScheduleStore(redis).write(schedule(begins=START + timedelta(days=1)))
    clock = ManualClock()
    served = Served(redis, ring, clock=clock)
    walk = walk_up(materials, "one-door", "A__door1", 29.0, 33.0)
    served.show(walk[0], 0.0)
    assert (served.prompt.code, served.prompt.aim) == ("no_sitting", None)
    KioskChannel(redis, KIOSK).aim()
    clock.advance(1)
    told = []
    for number, jpeg in enumerate(walk[1:]):
        served.show(jpeg, 1 + number / 15)
        told.append(served.prompt)
    assert {prompt.code for prompt in told} == {"no_sitting"}
    aim = max((prompt.aim for prompt in told if prompt.aim), key=lambda one: one.interocular_px)
    assert 30 < aim.interocular_px < 200
    assert abs(aim.yaw_deg) < 25
    assert 0 < aim.x < aim.x + aim.width < 1
    assert served.sent(names.FACES) == served.sent(names.FAILURES) == []
    redis.delete(names.aim(KIOSK))  # as its time is over
    clock.advance(1)
    served.show(walk[len(walk) // 2], 10.0)
    assert served.prompt.boxes
    assert served.prompt.aim is None
