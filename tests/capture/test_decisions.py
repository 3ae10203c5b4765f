"""What capture decides, from numbers and a clock: rates, pace, looks, states, addresses, plans."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from redis import Redis

from services.capture.backoff import Backoff
from services.capture.condition import Seen, Vitals, camera_state
from services.capture.look import look_at_image, look_at_jpeg, moved
from services.capture.pace import Pace
from services.capture.plan import changes, kiosks_here
from services.capture.rate import Rate
from services.capture.settings import CaptureSection, CaptureSettings
from services.capture.sources.base import SourceContext, SourceRegistry, parse_address, without_secrets
from services.capture.sources.footage import Timeline, playback
from services.capture.sources.video_file import file_source
from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.images import GrayImage, Image, encode_jpeg
from shared.schedule import KioskView, Schedule
from tests.capture.scenes import scene

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTINGS = CaptureSection()


@pytest.mark.parametrize("camera_fps", [15, 20, 25, 30, 60])
def test_fifteen_frames_a_second_are_taken_from_any_camera(camera_fps: int) -> None:
    rate = Rate()
    jitter = np.random.default_rng(1).uniform(-0.004, 0.004, camera_fps * 20)
    taken = sum(rate.take(n / camera_fps + jitter[n], 15) for n in range(camera_fps * 20))
    assert taken == pytest.approx(15 * 20, rel=0.03)


def test_a_slow_cameras_frames_are_all_taken() -> None:
    rate = Rate()
    assert all(rate.take(n / 10, 15) for n in range(100))


def test_after_a_pause_the_rate_does_not_catch_up() -> None:
    rate = Rate()
    rate.take(0.0, 2)
    assert sum(rate.take(100 + n / 30, 2) for n in range(30)) <= 3


def test_a_higher_rate_counts_at_once() -> None:
    rate = Rate()
    rate.take(0.0, 0.5)
    assert not rate.take(0.1, 0.5)
    assert any(rate.take(0.2 + n / 30, 15) for n in range(3))


class Film:
    """Plays looks at 30 fps into a pace, and counts what is sent."""

    def __init__(self) -> None:
        self.pace = Pace(SETTINGS)
        self.at_s = 0.0
        self.looks = 0

    def play(self, seconds: float, picture: Image | None = None) -> int:
        sent = 0
        for n in range(round(seconds * 30)):
            self.at_s += 1 / 30
            if self.pace.skip_before_look(self.at_s) is None:
                self.looks += 1
                image = scene(1) if picture is None else np.roll(picture, 4 * n, axis=1)
                look = look_at_image(image)
                sent += self.pace.skip_after_look(self.at_s, look.thumbnail) is None
        return sent


def test_an_empty_hall_sends_two_frames_a_second_and_is_looked_at_five_times() -> None:
    film = Film()
    assert film.play(10) == pytest.approx(20, abs=1)
    assert film.looks == pytest.approx(50, abs=2)


def test_somebody_walking_sends_fifteen_frames_a_second() -> None:
    film = Film()
    film.play(2)
    assert film.play(4, scene(2)) >= 0.85 * 15 * 4


def test_a_face_in_view_sends_fifteen_though_ada_stands_still() -> None:
    film = Film()
    film.play(2)
    sent = 0
    for _ in range(10):
        film.pace.face_in_view(film.at_s)
        sent += film.play(0.5)
    assert sent == pytest.approx(15 * 5, abs=3)


def test_when_ada_has_left_it_falls_back_to_two() -> None:
    film = Film()
    film.play(2, scene(2))
    film.play(SETTINGS.active_hold_s + 0.5)
    assert film.play(5) == pytest.approx(10, abs=1)


def test_sensor_noise_and_a_lamp_are_no_motion_and_a_head_is() -> None:
    rng = np.random.default_rng(5)
    room = cv2.resize(rng.integers(40, 200, (6, 8, 3), dtype=np.uint8), (640, 480)).astype(float)

    def look(image: npt.NDArray[np.float64]) -> GrayImage:
        return look_at_image(np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)).thumbnail

    head = room.copy()
    head[150:270, 250:350] = 190
    limits = (SETTINGS.motion_threshold, SETTINGS.motion_share)
    assert not moved(look(room), look(room), *limits)
    assert not moved(look(room), look(room + 25), *limits)
    assert moved(look(room), look(head), *limits)


def test_a_covered_lens_is_black_and_a_dim_room_is_not() -> None:
    rng = np.random.default_rng(6)
    covered = rng.integers(0, 9, (480, 640, 3), dtype=np.uint8)
    dim = covered.copy()
    dim[100:300, 200:400] += 30
    assert look_at_image(covered).black
    assert not look_at_image(dim).black
    assert look_at_jpeg(encode_jpeg(covered, 85), 10**6, 10**6).black


def test_two_pictures_of_a_living_camera_differ_and_the_same_one_does_not() -> None:
    assert look_at_image(scene(1)).fingerprint == look_at_image(scene(1)).fingerprint
    assert look_at_image(scene(1)).fingerprint != look_at_image(scene(2)).fingerprint


WELL = Seen(open=True, last_frame_s=100.0, same_for_s=0.0, black_for_s=0.0)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (WELL, "live"),
        (replace(WELL, open=False), "lost"),
        (replace(WELL, last_frame_s=None), "lost"),
        (replace(WELL, last_frame_s=96.0), "lost"),
        (replace(WELL, last_frame_s=96.0, waits_for_reader=True), "live"),
        (replace(WELL, same_for_s=10.0), "frozen"),
        (replace(WELL, same_for_s=9.0), "live"),
        (replace(WELL, black_for_s=2.0), "black"),
        (replace(WELL, black_for_s=20.0, same_for_s=20.0), "black"),
    ],
)
def test_the_state_of_a_camera(seen: Seen, state: str) -> None:
    assert camera_state(seen, 100.5, SETTINGS) == state


def test_vitals_tell_since_when_pictures_are_the_same_and_black() -> None:
    vitals, black = Vitals(), look_at_image(np.zeros((48, 64, 3), np.uint8))
    vitals.opened()
    for at_s in (1.0, 2.0, 4.0):
        vitals.frame(at_s, NOW)
        vitals.looked(at_s, black)
    assert vitals.seen() == Seen(open=True, last_frame_s=4.0, same_for_s=3.0, black_for_s=3.0)
    vitals.looked(5.0, look_at_image(scene(1)))
    assert vitals.seen().black_for_s == vitals.seen().same_for_s == 0.0


def test_the_real_frame_rate_is_measured_over_the_last_seconds() -> None:
    vitals = Vitals()
    for n in range(100):
        vitals.frame(n / 10, NOW)
    assert vitals.fps(9.9) == pytest.approx(10)
    assert vitals.fps(60.0) == 0.0


def test_waits_grow_to_their_limit_and_begin_anew_after_success() -> None:
    backoff = Backoff(1.0, 5.0)
    waits = [backoff.next_s() for _ in range(5)]
    assert [0.8 * top <= wait <= top for wait, top in zip(waits, (1, 2, 4, 5, 5), strict=True)] == [True] * 5
    backoff.reset()
    assert backoff.next_s() <= 1.0


@pytest.mark.parametrize(
    ("source", "scheme", "path", "options"),
    [
        ("0", "device", "0", {}),
        ("rtsp://a:b@10.0.0.9/ch1?x=1", "rtsp", "rtsp://a:b@10.0.0.9/ch1?x=1", {}),
        ("file:walk ups/a.mp4?pace=own&loop=1", "file", "walk ups/a.mp4", {"pace": "own", "loop": "1"}),
        (r"file:C:\clips\a.mp4", "file", r"C:\clips\a.mp4", {}),
        ("folder:/srv/door", "folder", "/srv/door", {}),
        ("browser:", "browser", "", {}),
        ("people:ada?do=blink", "people", "ada", {"do": "blink"}),
    ],
)
def test_an_address_is_taken_apart(source: str, scheme: str, path: str, options: dict[str, str]) -> None:
    address = parse_address(source)
    assert (address.scheme, address.path, dict(address.options)) == (scheme, path, options)


@pytest.mark.parametrize("source", ["", "door", ":x", "-1"])
def test_an_address_of_no_sense_says_what_to_give(source: str) -> None:
    with pytest.raises(Unavailable, match="give a device number, a URL"):
        parse_address(source)


def test_an_unknown_scheme_names_the_known_ones() -> None:
    kiosk = KioskView(kiosk_id="A__door", hall="A", source="ftp:door")
    context = SourceContext(ManualClock(), Redis(), CaptureSettings(), kiosk)
    with pytest.raises(Unavailable, match="no scheme 'ftp'; there are file"):
        SourceRegistry({"file": file_source}).make(context)


def test_a_cameras_password_is_not_shown() -> None:
    assert without_secrets("rtsp://admin:p%40ss@10.0.0.9:554/ch1?token=x") == "rtsp://10.0.0.9:554/ch1"


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://admin:secret@10.0.0.9/ch1",
        "rtsp://admin:se/secret@10.0.0.9/ch1",
        "rtsp://admin:se?secret@10.0.0.9/ch1",
        "ftp://admin:secret@10.0.0.9/ch1",
        "admin:secret@10.0.0.9/ch1",
        "//admin:secret@10.0.0.9/ch1",
        "http://10.0.0.9/ch1?password=secret",
        "rtps:10.0.0.9/ch1?password=secret",
    ],
)
def test_no_mistake_in_an_address_shows_its_password(source: str) -> None:
    kiosk = KioskView(kiosk_id="A__door", hall="A", source=source)
    context = SourceContext(ManualClock(), Redis(), CaptureSettings(), kiosk)
    with pytest.raises(Unavailable) as said:
        SourceRegistry({}).make(context)
    assert "secret" not in str(said.value)


@pytest.mark.parametrize(
    "source", ["file:a.mp4?pase=own", "file:a.mp4?pace=fast", "file:a.mp4?base=noon", "file:a.mp4?fps=0", "file:"]
)
def test_a_wrong_option_is_named(source: str) -> None:
    with pytest.raises(Unavailable, match=r"pase|pace=fast|base=noon|fps=0|give file:PATH"):
        playback(parse_address(source))


def test_footage_on_its_own_clock_waits_for_nothing_and_counts_from_its_base() -> None:
    options = playback(parse_address("file:a.mp4?pace=own&base=2026-11-23T08:00:00Z"))
    timeline = Timeline(options, ManualClock(NOW))
    assert timeline.wait_s(12.0) == 0.0
    assert timeline.captured_at(12.0) == datetime(2026, 11, 23, 8, 0, 12, tzinfo=UTC)


def test_footage_in_real_time_is_due_when_its_time_has_come() -> None:
    clock = ManualClock(NOW)
    timeline = Timeline(playback(parse_address("file:a.mp4")), clock)
    assert timeline.wait_s(0.0) == 0.0
    clock.advance(1.0)
    assert timeline.wait_s(1.5) == pytest.approx(0.5)
    assert timeline.captured_at(1.5) == NOW + timedelta(seconds=1.5)


def test_a_base_to_come_is_waited_for() -> None:
    timeline = Timeline(playback(parse_address("file:a.mp4?base=2026-11-23T09:00:10+00:00")), ManualClock(NOW))
    assert timeline.wait_s(0.0) == pytest.approx(10.0)
    assert timeline.captured_at(0.0) == NOW + timedelta(seconds=10)


def kiosk(kiosk_id: str, source: str = "0", **more: object) -> KioskView:
    return KioskView.model_validate({"kiosk_id": kiosk_id, "hall": kiosk_id[0], "source": source, **more})


def test_a_node_serves_its_own_enabled_kiosks() -> None:
    schedule = Schedule(
        kiosks=(kiosk("A__door"), kiosk("B__door", capture_node="east"), kiosk("A__exit", enabled=False))
    )
    assert list(kiosks_here(schedule, "local", {})) == ["A__door"]
    assert list(kiosks_here(schedule, "east", {})) == ["B__door"]


def test_a_source_on_the_command_line_goes_before_the_schedules() -> None:
    schedule = Schedule(kiosks=(kiosk("A__door", token_hash="ab"),))
    here = kiosks_here(schedule, "local", {"A__door": "file:a.mp4", "C__door": "1"})
    assert (here["A__door"].source, here["A__door"].token_hash) == ("file:a.mp4", "ab")
    assert (here["C__door"].source, here["C__door"].hall) == ("1", "C")


def test_only_what_changed_is_started_anew() -> None:
    running = [kiosk("A__door"), kiosk("B__door"), kiosk("C__door")]
    wanted = {"A__door": kiosk("A__door", policy="off"), "B__door": kiosk("B__door", "1"), "D__door": kiosk("D__door")}
    todo = changes(running, wanted)
    assert todo.stop == ("B__door", "C__door")
    assert [one.kiosk_id for one in todo.start] == ["B__door", "D__door"]


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="fps_idle is more than fps_active"):
        CaptureSection(fps_idle=20, fps_active=10)
    with pytest.raises(ValueError, match="ws_tls_cert and ws_tls_key belong together"):
        CaptureSection.model_validate({"ws_tls_cert": "cert.pem"})


@pytest.mark.parametrize(
    "source", ["file:walk.mp4?real=1", "FOLDER:drop?pace=real&real=1", "file:walk.mp4?re%61l=1&loop=1&real=yes"]
)
def test_only_the_command_line_can_vouch_for_footage(source: str) -> None:
    schedule = Schedule(kiosks=(KioskView(kiosk_id="A__door", hall="A", source=source),))
    (from_the_office,) = kiosks_here(schedule, "local", {}).values()
    assert playback(parse_address(from_the_office.source)).simulated
    (given,) = kiosks_here(schedule, "local", {"A__door": source}).values()
    assert not playback(parse_address(given.source)).simulated


def test_a_network_cameras_address_stays_as_it_is() -> None:
    source = "http://10.0.0.9/ch1?real=1"
    schedule = Schedule(kiosks=(KioskView(kiosk_id="A__door", hall="A", source=source),))
    assert kiosks_here(schedule, "local", {})["A__door"].source == source
