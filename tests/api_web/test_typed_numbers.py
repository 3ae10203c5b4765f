"""A number typed at a kiosk ends at a person, also where no face can be looked at: a real ingest opens the case."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlmodel import select

from services.api.db.engine import reading, writing
from services.api.db.tables import Attempt, Review
from services.api.ingest.office import Office
from services.api.ingest.step import Ingest
from services.api.web.app import create_app
from services.api.web.deps import Deps
from services.api.web.typed_numbers import failure_of, track_of
from shared import names
from shared.durable import DurableStreams
from shared.events import LivenessFailed, NumberAsk, Prompt, PromptCode
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.redis_replies import entries
from shared.stage import Delivery
from tests.api_web.conftest import NOW, As
from tests.broker import wait_until

KIOSK = "A__door1"
URL = f"/api/v1/kiosks/{KIOSK}/number"


@pytest.fixture
def impatient(deps: Deps) -> Deps:
    """Numbers are waited for a moment only."""
    api = deps.settings.api.model_copy(update={"number_waits_s": 0.2})
    return Deps(**{**vars(deps), "settings": deps.settings.model_copy(update={"api": api})})


@pytest.fixture
def kiosk(admin: As, exam_day: int, impatient: Deps) -> Iterator[TestClient]:
    """Hall A's screen, which asks with its own token."""
    admin.make("/kiosks", id=KIOSK, hall="A")
    token = str(admin.make(f"/kiosks/{KIOSK}/token")["token"])
    with TestClient(create_app(impatient), headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture
def channel(deps: Deps) -> KioskChannel:
    """What capture and liveness say at hall A's door."""
    return KioskChannel(deps.frames, KIOSK)


def test_with_no_camera_the_number_becomes_a_case_at_once(kiosk: TestClient, deps: Deps, redis: Redis) -> None:
    taken = kiosk.post(URL, json={"student_id": "S1"})
    assert taken.status_code == 202
    (event,) = _sent(deps, redis)
    assert (event.reason, event.claimed_student_id, event.track_id) == ("not_seen", "S1", taken.json()["track_id"])
    assert KioskChannel(deps.frames, KIOSK).take_ask() is None, "nobody takes it a second time"

    attempt, review = _ingested(deps, redis, event)
    assert (attempt.verdict, attempt.claimed_student_id, attempt.failure) == ("liveness_failed", "S1", "not_seen")
    assert (review.state, review.case_number, review.detail) == ("open", 1, "not_seen")
    outcome = redis.get(names.last(names.outcomes(KIOSK)))
    assert isinstance(outcome, bytes) and event.track_id.encode() in outcome, "the screen is told the case's number"


@pytest.mark.parametrize(("camera", "code"), [("lost", "waiting"), ("black", "waiting"), ("live", "out_of_service")])
def test_a_broken_camera_and_broken_liveness_are_not_waited_for(
    kiosk: TestClient, deps: Deps, redis: Redis, channel: KioskChannel, camera: str, code: PromptCode
) -> None:
    _stands(channel, camera, code)
    kiosk.post(URL, json={"student_id": "S1", "unable": True})
    assert [event.reason for event in _sent(deps, redis)] == ["unable"]


def test_a_number_that_no_face_comes_with_becomes_a_case_after_a_while(
    kiosk: TestClient, deps: Deps, redis: Redis, channel: KioskChannel
) -> None:
    _stands(channel)
    kiosk.post(URL, json={"student_id": "S1", "unable": True})
    wait_until(lambda: _sent(deps, redis), "a number sent to a person")
    assert [(event.reason, event.claimed_student_id) for event in _sent(deps, redis)] == [("unable", "S1")]
    assert channel.take_ask() is None


def test_a_number_that_liveness_took_becomes_no_case_here(
    kiosk: TestClient, deps: Deps, redis: Redis, channel: KioskChannel
) -> None:
    _stands(channel)
    kiosk.post(URL, json={"student_id": "S1"})
    assert channel.take_ask() is not None
    _stands(channel)
    kiosk.post(URL, json={"student_id": "S2"})  # waited for later than the first
    wait_until(lambda: _sent(deps, redis), "a number sent to a person")
    assert [event.claimed_student_id for event in _sent(deps, redis)] == ["S2"]


def test_a_server_that_stops_sends_what_still_waits_to_a_person(
    admin: As, exam_day: int, deps: Deps, redis: Redis, channel: KioskChannel
) -> None:
    admin.make("/kiosks", id=KIOSK, hall="A")
    token = str(admin.make(f"/kiosks/{KIOSK}/token")["token"])
    _stands(channel)
    with TestClient(create_app(deps), headers={"Authorization": f"Bearer {token}"}) as client:
        client.post(URL, json={"student_id": "S1"})
        assert _sent(deps, redis) == []
    assert [event.claimed_student_id for event in _sent(deps, redis)] == ["S1"]


def test_the_same_number_again_joins_the_case_that_is_open(kiosk: TestClient, deps: Deps, redis: Redis) -> None:
    for second in (0, 9):
        ask = NumberAsk(student_id="S1", asked_at=NOW.replace(second=second))
        _, review = _ingested(deps, redis, failure_of(KIOSK, ask, "challenge", NOW))
        assert review.track_id == track_of(KIOSK, ask)
    with reading(deps.engine) as session:
        assert [(case.case_number, case.visits) for case in session.exec(select(Review))] == [(1, 2)]


def _stands(channel: KioskChannel, camera: str = "live", code: PromptCode = "waiting") -> None:
    channel.camera(CameraStatus(state=camera, fps=15, last_frame_at=NOW))
    channel.prompt(Prompt(event_id="p", kiosk_id=KIOSK, captured_at=NOW, trace_id="t", code=code))


def _sent(deps: Deps, redis: Redis) -> list[LivenessFailed]:
    streams = DurableStreams(redis, deps.media)
    found = [streams.open(entry.fields or {})[0] for entry in entries(redis.xrange(names.FAILURES))]
    return [event for event in found if isinstance(event, LivenessFailed)]


def _ingested(deps: Deps, redis: Redis, event: LivenessFailed) -> tuple[Attempt, Review]:
    office = Office(deps.settings.api, deps.media)
    ingest = Ingest(deps.engine, redis, redis, office, deps.clock, deps.health, accept_simulated=False)
    (result,) = ingest([Delivery(names.FAILURES, f"{event.captured_at.second}-1", event, (), NOW, 1)])
    assert result == []
    with writing(deps.engine) as session:
        attempt = session.exec(select(Attempt).where(Attempt.event_id == event.event_id)).one()
        review = session.get_one(Review, attempt.review_id)
        session.expunge_all()
    return attempt, review
