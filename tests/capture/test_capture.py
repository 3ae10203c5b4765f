"""The whole of capture on a real Redis, with real videos, and cameras that go away, freeze, hang and come back."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from services.capture.command import main
from services.capture.compose import Capture
from services.capture.sources.base import Picture, SourceBase
from services.launcher.embedded_redis import EmbeddedRedis
from shared import names
from shared.clock import SystemClock
from shared.events import Box, CameraState, FrameCaptured, Prompt
from shared.frame_ring import FrameReader, ReadFrame
from shared.images import decode
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.schedule import KioskView, Schedule, ScheduleStore
from tests.capture.conftest import RunCapture
from tests.capture.mjpeg_camera import MjpegCamera
from tests.capture.scenes import eventually, number_of, scene, scene_jpeg, write_video

HALL_A, HALL_B, HALL_C = "A__door", "B__door", "C__door"


def status(redis: Redis, kiosk_id: str = HALL_A) -> CameraStatus | None:
    return KioskChannel(redis, kiosk_id).camera_status()


def is_now(redis: Redis, state: CameraState, kiosk_id: str = HALL_A) -> bool:
    now = status(redis, kiosk_id)
    return now is not None and now.state == state


def becomes(redis: Redis, state: CameraState, kiosk_id: str = HALL_A, timeout_s: float = 10) -> CameraStatus:
    eventually(lambda: is_now(redis, state, kiosk_id), timeout_s, f"{kiosk_id} {state}")
    found = status(redis, kiosk_id)
    assert found is not None
    return found


def says(redis: Redis, detail: str, kiosk_id: str = HALL_A) -> None:
    def said() -> bool:
        now = status(redis, kiosk_id)
        return now is not None and detail in now.detail

    eventually(said, what=f"{detail!r}; it says {status(redis, kiosk_id)}")


def next_frame(reader: FrameReader, timeout_s: float = 10) -> ReadFrame:
    found: list[ReadFrame] = []

    def read() -> bool:
        frame = reader.newest(100)
        found.extend([frame] if frame else [])
        return bool(found)

    eventually(read, timeout_s, "a frame")
    return found[0]


def schedule(redis: Redis, *kiosks: KioskView) -> None:
    ScheduleStore(redis).write(Schedule(kiosks=kiosks))


def kiosk(kiosk_id: str, source: str, node: str = "local") -> KioskView:
    return KioskView(kiosk_id=kiosk_id, hall=kiosk_id[0], source=source, capture_node=node)


def test_footage_in_order_loses_no_frame_and_waits_for_its_reader(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 30)
    capture = run_capture({HALL_A: f"file:{video}?pace=own&base=2026-11-23T09:00:00Z&simulated=1"})
    frames: list[ReadFrame] = []
    reader = FrameReader(redis, HALL_A)
    while not frames or not frames[-1].frame.last:
        read = next_frame(reader)
        assert redis.xlen(names.frames(HALL_A)) <= 2  # it waits
        frames.append(read)
        reader.done(read.frame.sequence)
    assert [number_of(decode(read.jpeg)) for read in frames] == list(range(30))
    assert [read.frame.sequence for read in frames] == list(range(1, 31))
    first = frames[0].frame
    assert (first.in_order, first.simulated, first.width, first.height) == (True, True, 320, 240)
    assert first.captured_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert len({read.frame.event_id for read in frames}) == 30
    assert len({read.frame.trace_id for read in frames}) == 1
    eventually(capture.fleet.all_ended)
    says(redis, "the footage has ended")


def test_an_in_order_frame_lost_with_the_frames_redis_is_published_again(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 3)
    run_capture({HALL_A: f"file:{video}?pace=own"}, in_order_timeout_s=0.2)
    reader = FrameReader(redis, HALL_A)
    assert next_frame(reader).frame.sequence == 1
    redis.delete(names.frames(HALL_A))  # the frames Redis came back empty
    assert next_frame(FrameReader(redis, HALL_A)).frame.sequence == 1


def test_a_wide_picture_is_sent_640_wide_and_its_state_is_told(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 60, width=1280)
    run_capture({HALL_A: f"file:{video}?loop=1"})
    read = next_frame(FrameReader(redis, HALL_A))
    assert decode(read.jpeg).shape == (120, 640, 3)
    becomes(redis, "live")
    eventually(lambda: (now := status(redis)) is not None and 15 < now.fps < 25, what="the real frame rate")
    live = status(redis)  # the first one may tell of a frame that was read and not yet measured
    assert live is not None and (live.width, live.height, live.node) == (640, 120, "local")


def test_a_still_picture_is_sent_rarely_until_liveness_sees_a_face(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted(fps=30)
    capture = run_capture({HALL_A: "script:"}, {"script": camera.factory})
    becomes(redis, "live")
    eventually(lambda: camera.source is not None and camera.source.wanted_fps == 5.0, what="the idle pace")
    channel, clock = KioskChannel(redis, HALL_A), SystemClock()
    box = Box(track_id="t-1", x=0.4, y=0.3, width=0.2, height=0.3, serving=True)
    now = clock.now()
    prompt = Prompt(event_id="p", kiosk_id=HALL_A, captured_at=now, trace_id="t", code="do", boxes=(box,))
    channel.prompt(prompt)
    eventually(lambda: camera.source is not None and camera.source.wanted_fps == 15.0, what="the pace for a face")
    reader = FrameReader(redis, HALL_A)
    sequences = [next_frame(reader).frame.sequence for _ in range(10)]
    assert sequences == sorted(set(sequences))
    assert capture.fleet.kiosk_ids() == (HALL_A,)


def test_kiosks_are_added_changed_and_removed_while_it_runs(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    one = write_video(tmp_path / "one.mp4", 20, first=0)
    other = write_video(tmp_path / "other.mp4", 20, first=100)
    capture = run_capture()
    schedule(redis, kiosk(HALL_A, f"file:{one}?loop=1"), kiosk(HALL_B, f"file:{one}?loop=1", node="east"))
    becomes(redis, "live")
    assert capture.fleet.kiosk_ids() == (HALL_A,)
    schedule(redis, kiosk(HALL_A, f"file:{other}?loop=1"), kiosk(HALL_C, f"file:{one}?loop=1"))
    becomes(redis, "live", HALL_C)
    reader = FrameReader(redis, HALL_A)
    eventually(lambda: number_of(decode(next_frame(reader).jpeg)) >= 100, what="the other video")
    schedule(redis, kiosk(HALL_C, f"file:{one}?loop=1"))
    eventually(lambda: capture.fleet.kiosk_ids() == (HALL_C,), what="hall A's camera gone")


def test_a_camera_that_goes_away_is_lost_and_comes_back_by_itself(run_capture: RunCapture, redis: Redis) -> None:
    with MjpegCamera() as camera:
        port, url = camera.port, camera.url
        run_capture({HALL_A: url}, lost_after_s=1.0)
        becomes(redis, "live")
    says(redis, str(port))
    gone = becomes(redis, "lost")
    with MjpegCamera(port):
        back = becomes(redis, "live")
    assert back.detail == ""
    assert gone.last_frame_at is not None
    assert back.last_frame_at is not None
    assert back.last_frame_at > gone.last_frame_at


def test_a_file_that_is_renamed_and_back_is_found_again(run_capture: RunCapture, redis: Redis, tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.mp4", 10)
    run_capture({HALL_A: f"file:{video}?loop=1"})
    becomes(redis, "live")
    aside = video.rename(tmp_path / "aside.mp4")
    says(redis, "there is no such file")
    aside.rename(video)
    becomes(redis, "live")


class Scripted:
    """A camera that does as the test says: still, black, silent, raising, or stuck in its driver."""

    def __init__(self, fps: float = 25.0) -> None:
        self.fps = fps
        self.picture: Callable[[int], Picture | None] = lambda _n: Picture(SystemClock().now(), image=scene(1))
        self.release = threading.Event()
        self.opened = 0
        self.source: SourceBase | None = None

    def factory(self, _address: object, _context: object) -> "ScriptedSource":
        self.source = ScriptedSource(self)
        return self.source


class ScriptedSource(SourceBase):
    def __init__(self, script: Scripted) -> None:
        self._script = script
        self._read = 0

    def open(self) -> None:
        self._script.opened += 1

    def read(self) -> Picture | None:
        threading.Event().wait(1 / self._script.fps)
        self._read += 1
        return self._script.picture(self._read)


def living(n: int) -> Picture:
    return Picture(SystemClock().now(), image=scene(n % 250))


def test_a_camera_that_shows_one_picture_for_ever_is_frozen_and_thaws(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted()
    run_capture({HALL_A: "script:"}, {"script": camera.factory}, frozen_after_s=1.0)
    becomes(redis, "frozen")
    camera.picture = living
    becomes(redis, "live")


def test_a_covered_lens_is_black(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted()
    camera.picture = lambda n: Picture(SystemClock().now(), image=np.asarray(scene(0) // 60 + n % 2, np.uint8))
    run_capture({HALL_A: "script:"}, {"script": camera.factory}, black_after_s=0.5)
    becomes(redis, "black")


def test_a_camera_that_says_nothing_is_lost(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted()
    camera.picture = living
    run_capture({HALL_A: "script:"}, {"script": camera.factory}, lost_after_s=1.0)
    becomes(redis, "live")
    camera.picture = lambda _n: None
    becomes(redis, "lost")
    camera.picture = living
    becomes(redis, "live")


def test_a_camera_that_hangs_in_its_driver_is_noticed_and_tried_anew(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted()

    def hang(_n: int) -> Picture | None:
        camera.release.wait(30)
        return None

    camera.picture = hang
    run_capture({HALL_A: "script:"}, {"script": camera.factory}, hung_after_s=0.5)
    eventually(lambda: camera.opened >= 2, what="a second try while the first hangs")
    becomes(redis, "lost")
    says(redis, "driver hung")
    camera.picture = living
    becomes(redis, "live")
    camera.release.set()


def test_a_cameras_bug_ends_neither_it_nor_the_others(run_capture: RunCapture, redis: Redis) -> None:
    def burst(_n: int) -> Picture:
        raise ZeroDivisionError

    broken, well = Scripted(), Scripted()
    broken.picture, well.picture = burst, living
    factories = {"broken": broken.factory, "well": well.factory}
    run_capture({HALL_A: "broken:", HALL_B: "well:"}, factories)
    says(redis, "ZeroDivisionError")
    becomes(redis, "live", HALL_B)
    broken.picture = living
    becomes(redis, "live")


def test_a_bad_picture_is_refused_and_the_next_one_is_sent(run_capture: RunCapture, redis: Redis) -> None:
    camera = Scripted()
    good = scene_jpeg(7)
    camera.picture = lambda n: Picture(SystemClock().now(), jpeg=good if n % 2 else good[:400])
    run_capture({HALL_A: "script:"}, {"script": camera.factory})
    assert next_frame(FrameReader(redis, HALL_A)).jpeg == good  # passed on as it came
    becomes(redis, "live")


def test_hung_cameras_do_not_slow_the_others(run_capture: RunCapture, redis: Redis, tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.mp4", 60)
    stuck = Scripted()

    def hang(_n: int) -> Picture | None:
        stuck.release.wait(30)
        return None

    stuck.picture = hang
    given = {f"S__{n}": "stuck:" for n in range(8)} | {HALL_A: f"file:{video}?loop=1"}
    run_capture(given, {"stuck": stuck.factory})
    reader = FrameReader(redis, HALL_A)
    assert [next_frame(reader, 3) for _ in range(5)]
    becomes(redis, "lost", "S__3")
    stuck.release.set()


def test_the_command_lines_kiosk_runs_while_the_events_redis_is_away(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 20)
    run_capture({HALL_A: f"file:{video}?loop=1"}, events_url=f"unix://{tmp_path}/nobody.sock")
    becomes(redis, "live")
    next_frame(FrameReader(redis, HALL_A))


def test_cameras_go_on_when_redis_is_restarted(
    run_capture: RunCapture, own_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    client = Redis.from_url(own_redis.url)
    video = write_video(tmp_path / "walk.mp4", 20)
    schedule(client, kiosk(HALL_A, f"file:{video}?loop=1"))
    capture = run_capture(redis_url=own_redis.url)
    becomes(client, "live")
    own_redis.stop()
    eventually(lambda: not capture.board.ok, what="the health says that Redis is away")
    assert capture.fleet.kiosk_ids() == (HALL_A,)  # the last schedule is kept
    own_redis.start()
    client.delete(names.frames(HALL_A), names.camera(HALL_A))
    next_frame(FrameReader(client, HALL_A))
    becomes(client, "live")
    eventually(lambda: capture.board.ok, what="well again")


def test_a_schedule_that_cannot_be_read_leaves_the_cameras_as_they_are(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 20)
    schedule(redis, kiosk(HALL_A, f"file:{video}?loop=1"))
    capture = run_capture()
    becomes(redis, "live")
    redis.hset(names.SCHEDULE, mapping={"document": '{"kiosks": 3}', "document_version": 99})
    eventually(lambda: not capture.board.ok, what="the health says so")
    assert "kiosks" in capture.board.snapshot()["schedule"].sentence
    assert capture.fleet.kiosk_ids() == (HALL_A,)


def test_a_schedule_that_vanished_leaves_the_cameras_as_they_are(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 20)
    schedule(redis, kiosk(HALL_A, f"file:{video}?loop=1"))
    capture = run_capture()
    becomes(redis, "live")
    redis.delete(names.SCHEDULE)
    eventually(lambda: "has gone" in capture.board.snapshot()["schedule"].sentence, what="the health says so")
    assert capture.fleet.kiosk_ids() == (HALL_A,)


def test_the_process_reads_a_kiosk_from_the_command_line_and_ends_with_its_footage(
    redis_server: EmbeddedRedis, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 10)
    process = launch(redis_server, tmp_path, "--until-ended", "--kiosk", f"{HALL_A}=file:{video}")
    assert process.wait(20) == 0
    assert redis.exists(names.camera(HALL_A))


def test_a_signal_ends_the_process_cleanly(redis_server: EmbeddedRedis, redis: Redis, tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.mp4", 10)
    process = launch(redis_server, tmp_path, "--kiosk", f"{HALL_A}=file:{video}?loop=1")
    becomes(redis, "live", timeout_s=20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (f"{HALL_A}=door", "give a device number, a URL"),
        ("hall A=0", "is no kiosk's id"),
        (HALL_A, "give ID=SOURCE"),
    ],
)
def test_a_kiosk_of_no_sense_on_the_command_line_stops_the_start(
    given: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--kiosk", given])
    assert reason in capsys.readouterr().err


def launch(server: EmbeddedRedis, folder: Path, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        **environment,
        "NERO_REDIS_URL": server.url,
        "NERO_FRAMES_REDIS_URL": server.url,
        "NERO_DATA_DIR": str(folder),
    }
    command = [sys.executable, "-m", "services.capture", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def _stopped(capture: Capture) -> bool:
    return not capture.fleet.kiosk_ids()


def test_frames_name_their_session_so_that_a_restart_has_other_ids(
    run_capture: RunCapture, redis: Redis, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "walk.mp4", 3)
    seen: list[FrameCaptured] = []
    for _ in range(2):
        capture = run_capture({HALL_A: f"file:{video}?pace=own"})
        seen.append(next_frame(FrameReader(redis, HALL_A)).frame)
        capture.stop.set()
        eventually(partial(_stopped, capture))
        redis.flushall()
    assert seen[0].sequence == seen[1].sequence == 1
    assert seen[0].event_id != seen[1].event_id
