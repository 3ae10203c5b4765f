"""Ingest on a real Redis: events become rows once, outcomes reach the screen, views follow, and outages pass."""

from pathlib import Path
from typing import cast

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from redis.client import PubSub
from sqlalchemy import Engine
from sqlmodel import Session, select

from services.api.db.engine import make_engine, reading
from services.api.db.tables import Evidence, LookAlikePair, Outbox, Photo, RosterEntry, Student, Template
from services.api.forget import forget_student
from services.api.ingest.office import Office
from services.api.ingest.step import Ingest
from services.api.media import open_evidence
from services.api.settings import ApiSettings
from services.api.views import schedule_changed
from shared import metrics, names
from shared.clock import ManualClock
from shared.dead import list_dead
from shared.durable import DurableStreams
from shared.events import AnyEvent, EnrolmentFailed, FaceEnrolled, LookAlike, Outcome, Quality, decode, event_id
from shared.gallery import GalleryStore, admission_key, enrolment_key
from shared.health import HealthBoard
from shared.keys import load_ring
from shared.schedule import ScheduleStore
from shared.stage import Delivery
from tests.api.postgres import Cluster
from tests.api.running import NOW, running_ingest, settings_for, until
from tests.api.story import DAY, Morning, at, failed, identified, morning

QUALITY = Quality(
    sharpness=200, yaw_deg=0, pitch_deg=0, roll_deg=0, interocular_px=80, brightness=120, eye_openness=1, score=0.9
)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> ApiSettings:
    """An ingest's settings; footage times are believed, so that the morning is the morning."""
    return settings_for(tmp_path, database_url, accept_simulated=True)


@pytest.fixture
def streams(redis: Redis, settings: ApiSettings) -> DurableStreams:
    """The recognizer's and enrolment's side."""
    return DurableStreams(redis, load_ring(settings.keys_dir, "media"))


