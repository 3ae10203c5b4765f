"""A durable stage: what it reads is handed on once, tried again, or given up with a reason; never lost."""

import threading
from collections.abc import Sequence

import pytest
from redis import Redis
from structlog.testing import capture_logs

from services.launcher.embedded_redis import EmbeddedRedis
from shared import dead, metrics, names
from shared.broker_room import measure_room
from shared.connections import connect
from shared.errors import Invalid, Transient, Unavailable
from shared.events import encode
from shared.group import Consumer
from shared.redis_replies import entries
from shared.stage import Delivery, Handoff
from shared.streams import open_entry, trim_acknowledged
from shared.worker import StageBroken, StageSection
from tests.broker import QUICK, STAGE, Broker, passes_on, visit, wait_until

CAST = ("ada", "grace", "mallory")


def test_what_is_read_is_handed_on_once_with_its_images(broker: Broker) -> None:
    broker.add(*CAST, images=(b"first", b"second"))
    broker.run()
    broker.wait_for(CAST)
    broker.wait_settled()
    (entry, *_) = entries(broker.redis.xrange(names.ATTEMPTS))
    event, images = open_entry(broker.ring, entry.fields or {})
    assert event == visit("ada")
    assert images == (b"first", b"second")


def test_images_stand_sealed_in_the_stream(broker: Broker) -> None:
    broker.add("ada", images=(b"a face in the clear",))
    (entry,) = entries(broker.redis.xrange(names.FACES))
    assert b"a face in the clear" not in (entry.fields or {})[b"images"]


def test_one_worker_reads_two_streams(broker: Broker) -> None:
    broker.add("ada", stream=names.FACES)
    broker.add("grace", stream=names.ENROLLED)
    broker.run(streams=[names.FACES, names.ENROLLED])
    broker.wait_for(["ada", "grace"])


def test_a_batch_is_of_one_stream(broker: Broker) -> None:
    def one_stream(batch: Sequence[Delivery]) -> list[list[Handoff]]:
        assert len({delivery.stream for delivery in batch}) == 1
        return [list(passes_on(delivery)) for delivery in batch]

    broker.add("ada", "barbara", stream=names.FACES)
    broker.add("grace", "mallory", stream=names.ENROLLED)
    broker.run(step=one_stream, streams=[names.FACES, names.ENROLLED])
    broker.wait_for(["ada", "barbara", "grace", "mallory"])


def test_events_added_before_the_group_was_made_are_read(broker: Broker) -> None:
    broker.add("ada")
    broker.run()
    broker.wait_for(["ada"])


def test_an_entry_that_may_yet_succeed_is_tried_again_with_a_count(broker: Broker) -> None:
    seen = []

    def locked_twice(delivery: Delivery) -> list[Handoff]:
        seen.append(delivery.deliveries)
        if delivery.deliveries < 3:
            raise Transient("the row is locked")
        return list(passes_on(delivery))

    broker.add("ada")
    broker.run(locked_twice)
    broker.wait_for(["ada"])
    assert seen == [1, 2, 3]


def test_an_entry_that_never_succeeds_ends_in_the_dead_letters_with_its_reason(broker: Broker) -> None:
    def locked(delivery: Delivery) -> list[Handoff]:
        if delivery.event.trace_id == "mallory":
            raise Transient("the row is locked")
        return list(passes_on(delivery))

    broker.add(*CAST)
    broker.run(locked)
    broker.wait_settled()
    (letter,) = dead.list_dead(broker.redis)
    assert (letter.reason, letter.deliveries, letter.group) == ("tried 5 times: the row is locked", 5, STAGE)
    assert broker.arrived() == ["ada", "grace"]


