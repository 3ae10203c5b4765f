"""What the upload doors refuse: by the first bytes, with a reason, and without decoding anything."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg

BOMB = tiny_jpeg(30000, 30000, scan=b"\x12\x34" * 39_000)


@pytest.mark.parametrize(
    ("picture", "status", "code"),
    [
        (BOMB, 413, "too_large"),
        (tiny_jpeg(480, 640, end=False), 422, "truncated"),
        (b"", 422, "empty"),
        (os.urandom(4096), 422, "not_an_image"),
        (b"GIF89a" + bytes(64), 415, "unsupported"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_reason(admin: As, picture: bytes, status: int, code: str) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    answer = admin("POST", "/students/S1/photos", files=[("photo", ("x.jpg", picture, "image/jpeg"))])
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert admin("GET", "/students/S1/enrolment").json()["photos"] == []


def test_one_bad_photo_among_good_ones_refuses_all(admin: As) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    files = [("photo", ("a.jpg", tiny_jpeg(480, 640), "image/jpeg")), ("photo", ("b.jpg", BOMB, "image/jpeg"))]
    answer = admin("POST", "/students/S1/photos", files=files)
    assert (answer.status_code, answer.json()["where"]) == (413, "photo.1")
    assert admin("GET", "/students/S1/enrolment").json()["photos"] == []


def test_more_photos_than_one_enrolment_takes_are_refused(admin: As) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    files = [("photo", (f"{n}.jpg", tiny_jpeg(480, 640 + n), "image/jpeg")) for n in range(6)]
    assert admin("POST", "/students/S1/photos", files=files).json()["code"] == "too_many_photos"


def test_a_body_over_the_limit_is_not_read(admin: As) -> None:
    answer = admin("POST", "/halls", content=b"x" * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_hides_its_length_is_cut_off_at_the_limit(admin: As) -> None:
    chunks = (b"x" * 100_000 for _ in range(11))
    answer = admin("POST", "/halls", content=chunks)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_nobody_can_make_us_read_a_body_before_signing_in(anyone: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"{"
        raise AssertionError("the body was asked for")

    answer = anyone.post("/api/v1/halls", content=chunks(), headers={"Content-Length": "900000"})
    assert answer.status_code == 401


def test_wrong_fields_are_named(admin: As) -> None:
    answer = admin("POST", "/halls", json={"id": "A", "time_zone": "Mars/Olympus"})
    assert (answer.status_code, answer.json()["where"]) == (422, "time_zone")
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_has_its_security_headers(anyone: TestClient) -> None:
    for path in ("/kiosk/A__door1", "/static/kiosk.js", "/api/v1/me", "/nowhere"):
        headers = anyone.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_the_kiosks_page_may_reach_capture_and_no_other_host(anyone: TestClient) -> None:
    policy = anyone.get("/kiosk/A__door1", headers={"Host": "nero.example:8080"}).headers["content-security-policy"]
    assert "connect-src 'self' ws://nero.example:8765;" in policy


def test_the_web_process_never_loads_a_decoder() -> None:
    code = "import sys, services.api.web.serve; print(sorted({'cv2', 'mediapipe', 'deepface'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
