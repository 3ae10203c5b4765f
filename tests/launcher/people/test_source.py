"""Sample people as a camera: the prompts they obey come over a real Redis."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from services.capture.settings import CaptureSettings
from services.capture.sources.base import Address, Picture, SourceContext, parse_address
from services.launcher.people.source import PeopleSource, make_people_source
from shared.clock import ManualClock, SystemClock
from shared.errors import Unavailable
from shared.events import Action, Outcome, Prompt
from shared.face import Face
from shared.kiosk_channel import KioskChannel
from shared.landmarks import Landmarker
from shared.schedule import KioskView

KIOSK = "A__door1"
EILEEN, GRACE = "sample:eileen_collins", "sample:grace_hopper"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def open_source(tmp_path: Path, redis: Redis) -> Callable[..., PeopleSource]:
    """Opens a source of a script, on the footage's own clock."""

    def open_one(*walkups: dict[str, object], **fields: object) -> PeopleSource:
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"walkups": walkups, **fields}))
        source = make_people_source(*addressed(f"people:{script}?pace=own", redis))
        source.open()
        return source

    return open_one


def addressed(source: str, redis: Redis) -> tuple[Address, SourceContext]:
    kiosk = KioskView(kiosk_id=KIOSK, hall="A", source=source)
    return parse_address(source), SourceContext(ManualClock(), redis, CaptureSettings(), kiosk)


def read(source: PeopleSource) -> Picture:
    picture = source.read()
    assert picture is not None
    return picture


def face_in(picture: Picture, stills: Landmarker) -> Face | None:
    assert picture.image is not None
    faces = stills.find(picture.image)
    return max(faces, key=lambda face: face.box.width) if faces else None


def prompt(action: Action, number: int) -> Prompt:
    return Prompt(
        event_id=f"p{number}", kiosk_id=KIOSK, captured_at=NOW, trace_id="t", code="do", action=action, track_id="1"
    )


def test_eileen_blinks_when_the_kiosk_asks_and_not_before(
    open_source: Callable[..., PeopleSource], redis: Redis, stills: Landmarker
) -> None:
    source, channel = open_source({"photo": EILEEN, "pause_before_s": 0}), KioskChannel(redis, KIOSK)
    unasked = [face_in(read(source), stills) for _ in range(30)][12:]
    assert min(face.ear_left for face in unasked if face) > 0.25
    asked = []
    for number in range(30):
        channel.prompt(prompt("blink", number))
        asked.append(face_in(read(source), stills))
    assert min(face.ear_left for face in asked if face) < 0.15


def test_eileen_turns_to_her_left_when_asked(
    open_source: Callable[..., PeopleSource], redis: Redis, stills: Landmarker
) -> None:
    source, channel = open_source({"photo": EILEEN, "pause_before_s": 0}), KioskChannel(redis, KIOSK)
    yaws = []
    for number in range(45):
        channel.prompt(prompt("turn_left", number))
        face = face_in(read(source), stills)
        yaws.append(face.yaw_deg if face else 0)
    assert max(yaws) >= 20


def test_eileen_leaves_after_her_verdict_and_the_footage_ends(
    open_source: Callable[..., PeopleSource], redis: Redis
) -> None:
    source = open_source({"photo": EILEEN, "pause_before_s": 0}, end="last_frame")
    for _ in range(15):
        read(source)
    KioskChannel(redis, KIOSK).outcome(
        Outcome(event_id="o1", kiosk_id=KIOSK, captured_at=NOW, trace_id="t", track_id="1", verdict="present")
    )
    frames = 0
    while not read(source).last:
        frames += 1
    assert 15 <= frames <= 30


def test_the_verdict_before_is_not_taken_for_ones_own(open_source: Callable[..., PeopleSource], redis: Redis) -> None:
    KioskChannel(redis, KIOSK).outcome(
        Outcome(event_id="o1", kiosk_id=KIOSK, captured_at=NOW, trace_id="t", track_id="0", verdict="present")
    )
    source = open_source({"photo": GRACE, "pause_before_s": 0, "stay_max_s": 4}, end="last_frame")
    frames = 0
    while not read(source).last:
        frames += 1
    assert frames >= 4 * 15


def test_own_pace_counts_time_in_frames_and_marks_the_people_as_simulated(
    open_source: Callable[..., PeopleSource],
) -> None:
    source = open_source({"photo": EILEEN})
    times = [read(source).captured_at for _ in range(16)]
    assert (times[15] - times[0]).total_seconds() == pytest.approx(1.0)
    assert source.simulated and source.in_order


def test_in_real_time_no_frame_comes_before_it_is_due(tmp_path: Path, redis: Redis) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"walkups": [{"photo": EILEEN}]}))
    address, context = addressed(f"people:{script}", redis)
    source = make_people_source(address, SourceContext(SystemClock(), redis, context.settings, context.kiosk))
    source.open()
    times = [read(source).captured_at for _ in range(7)]
    assert (times[6] - times[0]).total_seconds() >= 5 / 15
    assert not source.in_order


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("{", "JSON"),
        ('{"walkups": []}', "walkups"),
        ('{"walkups": [{"photo": "x.jpg", "behaviour": "fly"}]}', "behaviour"),
        ('{"walkups": [{"photo": "x.jpg", "swap_to": "y.jpg"}]}', "swap_to"),
        ('{"walkups": [{"photo": "nobody.jpg"}]}', "nobody.jpg"),
    ],
)
def test_a_wrong_script_is_refused_by_name(tmp_path: Path, redis: Redis, script: str, complaint: str) -> None:
    path = tmp_path / "script.json"
    path.write_text(script)
    with pytest.raises(Unavailable, match=complaint):
        make_people_source(*addressed(f"people:{path}", redis)).open()


def test_a_missing_script_and_a_wrong_option_are_refused(tmp_path: Path, redis: Redis) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        make_people_source(*addressed(f"people:{tmp_path}/none.json", redis)).open()
    with pytest.raises(Unavailable, match="pace"):
        make_people_source(*addressed("people:x.json?pace=slow", redis))
