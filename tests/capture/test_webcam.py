"""A browser's webcam: who may send, whose clock is believed, what is refused."""

import hashlib
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from services.capture.browser.admission import kiosk_of_path, origin_allowed, refusal
from services.capture.browser.inbox import Inbox, Received
from services.capture.browser.page_clock import PageClock, frame_time
from services.capture.browser.protocol import parse_picture, parse_pong, picture_message
from services.capture.compose import Capture
from services.launcher.embedded_redis import EmbeddedRedis
from shared.errors import Invalid
from shared.frame_ring import FrameReader
from shared.schedule import KioskView, Schedule, ScheduleStore
from tests.capture.conftest import RunCapture
from tests.capture.page import Page
from tests.capture.scenes import eventually, scene_jpeg
from tests.capture.test_capture import becomes, is_now, launch, next_frame, says
from tests.shared.test_images import BAD

HALL_A, HALL_B = "A__door", "B__door"
TOKEN = "token-of-hall-a"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
T0_MS = T0.timestamp() * 1000


def view(kiosk_id: str = HALL_A, source: str = "browser:", token_hash: str | None = HASH) -> KioskView:
    return KioskView(kiosk_id=kiosk_id, hall=kiosk_id[0], source=source, token_hash=token_hash)


# The clock of a page


def exchange(clock: PageClock, out_s: float, back_s: float, ahead_s: float) -> None:
    page_at = T0 + timedelta(seconds=out_s)
    clock.measured(T0, T0 + timedelta(seconds=out_s + back_s), (page_at.timestamp() + ahead_s) * 1000)


def test_a_pages_clock_is_measured_by_the_quickest_exchange() -> None:
    clock = PageClock()
    exchange(clock, 0.4, 0.1, ahead_s=90.0)  # an uneven way: wrong by 0.15 s
    exchange(clock, 0.01, 0.01, ahead_s=90.0)
    exchange(clock, 0.1, 0.3, ahead_s=90.0)
    assert clock.offset_s == pytest.approx(90.0, abs=0.001)


def test_an_exchange_that_is_long_past_no_longer_counts() -> None:
    clock = PageClock()
    exchange(clock, 0.001, 0.001, ahead_s=90.0)
    for _ in range(16):
        exchange(clock, 0.01, 0.01, ahead_s=91.0)
    assert clock.offset_s == pytest.approx(91.0, abs=0.001)


def test_a_frames_time_is_the_pages_made_ours() -> None:
    received = T0 + timedelta(seconds=0.2)
    time_ = frame_time(T0_MS + 90_000, 90.0, received, 5.0, None)
    assert (time_.captured_at, time_.clamped) == (T0, False)


def test_a_frame_is_never_from_the_future_nor_from_long_ago() -> None:
    future = frame_time(T0_MS + 60_000, 0.0, T0, 5.0, None)
    ages = frame_time(T0_MS - 3_600_000, 0.0, T0, 5.0, None)
    assert (future.captured_at, future.clamped) == (T0, True)
    assert (ages.captured_at, ages.clamped) == (T0 - timedelta(seconds=5), True)


def test_a_frame_slightly_ahead_is_taken_for_now_and_is_no_lie() -> None:
    assert frame_time(T0_MS + 20, 0.0, T0, 5.0, None) == frame_time(T0_MS, 0.0, T0, 5.0, None)


def test_frame_times_never_go_back() -> None:
    previous = T0 - timedelta(seconds=0.01)
    assert frame_time(T0_MS - 500, 0.0, T0, 5.0, previous).captured_at > previous


def test_without_a_measured_clock_the_receipt_counts() -> None:
    assert frame_time(T0_MS + 9e6, None, T0, 5.0, None).captured_at == T0