def test_ada_is_on_the_roster_and_her_screen_knows(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    screen = _screen(redis, "A__door1")
    event = identified("ada", "A__door1", at("08:45"), simulated=True)
    with running_ingest(settings, redis):
        streams.add(names.ATTEMPTS, event, [b"the crop"])
        until(lambda: office.status("ada") == "present")
        outcome = _next_outcome(screen)
        until(lambda: redis.xpending(names.ATTEMPTS, names.INGEST_GROUP)["pending"] == 0)
    assert (outcome.verdict, outcome.name, outcome.table) == ("present", "Ada Lovelace", "C-14")
    with reading(office.engine) as session:
        evidence = session.exec(select(Evidence)).one()
        assert evidence.sealed is not None and b"the crop" not in evidence.sealed
        assert open_evidence(load_ring(settings.keys_dir, "media"), event.event_id, evidence.sealed) == b"the crop"


def test_the_same_event_again_is_answered_with_the_stored_verdict(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    screen = _screen(redis, "A__door1")
    event = identified("ada", "A__door1", at("08:45"), simulated=True)
    with running_ingest(settings, redis):
        streams.add(names.ATTEMPTS, event)
        first = _next_outcome(screen)
        streams.add(names.ATTEMPTS, event)
        again = _next_outcome(screen)
    assert first == again
    assert len(office.attempts()) == 1
    assert len(office.audited()) == 1


def test_simulated_people_are_let_go_unanswered_in_an_exam_and_never_stop_it(
    office: Morning, tmp_path: Path, database_url: str, redis: Redis
) -> None:
    settings = settings_for(tmp_path, database_url)
    more_than_dead_letters_in_a_row = 2 * settings.api.stage.dead_in_row_max
    streams = DurableStreams(redis, load_ring(settings.keys_dir, "media"))
    refused_before = metrics.SIMULATED_REFUSED._value.get()
    with running_ingest(settings, redis):
        for _ in range(more_than_dead_letters_in_a_row):
            streams.add(names.ATTEMPTS, identified("grace", "B__door1", at("08:45"), simulated=True))
        streams.add(names.ATTEMPTS, failed("A__door1", at("08:45"), simulated=True))
        streams.add(names.ATTEMPTS, identified("ada", "A__door1", at("08:45")))
        until(lambda: office.status("ada") == "present")
        until(lambda: redis.xpending(names.ATTEMPTS, names.INGEST_GROUP)["pending"] == 0)
    assert [attempt.student_id for attempt in office.attempts()] == ["ada"]
    assert office.status("grace") == "expected"
    assert _dead_reasons(redis) == []
    assert metrics.SIMULATED_REFUSED._value.get() == refused_before + more_than_dead_letters_in_a_row + 1


def test_entries_of_two_streams_that_are_numbered_alike_are_both_dealt_with(
    office: Morning, settings: ApiSettings, redis: Redis
) -> None:
    ring = Office(settings.api, load_ring(settings.keys_dir, "media"))
    step = Ingest(office.engine, redis, redis, ring, ManualClock(NOW), HealthBoard(), accept_simulated=True)
    came = identified("ada", "A__door1", at("08:45"), simulated=True)
    attacked = failed("B__door1", at("08:46"), simulated=True)
    both: list[tuple[str, AnyEvent]] = [(names.ATTEMPTS, came), (names.FAILURES, attacked)]
    step([Delivery(stream, "1-0", event, (), NOW, 1) for stream, event in both])
    assert {attempt.event_id for attempt in office.attempts()} == {came.event_id, attacked.event_id}


def test_an_event_of_a_kiosk_that_nobody_knows_is_a_dead_letter_that_says_so(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    with running_ingest(settings, redis):
        streams.add(names.ATTEMPTS, failed("Z__door9", at("08:45")))
        streams.add(names.ATTEMPTS, identified("ada", "A__door1", at("08:45"), simulated=True))
        until(lambda: redis.xlen(names.dead(names.ATTEMPTS)) == 1)
        until(lambda: office.status("ada") == "present")
    assert _dead_reasons(redis) == ["there is no kiosk Z__door9: add it, then replay this"]


def test_an_admission_is_in_the_gallery_for_the_return(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    gallery = GalleryStore(redis)
    with running_ingest(settings, redis):
        streams.add(names.ATTEMPTS, identified("ada", "A__door1", at("08:45"), simulated=True))
        until(lambda: admission_key(1, "ada") in gallery.since("", 0).upserts)
    assert gallery.since("", 0).upserts[admission_key(1, "ada")].sealed == b"sealed probe"


def test_an_enrolment_becomes_a_template_a_gallery_entry_and_a_mirrored_key(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    redis.hset(names.TEMPLATE_KEYS, "ada", b"wrapped by the recognizer's ring")
    office.change(lambda session: session.add(_photo("p1")))
    gallery = GalleryStore(redis)
    with running_ingest(settings, redis):
        streams.add(names.ENROLLED, _enrolled("ada", look_alikes=(LookAlike(student_id="grace", similarity=0.61),)))
        until(lambda: enrolment_key("ada") in gallery.since("", 0).upserts)
        until(lambda: REGISTRY.get_sample_value("nero_view_version", {"view": "gallery"}) == gallery.version() > 0)
        redis.flushall()  # the events Redis is lost with everything in it
        until(lambda: enrolment_key("ada") in gallery.since("", 0).upserts)
        assert gallery.model_id() == "test-net"
        until(lambda: ScheduleStore(redis).read().kiosk("A__door1") is not None)
    assert redis.hget(names.TEMPLATE_KEYS, "ada") == b"wrapped by the recognizer's ring"
    with reading(office.engine) as session:
        assert session.get_one(Photo, "p1").state == "enrolled"
        (pair,) = session.exec(select(LookAlikePair)).all()
        assert (pair.student_a, pair.student_b, pair.state) == ("ada", "grace", "unconfirmed")


def test_the_office_s_network_stands_against_what_redis_says_after_a_restart(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    redis.hset(names.TEMPLATE_KEYS, "ada", b"wrapped")
    gallery = GalleryStore(redis)
    with running_ingest(settings, redis):
        streams.add(names.ENROLLED, _enrolled("ada"))
        until(lambda: enrolment_key("ada") in gallery.since("", 0).upserts)
    gallery.keep_model("another-net")  # an old file of Redis came back, or a worker chose anew
    with running_ingest(settings, redis):
        until(lambda: gallery.model_id() == "test-net")


def test_ingest_measures_what_waits_for_workers_that_are_all_dead(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    for _ in range(3):
        streams.add(names.FACES, failed("A__door1", at("08:45")))  # whatever it is: nobody reads it
    assert redis.xinfo_groups(names.FACES) == []  # no recognizer was ever here
    labels = {"stream": names.FACES, "group": names.RECOGNIZER_GROUP}
    with running_ingest(settings, redis):
        until(lambda: REGISTRY.get_sample_value("nero_stream_lag_entries", labels) == 3)
    assert (REGISTRY.get_sample_value("nero_stream_oldest_pending_seconds", labels) or 0) > 0
    assert REGISTRY.get_sample_value("nero_broker_up", {"redis": "frames"}) == 1
    assert REGISTRY.get_sample_value("nero_broker_up", {"redis": "events"}) == 1


def test_a_later_enrolment_stands_whichever_comes_first(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    redis.hset(names.TEMPLATE_KEYS, "ada", b"wrapped")
    with running_ingest(settings, redis):
        streams.add(names.ENROLLED, _enrolled("ada", template=b"newer", asked="08:10"))
        streams.add(names.ENROLLED, _enrolled("ada", template=b"older", asked="08:00"))
        until(lambda: _acknowledged(redis, names.ENROLLED))
    with reading(office.engine) as session:
        assert session.exec(select(Template.sealed)).one() == b"newer"


def test_a_refused_photo_says_why(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    office.change(lambda session: session.add(_photo("p1")))
    refusal = EnrolmentFailed(
        event_id=event_id("enrolment_failed", "p1"),
        kiosk_id="enrolment",
        captured_at=at("08:00"),
        trace_id="t",
        student_id="ada",
        photo_ids=("p1",),
        model_id="test-net",
        refusals=("blurred",),
        detail="sharpness 12, needs 60",
    )
    with running_ingest(settings, redis):
        streams.add(names.ENROLLED, refusal)
        streams.add(names.ENROLLED, refusal)  # the worker died before it said that it was done
        until(lambda: _acknowledged(redis, names.ENROLLED))
    with reading(office.engine) as session:
        photo = session.get_one(Photo, "p1")
    assert (photo.state, photo.refusal, photo.detail) == ("refused", "blurred", "sharpness 12, needs 60")
    assert [entry.action for entry in office.audited()] == ["enrolment.refused"]


def test_a_deleted_student_leaves_the_gallery_and_the_keys(
    office: Morning, settings: ApiSettings, redis: Redis, streams: DurableStreams
) -> None:
    redis.hset(names.TEMPLATE_KEYS, "ada", b"the wrapped key")
    assert _in_the_file(redis, b"the wrapped key")
    gallery = GalleryStore(redis)
    with running_ingest(settings, redis):
        streams.add(names.ENROLLED, _enrolled("ada"))
        until(lambda: enrolment_key("ada") in gallery.since("", 0).upserts)
        office.change(lambda session: forget_student(session, session.get_one(Student, "ada"), at("10:00")))
        until(lambda: enrolment_key("ada") not in gallery.since("", 0).upserts)
        streams.add(names.ENROLLED, _enrolled("ada", asked="09:00"))  # one that was under way
        until(lambda: redis.hget(names.TEMPLATE_KEYS, "ada") is None)
        until(lambda: not _in_the_file(redis, b"the wrapped key"))
    with reading(office.engine) as session:
        assert session.exec(select(Template)).all() == []
        assert session.get_one(Student, "ada").name == ""


def test_the_schedule_follows_the_office(office: Morning, settings: ApiSettings, redis: Redis) -> None:
    schedule = ScheduleStore(redis)
    with running_ingest(settings, redis):
        until(lambda: schedule.read().version > 0)
        assert schedule.read().sittings[0].hall_of == {"ada": "A", "grace": "B"}
        office.change(_move_ada_to_b)
        until(lambda: schedule.read().sittings[0].hall_of == {"ada": "B", "grace": "B"})
        until(lambda: _outbox(office.engine) == [])


def test_what_a_crash_left_unpublished_is_published_at_the_next_start(
    office: Morning, settings: ApiSettings, redis: Redis
) -> None:
    with running_ingest(settings, redis):
        until(lambda: ScheduleStore(redis).read().version > 0)
    office.change(_move_ada_to_b)
    with running_ingest(settings, redis):
        until(lambda: ScheduleStore(redis).read().sittings[0].hall_of["ada"] == "B" and not _outbox(office.engine))


def test_a_database_that_goes_away_loses_nothing_and_fills_no_dead_letters(
    tmp_path: Path, redis: Redis, postgres_cluster: Cluster, postgres_url: str
) -> None:
    settings = settings_for(tmp_path, postgres_url, accept_simulated=True)
    engine = make_engine(postgres_url)
    streams = DurableStreams(redis, load_ring(settings.keys_dir, "media"))
    with running_ingest(settings, redis) as health:
        until(lambda: "ingest" in health.snapshot() and health.ok)
        office = morning(engine)
        postgres_cluster.stop()
        streams.add(names.ATTEMPTS, identified("ada", "A__door1", at("08:45"), simulated=True))
        until(lambda: not health.snapshot()["database"].ok)
        assert REGISTRY.get_sample_value("nero_database_up", {"kind": "postgresql"}) == 0
        streams.add(names.ATTEMPTS, identified("grace", "B__door1", at("08:46"), simulated=True))
        postgres_cluster.start()
        until(lambda: [a.verdict for a in office.attempts()] == ["present", "present"])
        until(lambda: REGISTRY.get_sample_value("nero_database_up", {"kind": "postgresql"}) == 1)
    assert redis.xlen(names.dead(names.ATTEMPTS)) == 0
    engine.dispose()


def _move_ada_to_b(session: Session) -> None:
    query = select(RosterEntry).where(RosterEntry.sitting_id == 1, RosterEntry.student_id == "ada")
    session.exec(query).one().hall_id = "B"
    schedule_changed(session)


def _outbox(engine: Engine) -> list[Outbox]:
    with reading(engine) as session:
        return list(session.exec(select(Outbox)))


def _acknowledged(redis: Redis, stream: str) -> bool:
    last = redis.xinfo_stream(stream)["last-generated-id"]
    groups = redis.xinfo_groups(stream)
    return any(group["pending"] == 0 and group["last-delivered-id"] == last for group in groups)


def _photo(photo_id: str) -> Photo:
    return Photo(
        id=photo_id, student_id="ada", sealed=b"", content_type="image/jpeg", width=1, height=1, uploaded_at=DAY
    )


def _enrolled(who: str, *, template: bytes = b"sealed", asked: str = "08:00", **more: object) -> FaceEnrolled:
    return FaceEnrolled(
        event_id=event_id("face_enrolled", who, template, asked),
        kiosk_id="enrolment",
        captured_at=at(asked),
        trace_id="t",
        student_id=who,
        photo_ids=("p1",),
        model_id="test-net",
        template=template,
        quality=QUALITY,
        **more,
    )


def _in_the_file(redis: Redis, what: bytes) -> bool:
    """Whether Redis's file, wherever this version keeps it, still holds something; also while it is rewritten."""
    folder = Path(cast("dict[str, str]", redis.config_get("dir"))["dir"])
    try:
        return any(what in path.read_bytes() for path in folder.rglob("*.aof*") if path.is_file())
    except FileNotFoundError:
        return True


def _dead_reasons(redis: Redis) -> list[str]:
    return [letter.reason for letter in list_dead(redis)]


def _screen(redis: Redis, kiosk_id: str) -> PubSub:
    screen: PubSub = redis.pubsub()  # type: ignore[no-untyped-call]
    screen.subscribe(names.outcomes(kiosk_id))
    return screen


def _next_outcome(screen: PubSub) -> Outcome:
    found: list[bytes] = []

    def heard() -> bool:
        message = screen.get_message(ignore_subscribe_messages=True)
        if message:
            found.append(cast(bytes, message["data"]))
        return bool(found)

    until(heard)
    outcome = decode(found[0])
    assert isinstance(outcome, Outcome)
    return outcome
