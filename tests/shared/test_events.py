"""The wire contract: what is written can be read, what is newer is tolerated, what is wrong is refused."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.events import (
    SCHEMA_VERSION,
    FaceEnrolled,
    Prompt,
    Quality,
    decode,
    encode,
    event_id,
    pack_images,
    unpack_images,
)

PROMPT = Prompt(
    event_id=event_id("prompt", "A__door1", 7),
    kiosk_id="A__door1",
    captured_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    trace_id="t-ada",
    code="do",
    action="blink",
)


def fields(**changed: object) -> bytes:
    return json.dumps({**json.loads(encode(PROMPT)), **changed}).encode()


def test_an_event_comes_back_as_it_went() -> None:
    assert decode(encode(PROMPT)) == PROMPT


def test_a_field_that_a_newer_version_added_is_tolerated() -> None:
    assert decode(fields(mood="nervous")) == PROMPT


def test_another_schema_version_is_invalid() -> None:
    with pytest.raises(Invalid, match=f"schema version 2, this reads {SCHEMA_VERSION}"):
        decode(fields(schema_version=2))


def test_a_missing_schema_version_is_invalid() -> None:
    raw = json.loads(encode(PROMPT))
    del raw["schema_version"]
    with pytest.raises(Invalid, match="schema version None"):
        decode(json.dumps(raw).encode())


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not an event"),
        (b"[1]", "not an event"),
        (b"\xff\xfe", "not an event"),
        (fields(kind="frame_stolen"), "unknown kind"),
        (fields(kind=["prompt"]), "unknown kind"),
        (fields(code="dance"), "prompt.code"),
        (fields(kiosk_id="../etc"), "prompt.kiosk_id"),
        (fields(captured_at="2026-11-23T09:00:00"), "prompt.captured_at"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        decode(raw)


@given(st.binary(max_size=200))
def test_random_bytes_are_invalid_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(Invalid):
        decode(raw)


def test_an_event_id_is_the_same_for_the_same_thing_and_another_for_another() -> None:
    assert event_id("live_face", "A__door1", "t1") == event_id("live_face", "A__door1", "t1")
    assert event_id("live_face", "A__door1", "t1") != event_id("live_face", "A__door1", "t11")
    assert event_id("live_face", "a", "bc") != event_id("live_face", "ab", "c")


@given(st.binary(max_size=64))
def test_bytes_travel_inside_json_and_come_back(template: bytes) -> None:
    quality = Quality(
        sharpness=90, yaw_deg=0, pitch_deg=0, roll_deg=0, interocular_px=80, brightness=120, eye_openness=1, score=1
    )
    enrolled = FaceEnrolled(
        event_id="e",
        kiosk_id="enrolment",
        captured_at=PROMPT.captured_at,
        trace_id="t",
        student_id="S1",
        photo_ids=("p1",),
        model_id="m",
        template=template,
        quality=quality,
    )
    assert decode(encode(enrolled)) == enrolled


@given(st.lists(st.binary(max_size=50), max_size=6))
def test_images_come_back_as_they_went(images: list[bytes]) -> None:
    assert list(unpack_images(pack_images(images))) == images


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4), st.data())
def test_images_cut_short_are_invalid_or_whole(images: list[bytes], data: st.DataObject) -> None:
    blob = pack_images(images)
    cut = data.draw(st.integers(min_value=1, max_value=len(blob) - 1))
    try:
        kept = unpack_images(blob[:cut])
    except Invalid:
        return
    assert list(kept) == images[: len(kept)]
    assert pack_images(kept) == blob[:cut]