def test_an_entry_that_can_never_succeed_goes_there_at_once(broker: Broker) -> None:
    def refuse(delivery: Delivery) -> list[Handoff]:
        raise Invalid("empty face crop")

    (entry_id,) = broker.add("mallory")
    broker.run(refuse)
    broker.wait_settled()
    (letter,) = dead.list_dead(broker.redis)
    assert (letter.reason, letter.entry_id, letter.deliveries) == ("empty face crop", entry_id, 1)
    assert letter.event is not None
    assert letter.event["trace_id"] == "mallory"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (encode(visit("ada")).replace(b'"schema_version":1', b'"schema_version":2'), "schema version 2, this reads 1"),
        (b"not json", "not an event"),
        (encode(visit("ada")).replace(b"liveness_failed", b"liveness_passed"), "unknown kind of event"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_and_others_pass(broker: Broker, raw: bytes, reason: str) -> None:
    broker.redis.xadd(names.FACES, {"event": raw})
    broker.redis.xadd(names.FACES, {"something": b"else"})
    broker.add("grace")
    broker.run()
    broker.wait_settled()
    first, second = dead.list_dead(broker.redis)
    assert reason in first.reason
    assert second.reason == "an entry without an event"
    assert broker.arrived() == ["grace"]


def test_a_field_that_a_newer_version_added_is_passed_over(broker: Broker) -> None:
    newer = encode(visit("ada")).replace(b'"failures":3', b'"failures":3,"mood":"cheerful"')
    broker.redis.xadd(names.FACES, {"event": newer})
    broker.run()
    broker.wait_for(["ada"])


def test_images_that_were_changed_are_a_dead_letter(broker: Broker) -> None:
    broker.redis.xadd(names.FACES, {"event": encode(visit("ada")), "images": b"\0\x05forged"})
    broker.run()
    broker.wait_settled()
    assert len(dead.list_dead(broker.redis)) == 1


def test_one_entry_that_breaks_the_step_does_not_take_the_others_along(broker: Broker) -> None:
    def trips_over_mallory(delivery: Delivery) -> list[Handoff]:
        if delivery.event.trace_id == "mallory":
            raise KeyError("ada lovelace")
        return list(passes_on(delivery))

    broker.add(*CAST)
    broker.run(trips_over_mallory)
    broker.wait_settled()
    assert broker.arrived() == ["ada", "grace"]
    (letter,) = dead.list_dead(broker.redis)
    assert "KeyError in test_stages.trips_over_mallory" in letter.reason
    assert "lovelace" not in letter.reason


def test_a_step_that_always_breaks_stops_the_worker_and_nothing_is_given_up(broker: Broker) -> None:
    def broken(delivery: Delivery) -> list[Handoff]:
        raise KeyError

    broker.add(*CAST)
    stage = broker.run(broken)
    wait_until(lambda: stage.ended, "the worker ends")
    assert isinstance(stage.error, StageBroken)
    assert dead.list_dead(broker.redis) == []
    broker.run()
    broker.wait_for(CAST)


def test_a_step_that_answers_too_few_results_is_broken_too(broker: Broker) -> None:
    broker.add(*CAST)
    stage = broker.run(step=lambda batch: [])
    wait_until(lambda: stage.ended, "the worker ends")
    assert isinstance(stage.error, StageBroken)


def test_too_many_dead_letters_in_a_row_stop_the_worker_over_restarts_until_it_is_mended(broker: Broker) -> None:
    def refuse(delivery: Delivery) -> list[Handoff]:
        raise Invalid("schema of tomorrow")

    careful = QUICK.model_copy(update={"dead_in_row_max": 2})
    broker.add(*CAST, "barbara")
    first = broker.run(refuse, settings=careful)
    wait_until(lambda: first.ended, "the worker ends")
    again = broker.run(refuse, settings=careful)
    wait_until(lambda: again.ended, "the restarted worker ends")
    assert isinstance(again.error, StageBroken)
    assert "nero dead resume" in str(again.error)
    assert len(dead.list_dead(broker.redis)) == 2
    broker.run(settings=careful)
    broker.wait_for(["mallory", "barbara"])
    broker.wait_settled()
    assert not dead.resume(broker.redis, STAGE)  # the success ended the run


def test_an_operator_lets_a_stopped_stage_go_on(broker: Broker) -> None:
    def refuse(delivery: Delivery) -> list[Handoff]:
        raise Invalid("bad")

    broker.add(*CAST)
    first = broker.run(refuse, settings=QUICK.model_copy(update={"dead_in_row_max": 2}))
    wait_until(lambda: first.ended, "the worker ends")
    assert dead.resume(broker.redis, STAGE)
    broker.run(refuse, settings=QUICK.model_copy(update={"dead_in_row_max": 2}))
    broker.wait_settled()
    assert len(dead.list_dead(broker.redis)) == 3


def test_what_a_dead_worker_left_is_taken_over(broker: Broker) -> None:
    broker.add(*CAST)
    gone = Consumer(broker.redis, [names.FACES], STAGE, "gone")
    gone.join()
    assert len(gone.read(count=10, block_ms=0)) == 3
    seen = []

    def note(delivery: Delivery) -> list[Handoff]:
        seen.append((delivery.event.trace_id, delivery.deliveries))
        return list(passes_on(delivery))

    broker.run(note)
    broker.wait_for(CAST)
    assert sorted(seen) == [("ada", 2), ("grace", 2), ("mallory", 2)]


def test_an_entry_that_ends_every_worker_is_given_up_and_its_neighbours_are_not(broker: Broker) -> None:
    broker.add("mallory", "grace")
    for attempt in range(5):
        gone = Consumer(broker.redis, [names.FACES], STAGE, f"gone-{attempt}")
        gone.join()
        taken = gone.read(count=1, block_ms=0) if attempt == 0 else [gone.reclaim(idle_ms=0)]
        assert [entry.deliveries for entry in taken if entry] == [attempt + 1]
    with capture_logs() as lines:
        broker.run()
        broker.wait_settled()
        wait_until(lambda: "dead letter" in [line["event"] for line in lines], "said so")
    (letter,) = dead.list_dead(broker.redis)
    assert [line["trace_id"] for line in lines if line["event"] == "dead letter"] == ["mallory"]
    assert letter.reason == "5 deliveries ended without a result"
    assert broker.arrived() == ["grace"]


def test_a_step_that_takes_long_keeps_its_entry(broker: Broker) -> None:
    let_go = threading.Event()
    calls = []

    def slow(delivery: Delivery) -> list[Handoff]:
        calls.append("slow")
        let_go.wait(20)
        return list(passes_on(delivery))

    def thief(delivery: Delivery) -> list[Handoff]:
        calls.append("thief")
        return list(passes_on(delivery))

    broker.add("ada")
    broker.run(slow)
    wait_until(lambda: calls == ["slow"], "the slow worker begins")
    other = Consumer(broker.redis, [names.FACES], STAGE, "other")
    began = broker.redis.time()[0]
    wait_until(lambda: other.reclaim(idle_ms=300) is not None or broker.redis.time()[0] - began >= 2, "time passes")
    assert broker.redis.xpending_range(names.FACES, STAGE, "-", "+", 10, consumername="other") == []
    let_go.set()
    broker.wait_for(["ada"])
    assert calls == ["slow"]


def test_a_worker_that_was_held_up_hands_nothing_on_a_second_time(broker: Broker) -> None:
    (entry_id,) = broker.add("ada")
    late, quick = (Consumer(broker.redis, [names.FACES], STAGE, name) for name in ("late", "quick"))
    late.join()
    late.read(count=1, block_ms=0)
    assert quick.reclaim(idle_ms=0) is not None
    following = [(names.ATTEMPTS, {"event": encode(visit("ada"))})]
    assert quick.hand_on(names.FACES, entry_id, following)  # type: ignore[arg-type]
    assert not late.hand_on(names.FACES, entry_id, following)  # type: ignore[arg-type]
    assert not late.bury(names.FACES, entry_id, "too late", 1)
    assert broker.arrived() == ["ada"]


def test_a_stop_finishes_the_step_and_leaves_the_group(broker: Broker) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow(delivery: Delivery) -> list[Handoff]:
        begun.set()
        let_go.wait(20)
        return list(passes_on(delivery))

    broker.add("ada")
    stage = broker.run(slow)
    assert begun.wait(20)
    stage.ask_to_stop()
    let_go.set()
    stage.join()
    assert stage.error is None
    assert broker.arrived() == ["ada"]
    assert broker.redis.xinfo_consumers(names.FACES, STAGE) == []


def test_what_waits_for_another_try_at_a_stop_is_left_to_others_without_a_count(broker: Broker) -> None:
    def locked(delivery: Delivery) -> list[Handoff]:
        raise Transient("locked")

    broker.add("ada")
    stage = broker.run(locked, settings=QUICK.model_copy(update={"retry_s": 60.0}))
    wait_until(lambda: broker.pending() == 1, "it was read")
    stage.stop()
    (line,) = broker.redis.xpending_range(names.FACES, STAGE, "-", "+", 10)
    assert line["times_delivered"] == 0
    assert len(broker.redis.xinfo_consumers(names.FACES, STAGE)) == 1  # removing it would throw the entry away
    broker.run()
    broker.wait_for(["ada"])


def test_a_stage_whose_database_is_away_waits_says_so_and_counts_nothing(broker: Broker) -> None:
    away = threading.Event()
    away.set()
    seen = []

    def needs_database(delivery: Delivery) -> list[Handoff]:
        seen.append(delivery.deliveries)
        if away.is_set():
            raise Unavailable("the database is away")
        return list(passes_on(delivery))

    broker.add("ada")
    stage = broker.run(needs_database)
    wait_until(lambda: len(seen) > 7 and stage.says("the database is away"), "it waits, and says why")
    assert not stage.health.ok
    away.clear()
    broker.wait_for(["ada"])
    wait_until(lambda: stage.health.ok, "it is well again")
    assert set(seen) == {1}
    assert dead.list_dead(broker.redis) == []


def test_a_stop_while_the_database_is_away_ends_the_worker_and_loses_nothing(broker: Broker) -> None:
    def away(delivery: Delivery) -> list[Handoff]:
        raise Unavailable("the database is away")

    broker.add("ada")
    for _ in range(7):  # more often than an entry may be delivered
        stage = broker.run(away)
        wait_until(lambda running=stage: running.says("the database is away"), "it waits")  # type: ignore[misc]
        stage.stop()
        assert stage.error is None
    broker.run()
    broker.wait_for(["ada"])


def test_a_group_that_is_gone_is_made_again_and_nothing_is_lost(broker: Broker) -> None:
    stage = broker.run()
    broker.add("ada")
    broker.wait_for(["ada"])
    broker.wait_settled()
    broker.redis.delete(names.FACES, names.ATTEMPTS)
    broker.add("grace")
    broker.wait_for(["grace"])
    assert stage.error is None


def test_an_answer_that_waiting_does_not_mend_stops_the_worker(broker: Broker) -> None:
    broker.redis.set(names.FACES, "no stream")
    stage = broker.run()
    wait_until(lambda: stage.ended, "the worker ends")
    assert isinstance(stage.error, StageBroken)


def test_only_what_every_group_acknowledged_is_trimmed(broker: Broker) -> None:
    broker.add(*CAST)
    consumer = Consumer(broker.redis, [names.FACES], STAGE, "one")
    consumer.join()
    assert trim_acknowledged(broker.redis, names.FACES) == 0
    first, second, _ = consumer.read(count=3, block_ms=0)
    consumer.hand_on(names.FACES, second.entry_id)
    assert trim_acknowledged(broker.redis, names.FACES) == 0
    consumer.hand_on(names.FACES, first.entry_id)
    assert trim_acknowledged(broker.redis, names.FACES) == 2
    broker.redis.xgroup_create(names.FACES, "auditor", id="0")
    consumer.hand_on(names.FACES, _.entry_id)
    assert trim_acknowledged(broker.redis, names.FACES) == 0


def test_lag_and_pending_are_measured(broker: Broker) -> None:
    broker.add(*CAST)
    consumer = Consumer(broker.redis, [names.FACES], STAGE, "one")
    consumer.join()
    consumer.read(count=1, block_ms=0)
    consumer.tidy()
    measured = [gauge.labels(names.FACES, STAGE)._value.get() for gauge in (metrics.STREAM_LAG, metrics.STREAM_PENDING)]
    assert measured == [2, 1]


def test_nothing_is_trimmed_before_its_group_exists(broker: Broker) -> None:
    broker.add("ada")
    broker.redis.xgroup_create(names.FACES, "auditor", id="$")
    assert trim_acknowledged(broker.redis, names.FACES) == 0


def test_a_stage_trims_behind_itself(broker: Broker) -> None:
    broker.add(*CAST)
    broker.run(settings=QUICK.model_copy(update={"tidy_every_s": 0.01}))
    broker.wait_for(CAST)
    wait_until(lambda: broker.redis.xlen(names.FACES) == 0, "trimmed")


def test_an_entry_that_somebody_deleted_while_it_waited_is_counted_and_forgotten(broker: Broker) -> None:
    counter = metrics.STAGE_EVENTS.labels(STAGE, "expired")
    before = counter._value.get()
    first, _ = broker.add("ada", "grace")
    gone = Consumer(broker.redis, [names.FACES], STAGE, "gone")
    gone.join()
    gone.read(count=2, block_ms=0)
    broker.redis.xdel(names.FACES, first)
    broker.run()
    broker.wait_for(["grace"])
    broker.wait_settled()
    assert counter._value.get() == before + 1


def test_a_consumer_that_is_long_gone_is_taken_off_the_list_unless_it_has_entries(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.group._FORGOTTEN_AFTER_MS", -1)
    broker.add("ada")
    idle, owner, here = (Consumer(broker.redis, [names.FACES], STAGE, name) for name in ("idle", "owner", "here"))
    here.join()
    owner.read(count=1, block_ms=0)
    idle.read(count=1, block_ms=0)
    here.tidy()
    assert {line["name"] for line in broker.redis.xinfo_consumers(names.FACES, STAGE)} == {b"owner"}


def test_a_redis_that_fills_up_during_a_step_is_waited_for_and_no_step_is_repeated(
    broker: Broker, redis: Redis
) -> None:
    calls = []

    def fills_up(delivery: Delivery) -> list[Handoff]:
        calls.append(delivery.event.trace_id)
        redis.config_set("maxmemory", "1")
        return list(passes_on(delivery))

    broker.add(*CAST)
    stage = broker.run(fills_up)
    wait_until(lambda: stage.says("refuses writes"), "it says that Redis is full")
    assert broker.arrived() == []
    assert broker.pending() == 3
    redis.config_set("maxmemory", "0")
    broker.wait_for(CAST)
    broker.wait_settled()
    wait_until(lambda: stage.health.ok, "it is well again")
    assert sorted(calls) == sorted(CAST)
    assert dead.list_dead(redis) == []


def test_a_dead_letter_waits_for_a_redis_that_is_full_too(broker: Broker, redis: Redis) -> None:
    def refuse(delivery: Delivery) -> list[Handoff]:
        redis.config_set("maxmemory", "1")
        raise Invalid("bad")

    broker.add("mallory")
    stage = broker.run(refuse)
    wait_until(lambda: stage.says("refuses writes"), "it says that Redis is full")
    assert broker.pending() == 1
    redis.config_set("maxmemory", "0")
    broker.wait_settled()
    assert len(dead.list_dead(redis)) == 1


def test_a_stage_that_starts_while_redis_is_full_waits_too(broker: Broker, redis: Redis) -> None:
    broker.add("ada")
    redis.config_set("maxmemory", "1")
    stage = broker.run()
    wait_until(lambda: stage.says("refuses writes"), "it says that Redis is full")
    redis.config_set("maxmemory", "0")
    broker.wait_for(["ada"])


def test_the_room_that_redis_has_left_is_measured(redis: Redis) -> None:
    def measured() -> float:
        measure_room(redis, "events")
        return float(metrics.BROKER_MEMORY_FREE.labels("events")._value.get())

    assert measured() == 1
    redis.config_set("maxmemory", str(64 * 1024 * 1024))
    assert 0.5 < measured() < 1
    redis.config_set("maxmemory", "1")
    assert measured() == 0


def test_a_user_that_may_not_ask_for_the_room_goes_without(redis: Redis, server: EmbeddedRedis) -> None:
    redis.acl_setuser("stage", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-info"])
    path = server.url.partition("@")[2]
    with connect(f"unix://stage:secret@{path}", "test") as restricted:
        measure_room(restricted, "events")
    redis.acl_deluser("stage")


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="deliveries_max"):
        StageSection(deliveries_max=0)
