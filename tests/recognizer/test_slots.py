"""Look-alikes who come into one slot after their enrolment are found when the roster changes."""

from collections.abc import Callable

import numpy as np
import pytest
from redis import Redis

from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.slots import SlotLookAlikes, alike_in, slots_in
from services.recognizer.follower import GalleryFollower
from services.recognizer.gallery import Matrix
from services.recognizer.settings import RecognizerSection
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from services.recognizer.vectors import Vector
from shared import names
from shared.clock import ManualClock
from shared.durable import DurableStreams, open_entry
from shared.events import AnyEvent, LookAlikesFound
from shared.keys import KeyRing
from shared.redis_replies import entries
from shared.schedule import Schedule, ScheduleStore
from tests.recognizer.conftest import NOON, Enrol, random_unit, sitting

Told = Callable[[], list[AnyEvent]]


@pytest.fixture
def watch(redis: Redis, keys: TemplateKeys, media_ring: KeyRing, intel: Embedder) -> SlotLookAlikes:
    return SlotLookAlikes(
        GalleryFollower(redis, keys, intel.model_id, intel.dims),
        ScheduleStore(redis),
        DurableStreams(redis, media_ring),
        thresholds_of(intel.model_id),
        RecognizerSection(),
        ManualClock(NOON),
    )


@pytest.fixture
def told(redis: Redis, media_ring: KeyRing) -> Told:
    return lambda: [open_entry(media_ring, entry.fields or {})[0] for entry in entries(redis.xrange(names.ENROLLED))]


@pytest.fixture
def doubles(intel: Embedder, put_template: Enrol) -> dict[str, Vector]:
    """Ada and Grace are 0.95 alike; Mallory is like nobody."""
    rng = np.random.default_rng(7)
    ada, other, mallory = (random_unit(rng, intel.dims) for _ in range(3))
    other = other - (other @ ada) * ada
    grace = (0.95 * ada + np.sqrt(1 - 0.95**2) * other / np.linalg.norm(other)).astype(np.float32)
    vectors = {"ada": ada, "grace": grace, "mallory": mallory}
    for student_id, vector in vectors.items():
        put_template(student_id, vector, intel.model_id)
    return vectors


def test_grace_who_is_moved_into_adas_slot_is_found(
    watch: SlotLookAlikes, told: Told, doubles: dict[str, Vector], redis: Redis
) -> None:
    store = ScheduleStore(redis)
    store.write(Schedule(sittings=(sitting(1, ada="A", mallory="A"),)))
    assert (watch.look(), told()) == (0, [])
    store.write(Schedule(sittings=(sitting(1, ada="A", mallory="A"), sitting(2, grace="B"))))
    assert watch.look() == 1
    (event,) = told()
    assert isinstance(event, LookAlikesFound)
    ((pair),) = event.pairs
    assert (pair.student_a, pair.student_b) == ("ada", "grace")
    assert pair.similarity == pytest.approx(0.95, abs=1e-3)


def test_what_did_not_change_is_not_told_again(
    watch: SlotLookAlikes, told: Told, doubles: dict[str, Vector], redis: Redis
) -> None:
    store = ScheduleStore(redis)
    together = sitting(1, ada="A", grace="B")
    store.write(Schedule(sittings=(together,)))
    assert [watch.look(), watch.look()] == [1, 0]
    store.write(Schedule(sittings=(together, sitting(2, mallory="A"))))
    assert watch.look() == 0
    store.write(Schedule())
    assert watch.look() == 0
    store.write(Schedule(sittings=(together,)))
    assert watch.look() == 1, "who parted and met again is told again"
    first, second = told()
    assert first.event_id == second.event_id, "as the same event"


def test_a_whole_slot_is_compared_block_by_block_as_if_one_by_one(intel: Embedder) -> None:
    rng = np.random.default_rng(11)
    gallery = Matrix(intel.dims)
    people = [f"s{at:04}" for at in range(1100)]
    for student_id in people:
        gallery.put(student_id, random_unit(rng, intel.dims))
    for double, of in (("s0003", "s0002"), ("s0600", "s0001"), ("s1099", "s0511")):
        vector = gallery.get(of)
        assert vector is not None
        gallery.put(double, vector.copy())
    found = alike_in(frozenset([*people, "not enrolled"]), gallery, thresholds_of(intel.model_id), 0.01, 1e-5)
    assert set(found) == {("s0002", "s0003"), ("s0001", "s0600"), ("s0511", "s1099")}


def test_sittings_at_one_time_are_one_slot() -> None:
    schedule = Schedule(sittings=(sitting(1, ada="A"), sitting(2, grace="B")))
    assert slots_in(schedule) == {frozenset({"ada", "grace"})}