# Messages and admission


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "header"),
        (b"\x01" + bytes(8), "Date.now"),
        (b"\x02" + picture_message(T0_MS, b"x")[1:], "version 2"),
        (picture_message(float("nan"), b"x"), "Date.now"),
        (picture_message(float("inf"), b"x"), "Date.now"),
    ],
)
def test_a_message_that_is_no_picture_says_why(message: bytes, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_picture(message)


@pytest.mark.parametrize("message", ["", "[]", '{"type":"pong"}', '{"type":"pong","id":1,"at_ms":1e999}', "x" * 10_000])
def test_a_text_that_is_no_pong_is_refused(message: str) -> None:
    with pytest.raises(Invalid):
        parse_pong(message)


def test_only_a_kiosks_own_path_is_served() -> None:
    assert kiosk_of_path("/ws/kiosk/A__door?x=1") == "A__door"
    for path in ("/", "/ws/kiosk/", "/ws/kiosk/../x", "/ws/kiosk/a/b", "/metrics"):
        assert kiosk_of_path(path) is None


def test_an_origin_must_be_on_the_list_where_there_is_one() -> None:
    assert origin_allowed(None, ())
    assert origin_allowed("https://exam.example", ("https://exam.example/",))
    assert not origin_allowed("https://evil.example", ("https://exam.example",))
    assert not origin_allowed(None, ("https://exam.example",))


def test_a_token_opens_its_own_kiosk_only() -> None:
    assert refusal(view(), TOKEN) is None
    assert refusal(view(), "another") == "token"
    assert refusal(None, TOKEN) == "token"
    assert refusal(view(token_hash=None), TOKEN) == "token"
    assert refusal(view(token_hash=None), "") == "token"
    assert refusal(view(source="0"), TOKEN) == "no_webcam"


def test_only_the_newest_picture_is_kept() -> None:
    inbox = Inbox()
    for number in range(3):
        inbox.put(Received(T0, b"%d" % number))
    newest = inbox.take(0)
    assert newest is not None
    assert (newest.jpeg, inbox.overwritten) == (b"2", 2)
    assert inbox.take(0) is None


# The server


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def capture(run_capture: RunCapture, redis: Redis, port: int) -> Capture:
    ScheduleStore(redis).write(Schedule(kiosks=(view(),)))
    capture = run_capture(ws_port=port, ws_ping_s=0.1, ws_max_refused=40, ws_max_fps=1000.0, lost_after_s=1.0)
    eventually(lambda: capture.fleet.kiosk(HALL_A), what="the kiosk")
    return capture


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_pages_pictures_become_frames_as_they_came(capture: Capture, redis: Redis, port: int) -> None:
    says(redis, "no browser is connected")
    reader = FrameReader(redis, HALL_A)
    with Page(port, HALL_A, TOKEN) as page:
        assert page.hears("welcome")["max_width"] == 640
        page.hears("pace", lambda said: said["fps"] == 5.0)
        page.hears("ping")
        jpeg = scene_jpeg(5)
        page.send_picture(jpeg)
        read = next_frame(reader)
        assert read.jpeg == jpeg
        assert abs(read.frame.captured_at.timestamp() - time.time()) < 5
        eventually(lambda: page.sent(scene_jpeg(6)) and is_now(redis, "live"), what="live")
    says(redis, "no browser is connected")
    becomes(redis, "lost")


def test_a_page_whose_clock_is_an_hour_ahead_is_a_punctual_one(capture: Capture, redis: Redis, port: int) -> None:
    reader = FrameReader(redis, HALL_A)
    with Page(port, HALL_A, TOKEN, clock_ahead_s=3600) as page:
        page.hears("ping", lambda said: said["id"] >= 4)
        skew = f"browser:{HALL_A}"
        eventually(lambda: abs(metric("nero_clock_skew_seconds", origin=skew) - 3600) < 1, what="the skew measured")
        before = datetime.now(UTC)
        page.send_picture(scene_jpeg(6), page.now_ms() - 100)
        frame = next_frame(reader).frame
        assert timedelta(seconds=-1) < frame.captured_at - before < timedelta(seconds=1)


def test_a_wrong_token_is_told_so_and_sends_nothing(capture: Capture, redis: Redis, port: int) -> None:
    before = metric("nero_webcam_refused_total", reason="token")
    for kiosk_id, token in ((HALL_A, "mallorys"), (HALL_B, TOKEN)):
        with Page(port, kiosk_id, token) as page:
            assert page.hears("bye")["reason"] == "token"
            assert page.is_closed() == (4401, "token")
    assert metric("nero_webcam_refused_total", reason="token") == before + 2


def test_a_page_that_says_no_hello_is_sent_away(run_capture: RunCapture, redis: Redis, port: int) -> None:
    capture = run_capture({HALL_A: "browser:"}, ws_port=port, ws_auth_timeout_s=0.2)
    eventually(lambda: capture.fleet.kiosk(HALL_A))
    with Page(port, HALL_A, None) as silent:
        assert silent.is_closed()[0] == 4400
    with Page(port, HALL_A, None) as rude:
        rude.send_picture(scene_jpeg(1))
        assert rude.is_closed()[0] == 4400


def test_a_kiosk_with_another_camera_takes_no_webcam(run_capture: RunCapture, redis: Redis, port: int) -> None:
    ScheduleStore(redis).write(Schedule(kiosks=(view(source="57"),)))
    capture = run_capture(ws_port=port, device_fallback=False)
    eventually(lambda: capture.fleet.kiosk(HALL_A))
    with Page(port, HALL_A, TOKEN) as page:
        assert page.is_closed() == (4404, "no_webcam")


def test_another_pages_origin_and_another_path_are_refused_before_any_word(
    run_capture: RunCapture, redis: Redis, port: int
) -> None:
    capture = run_capture({HALL_A: "browser:"}, ws_port=port, ws_origins=("https://exam.example",))
    eventually(lambda: capture.fleet.kiosk(HALL_A))
    for kiosk_id, origin, status in ((HALL_A, "https://evil.example", 403), ("a/b", "https://exam.example", 404)):
        with pytest.raises(InvalidStatus) as refused:
            Page(port, kiosk_id, TOKEN, origin=origin)
        assert refused.value.response.status_code == status


def test_the_newest_connection_wins_and_the_older_one_is_told(capture: Capture, redis: Redis, port: int) -> None:
    before = metric("nero_webcam_refused_total", reason="replaced")
    reader = FrameReader(redis, HALL_A)
    with Page(port, HALL_A, TOKEN) as older:
        older.hears("welcome")
        with Page(port, HALL_A, TOKEN) as newer:
            newer.hears("welcome")
            assert older.is_closed() == (4409, "replaced")
            jpeg = scene_jpeg(9)
            newer.send_picture(jpeg)
            assert next_frame(reader).jpeg == jpeg
    assert metric("nero_webcam_refused_total", reason="replaced") == before + 1


def test_bad_pictures_are_answered_with_their_reason_and_the_next_good_one_is_taken(
    capture: Capture, redis: Redis, port: int
) -> None:
    reader = FrameReader(redis, HALL_A)
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        for data, code in BAD.values():
            before = metric("nero_images_refused_total", door="webcam", reason=code)
            page.told.clear()
            page.send_picture(data)
            assert page.hears("refused")["reason"].startswith(f"{code}: ")
            assert metric("nero_images_refused_total", door="webcam", reason=code) == before + 1
        jpeg = scene_jpeg(4)
        page.send_picture(jpeg)
        assert next_frame(reader).jpeg == jpeg


def test_a_picture_that_falls_apart_when_decoded_is_answered_too(capture: Capture, redis: Redis, port: int) -> None:
    jpeg = scene_jpeg(3)
    at = jpeg.index(b"\xff\xc4")  # its Huffman tables made nonsense
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        page.send_picture(jpeg[: at + 4] + b"\xee" * 60 + jpeg[at + 64 :])
        page.hears("refused")


def test_a_png_is_no_webcams_picture(capture: Capture, port: int) -> None:
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        page.send_picture(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10" + bytes(20) + b"IEND")
        assert "are JPEG" in page.hears("refused")["reason"]


def test_a_huge_message_closes_the_connection_and_a_page_that_sends_only_rubbish_is_sent_away(
    run_capture: RunCapture, redis: Redis, port: int
) -> None:
    ScheduleStore(redis).write(Schedule(kiosks=(view(),)))
    capture = run_capture(ws_port=port, ws_max_image_bytes=10_000, ws_max_refused=3)
    eventually(lambda: capture.fleet.kiosk(HALL_A))
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        page.send_picture(bytes(200_000))
        assert page.is_closed()[0] == 1009
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        for _ in range(3):
            page.send("rubbish")
        assert page.is_closed() == (4415, "bad_images")


def test_a_kiosk_taken_from_the_schedule_is_taken_from_its_page(capture: Capture, redis: Redis, port: int) -> None:
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        ScheduleStore(redis).write(Schedule(kiosks=(view(token_hash="0" * 64),)))
        assert page.is_closed() == (4404, "no_webcam")


def test_pages_are_told_when_capture_stops(capture: Capture, port: int) -> None:
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")
        capture.stop.set()
        assert page.hears("bye")["reason"] == "stopping"
        assert page.is_closed()[0] == 1001


def test_many_strangers_do_not_keep_capture_busy(capture: Capture, port: int) -> None:
    with ExitStack() as strangers:
        for _ in range(64):
            strangers.enter_context(connect(f"ws://127.0.0.1:{port}/ws/kiosk/{HALL_A}"))
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{port}/ws/kiosk/{HALL_A}")
        assert refused.value.response.status_code == 503
    with Page(port, HALL_A, TOKEN) as page:
        page.hears("welcome")


def test_over_tls_too(run_capture: RunCapture, redis: Redis, port: int, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject]
    subprocess.run(command, check=True, capture_output=True)
    ScheduleStore(redis).write(Schedule(kiosks=(view(),)))
    capture = run_capture(ws_port=port, ws_tls_cert=cert, ws_tls_key=key)
    eventually(lambda: capture.fleet.kiosk(HALL_A))
    with Page(port, HALL_A, TOKEN, ssl=ssl.create_default_context(cafile=cert)) as page:
        page.hears("welcome")


def test_a_port_that_is_taken_stops_the_start_in_one_line(
    redis_server: EmbeddedRedis, tmp_path: Path, port: int
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = launch(redis_server, tmp_path, NERO_CAPTURE__WS_PORT=str(port))
        _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert f"cannot be taken on 127.0.0.1:{port}: Address already in use" in error.decode()
