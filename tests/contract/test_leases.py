"""Kiosks shared out among liveness workers: one owner each, nothing emitted under a stale fence."""

import pytest
from redis import Redis

from shared import names
from shared.clock import ManualClock
from shared.health import HealthBoard
from shared.keys import new_ring
from shared.leases import LeaseKeeper, LeaseTerms, fair_share
from shared.redis_replies import entries
from shared.streams import open_entry
from tests.broker import visit, wait_until

HALLS = ["A__door", "B__door", "C__door", "D__door"]
RING = new_ring("media")


class Workers:
    """Workers on one Redis, ticked by hand."""

    def __init__(self, redis: Redis, kiosks: list[str]) -> None:
        self.redis = redis
        self.kiosks = kiosks
        self.clock = ManualClock()
        self.busy: set[str] = set()

    def worker(self, name: str) -> LeaseKeeper:
        return LeaseKeeper(
            self.redis, RING, lambda: self.kiosks, worker_id=name, busy=lambda: self.busy, clock=self.clock
        )

    def expire(self, kiosk_id: str) -> None:
        """The lease's time runs out, as Redis sees it."""
        self.redis.delete(names.lease(kiosk_id))

    def dies(self, name: str) -> None:
        """A worker says nothing any more for a lease's life."""
        for kiosk_id in self.kiosks:
            owner = self.redis.get(names.lease(kiosk_id)) or b""
            if owner.split()[:1] == [name.encode()]:
                self.expire(kiosk_id)
        self.redis.zadd(names.LIVENESS_WORKERS, {name: 0})


@pytest.fixture
def workers(redis: Redis) -> Workers:
    return Workers(redis, list(HALLS))


def test_a_worker_alone_serves_every_kiosk(workers: Workers) -> None:
    alone = workers.worker("w1")
    alone.tick()
    assert sorted(alone.held()) == HALLS


