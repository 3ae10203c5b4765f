"""Dead letters are listed, shown, replayed and dropped; they expire by setting."""

import pytest

from shared import dead, names
from shared.errors import Invalid
from shared.group import Consumer
from shared.redis_replies import entries
from shared.stage import Delivery, Handoff
from shared.streams import open_entry
from tests.broker import QUICK, STAGE, Broker, wait_until


def refuse(delivery: Delivery) -> list[Handoff]:
    raise Invalid("no usable crop")


@pytest.fixture
def with_letters(broker: Broker) -> Broker:
    """Ada and Mallory were given up."""
    broker.add("ada", "mallory")
    stage = broker.run(refuse)
    broker.wait_settled()
    stage.stop()
    return broker


def test_a_letter_can_be_shown_without_its_images(with_letters: Broker) -> None:
    first, _ = dead.list_dead(with_letters.redis)
    shown = dead.show(with_letters.redis, names.FACES, first.letter_id)
    assert shown == first
    assert shown.event is not None
    assert (shown.event["kind"], shown.event["trace_id"]) == ("liveness_failed", "ada")
    assert shown.received_at <= shown.died_at


def test_a_letter_that_is_replayed_goes_through_as_it_was(with_letters: Broker) -> None:
    first, second = dead.list_dead(with_letters.redis)
    replayed = dead.replay(with_letters.redis, names.FACES, first.letter_id)
    assert replayed is not None
    (entry,) = entries(with_letters.redis.xrange(names.FACES, replayed, replayed))
    assert set(entry.fields or {}) == {b"event", b"images"}
    assert open_entry(with_letters.ring, entry.fields or {})[1] == (b"jpeg",)
    assert dead.list_dead(with_letters.redis) == [second]
    with_letters.run()
    with_letters.wait_for(["ada"])


def test_a_letter_is_replayed_once(with_letters: Broker) -> None:
    first, _ = dead.list_dead(with_letters.redis)
    assert dead.replay(with_letters.redis, names.FACES, first.letter_id)
    assert dead.replay(with_letters.redis, names.FACES, first.letter_id) is None


def test_all_letters_of_a_stream_can_be_replayed(with_letters: Broker) -> None:
    assert dead.replay_all(with_letters.redis, names.FACES) == 2
    with_letters.run()
    with_letters.wait_for(["ada", "mallory"])


def test_more_letters_than_are_read_at_once_are_all_listed_and_replayed(broker: Broker) -> None:
    for number in range(120):
        broker.redis.xadd(names.dead(names.FACES), {"event": b"{}", "reason": str(number)})
    assert [letter.reason for letter in dead.list_dead(broker.redis)] == [str(number) for number in range(120)]
    assert len(dead.list_dead(broker.redis, count=7)) == 7
    assert dead.replay_all(broker.redis, names.FACES) == 120
    assert dead.list_dead(broker.redis) == []


def test_a_letter_can_be_dropped(with_letters: Broker) -> None:
    first, second = dead.list_dead(with_letters.redis)
    assert dead.drop(with_letters.redis, names.FACES, first.letter_id)
    assert not dead.drop(with_letters.redis, names.FACES, first.letter_id)
    assert dead.show(with_letters.redis, names.FACES, first.letter_id) is None
    assert dead.list_dead(with_letters.redis) == [second]


def test_letters_expire_by_setting(broker: Broker) -> None:
    broker.redis.xadd(names.dead(names.FACES), {"event": b"{}", "reason": "long ago"}, id="1000-0")
    broker.redis.xadd(names.dead(names.FACES), {"event": b"[]", "reason": "today"})
    broker.run(settings=QUICK.model_copy(update={"dead_kept_days": 30}))
    wait_until(lambda: len(dead.list_dead(broker.redis)) == 1, "the old one goes")
    (letter,) = dead.list_dead(broker.redis)
    assert (letter.reason, letter.event) == ("today", None)


def test_burying_an_entry_keeps_it_out_of_the_stream_and_the_group(broker: Broker) -> None:
    (entry_id,) = broker.add("mallory")
    consumer = Consumer(broker.redis, [names.FACES], STAGE, "one")
    consumer.join()
    consumer.read(count=1, block_ms=0)
    assert consumer.bury(names.FACES, entry_id, "a reason, with “quotes”", 3)
    assert not consumer.bury(names.FACES, entry_id, "again", 3)
    (letter,) = dead.list_dead(broker.redis)
    assert (letter.reason, letter.deliveries) == ("a reason, with “quotes”", 3)
    assert broker.pending() == 0
