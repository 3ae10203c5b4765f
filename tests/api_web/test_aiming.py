"""Aiming a camera: what is measured against what is needed, in codes, with and without a sitting in play."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from services.api.office.aiming import judge
from services.api.web.deps import Deps
from services.api.web.kiosk_feed import for_screen
from shared import names
from shared.events import Aim, FrameCaptured, Prompt, PromptCode, decode, encode
from shared.frame_ring import FrameRing
from shared.kiosk_channel import CameraStatus, KioskChannel
from tests.api_web.aims import GOOD
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg

KIOSK = "A__door1"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_camera_that_is_well_aimed_needs_no_advice() -> None:
    assert {reading.state for reading in judge(GOOD)} == {"good"}
    assert {reading.advice for reading in judge(GOOD)} == {None}


@pytest.mark.parametrize(
    ("change", "measure", "state", "advice"),
    [
        ({"interocular_px": 29.0}, "size", "poor", "closer"),
        ({"interocular_px": 45.0}, "size", "fair", "closer"),
        ({"width": 0.8}, "size", "poor", "further_away"),
        ({"brightness": 40.0}, "light", "poor", "more_light"),
        ({"brightness": 60.0}, "light", "fair", "more_light"),
        ({"brightness": 230.0}, "light", "poor", "less_light"),
        ({"brightness": 210.0}, "light", "fair", "less_light"),
        ({"backlit": True}, "light", "poor", "backlit"),
        ({"sharpness": 10.0}, "sharpness", "poor", "focus"),
        ({"sharpness": 40.0}, "sharpness", "fair", "focus"),
        ({"yaw_deg": -25.0}, "turn", "fair", "from_the_front"),
        ({"yaw_deg": 39.0}, "turn", "poor", "from_the_front"),
        ({"pitch_deg": 20.0}, "height", "fair", "lower_camera"),
        ({"pitch_deg": -36.0}, "height", "poor", "raise_camera"),
        ({"roll_deg": 16.0}, "tilt", "fair", "level_camera"),
    ],
)
def test_each_measure_says_what_would_make_it_better(
    change: dict[str, object], measure: str, state: str, advice: str
) -> None:
    found = {reading.measure: reading for reading in judge(GOOD.model_copy(update=change))}
    assert (found[measure].state, found[measure].advice) == (state, advice)  # type: ignore[index]
    assert [one.measure for one in found.values() if one.state != "good"] == [measure]


@pytest.fixture
def door(admin: As, deps: Deps) -> KioskChannel:
    """Hall A's door, whose camera lives."""
    admin.make("/halls", id="A", name="Hall A")
    admin.make("/kiosks", id=KIOSK, hall="A")
    channel = KioskChannel(deps.frames, KIOSK)
    channel.camera(CameraStatus(state="live", fps=15, last_frame_at=NOW))
    return channel


def test_who_aims_is_told_what_is_seen(admin: As, deps: Deps, door: KioskChannel) -> None:
    assert _sight(admin) == "no_picture"
    FrameRing(deps.frames, KIOSK, max_age_s=60).publish(_frame(0), tiny_jpeg(64, 48))
    assert _sight(admin) == "no_liveness"
    assert door.aimed()
    door.prompt(_prompt("no_sitting"))
    assert _sight(admin) == "nobody"
    door.prompt(_prompt("no_sitting", GOOD.model_copy(update={"hint": "too_far"})))
    told = admin("GET", f"/kiosks/{KIOSK}/aim").json()
    assert (told["sight"], told["hint"], told["face"]["width"]) == ("face", "too_far", 0.3)
    assert not told["ready"]
    assert [reading["measure"] for reading in told["readings"]][:2] == ["size", "light"]
    door.prompt(_prompt("no_sitting", GOOD))
    assert admin("GET", f"/kiosks/{KIOSK}/aim").json()["ready"]
    door.prompt(_prompt("no_sitting", GOOD.model_copy(update={"sharpness": 3.0})))
    assert not admin("GET", f"/kiosks/{KIOSK}/aim").json()["ready"]
    deps.frames.delete(names.frames(KIOSK))
    assert _sight(admin) == "no_picture", "the last word of liveness outlives the picture"
    FrameRing(deps.frames, KIOSK, max_age_s=60).publish(_frame(1), tiny_jpeg(64, 48))
    door.camera(CameraStatus(state="black", fps=15, last_frame_at=NOW, detail="the picture is black"))
    assert _sight(admin) == "no_picture"


def test_what_is_measured_is_not_for_the_kiosks_screen() -> None:
    kind, shown = for_screen(encode(_prompt("do", GOOD)))
    assert kind == "prompt"
    assert "aim" not in shown
    assert "interocular" not in shown


def test_a_prompt_of_a_liveness_that_knows_no_aiming_is_read() -> None:
    old = encode(_prompt("waiting")).replace(b',"aim":null', b"")
    assert b"aim" not in old
    assert isinstance(decode(old), Prompt)


def test_the_newest_picture_is_for_the_office_alone(
    admin: As, invigilator: As, anyone: TestClient, deps: Deps, door: KioskChannel
) -> None:
    path = f"/kiosks/{KIOSK}/frame"
    assert admin("GET", path).status_code == 404
    ring = FrameRing(deps.frames, KIOSK)
    for number in range(2):
        ring.publish(_frame(number), tiny_jpeg(64 + number, 48))
    answer = admin("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == tiny_jpeg(65, 48)
    assert answer.headers["cache-control"] == "no-store"
    assert invigilator("GET", path).status_code == 403
    assert anyone.get(f"/api/v1{path}").status_code == 401
    assert deps.frames.keys(names.frames("*")) == [names.frames(KIOSK).encode()]


def _sight(admin: As) -> str:
    return str(admin("GET", f"/kiosks/{KIOSK}/aim").json()["sight"])


def _prompt(code: PromptCode, aim: Aim | None = None) -> Prompt:
    return Prompt(event_id="p", kiosk_id=KIOSK, captured_at=NOW, trace_id="", code=code, aim=aim)


def _frame(number: int) -> FrameCaptured:
    return FrameCaptured(
        event_id=f"f{number}",
        kiosk_id=KIOSK,
        captured_at=NOW,
        trace_id="",
        sequence=number,
        width=64,
        height=48,
        sent_at=NOW,
    )