def test_one_kiosk_has_one_owner(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    for _ in range(4):
        first.tick()
        second.tick()
    assert sorted([*first.held(), *second.held()]) == HALLS


def test_a_worker_that_comes_later_gets_its_share(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    assert len(first.held()) == 4
    for _ in range(3):
        second.tick()
        first.tick()
    second.tick()
    assert (len(first.held()), len(second.held())) == (2, 2)


def test_a_kiosk_with_somebody_in_a_challenge_is_let_go_last(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    workers.busy = {"A__door", "B__door"}
    second.tick()
    first.tick()
    assert sorted(first.held()) == ["A__door", "B__door"]


@pytest.mark.parametrize(("kiosks", "count"), [(0, 1), (1, 3), (5, 2), (7, 3), (12, 5)])
def test_the_shares_of_all_workers_add_up_to_all_kiosks(kiosks: int, count: int) -> None:
    names_ = [f"w{i}" for i in range(count)]
    shares = [fair_share(kiosks, names_, name) for name in names_]
    assert sum(shares) == kiosks
    assert max(shares) - min(shares) <= 1


def test_what_a_dead_worker_served_goes_to_another_under_a_higher_fence(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    second.tick()
    before = first.held()
    workers.dies("w1")
    second.tick()
    after = second.held()
    assert sorted(after) == HALLS
    assert all(after[kiosk_id] > before[kiosk_id] for kiosk_id in HALLS)


def test_a_clean_end_frees_the_kiosks_at_once(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    first.stop()
    assert first.held() == {}
    second.tick()
    assert sorted(second.held()) == HALLS


def test_a_kiosk_that_is_removed_is_given_up(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    workers.kiosks.remove("A__door")
    first.tick()
    assert sorted(first.held()) == HALLS[1:]
    assert workers.redis.get(names.lease("A__door")) is None


def test_a_renewed_lease_lives_on(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    before = first.held()
    for _ in range(10):
        workers.clock.advance(0.6)
        workers.redis.pexpire(names.lease("A__door"), 200)
        first.tick()
        assert int(workers.redis.pttl(names.lease("A__door"))) > 1000
    assert first.held() == before


def test_a_worker_that_cannot_renew_knows_that_it_serves_nobody(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    workers.clock.advance(1.5)
    assert first.held() == {}


def test_a_lease_that_ran_out_and_was_taken_is_lost(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    workers.dies("w1")
    second.tick()
    workers.clock.advance(1)
    first.tick()
    assert first.held() == {}


def test_what_is_emitted_under_a_standing_lease_is_added_sealed(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    assert first.emit("A__door", first.held()["A__door"], names.FACES, visit("ada"), [b"a face"])
    (entry,) = entries(workers.redis.xrange(names.FACES))
    assert b"a face" not in (entry.fields or {})[b"images"]
    assert open_entry(RING, entry.fields or {}) == (visit("ada"), (b"a face",))


def test_nothing_is_emitted_once_another_has_the_kiosk(workers: Workers) -> None:
    first, second = workers.worker("w1"), workers.worker("w2")
    first.tick()
    fence = first.held()["A__door"]
    workers.dies("w1")
    second.tick()
    assert not first.emit("A__door", fence, names.FACES, visit("ada"))
    assert "A__door" not in first.held()
    assert workers.redis.xlen(names.FACES) == 0


def test_nothing_is_emitted_once_the_lease_ran_out_even_if_nobody_took_it(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    workers.expire("A__door")
    assert not first.emit("A__door", first.held()["A__door"], names.FACES, visit("ada"))


def test_nothing_is_emitted_under_an_earlier_fence_of_ones_own(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    old = first.held()["A__door"]
    workers.expire("A__door")
    workers.clock.advance(1)
    first.tick()
    first.tick()
    assert first.held()["A__door"] > old
    assert not first.emit("A__door", old, names.FACES, visit("ada"))


def test_leases_outlive_a_redis_that_is_full(workers: Workers) -> None:
    first = workers.worker("w1")
    first.tick()
    workers.redis.config_set("maxmemory", "1")
    workers.redis.pexpire(names.lease("A__door"), 200)
    workers.clock.advance(0.6)
    with pytest.raises(Exception, match="used memory"):
        first.tick()
    assert int(workers.redis.pttl(names.lease("A__door"))) > 1000
    workers.redis.config_set("maxmemory", "0")
    first.tick()
    assert sorted(first.held()) == HALLS


def test_a_dead_workers_kiosks_are_free_within_two_seconds() -> None:
    terms = LeaseTerms()
    assert terms.life_s + terms.look_every_s < 2


def test_in_real_time_a_worker_that_vanishes_is_followed_by_another(workers: Workers) -> None:
    quick = LeaseTerms(life_s=0.3, look_every_s=0.05)
    first, second = (LeaseKeeper(workers.redis, RING, lambda: workers.kiosks, terms=quick) for _ in range(2))
    first.start()
    wait_until(lambda: len(first.held()) == 4, "the first has all")
    second.start()
    wait_until(lambda: len(first.held()) == len(second.held()) == 2, "shared out")
    first._stop.set()  # no give-up: as if the process was killed
    wait_until(lambda: len(second.held()) == 4, "the second has all")
    assert first.held() == {}
    second.stop()
    assert [workers.redis.get(names.lease(kiosk_id)) for kiosk_id in HALLS] == [None] * 4


def test_a_worker_whose_loop_hangs_loses_its_kiosks_and_says_so(workers: Workers) -> None:
    health = HealthBoard()
    terms = LeaseTerms(life_s=0.2, look_every_s=0.02, stuck_after_s=0.3)
    hung = LeaseKeeper(workers.redis, RING, lambda: workers.kiosks, terms=terms, health=health)
    hung.beat()
    hung.start()
    wait_until(lambda: len(hung.held()) == 4, "it has all")
    wait_until(lambda: not health.ok and not hung.held(), "it hangs")
    hung.beat()
    wait_until(lambda: health.ok and len(hung.held()) == 4, "it goes on")
    hung.stop()
