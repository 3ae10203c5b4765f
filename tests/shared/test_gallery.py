"""The gallery view is followed by version: a follower never reloads what it has, and forgets what went."""

from redis import Redis

from shared.gallery import GalleryEntry, GalleryStore, admission_key, enrolment_key


def entry(student_id: str, sitting_id: int | None = None, sealed: bytes = b"sealed") -> GalleryEntry:
    return GalleryEntry(student_id=student_id, model_id="intel", sealed=sealed, sitting_id=sitting_id)


def test_a_new_follower_gets_everything_and_an_old_one_only_what_changed(redis: Redis) -> None:
    store = GalleryStore(redis)
    store.rebuild([entry("ada"), entry("grace")], epoch="e1")
    first = store.since("", 0)
    assert first.whole
    assert set(first.upserts) == {"student:ada", "student:grace"}

    store.put([entry("ada", sealed=b"newer"), entry("ada", sitting_id=7)])
    second = store.since(first.epoch, first.version)
    assert not second.whole
    assert set(second.upserts) == {"student:ada", "admission:7:ada"}
    assert second.upserts["student:ada"].sealed == b"newer"
    assert store.since(second.epoch, second.version).upserts == {}


def test_who_was_removed_is_named_as_gone(redis: Redis) -> None:
    store = GalleryStore(redis)
    store.rebuild([entry("ada"), entry("grace")], epoch="e1")
    seen = store.since("", 0)
    store.remove([enrolment_key("ada"), admission_key(7, "ada")])
    delta = store.since(seen.epoch, seen.version)
    assert set(delta.gone) == {"student:ada", "admission:7:ada"}
    assert delta.upserts == {}


def test_after_a_rebuild_a_follower_starts_over(redis: Redis) -> None:
    store = GalleryStore(redis)
    store.rebuild([entry("ada"), entry("grace")], epoch="e1")
    seen = store.since("", 0)
    store.rebuild([entry("grace")], epoch="e2")
    delta = store.since(seen.epoch, seen.version)
    assert delta.whole
    assert set(delta.upserts) == {"student:grace"}


def test_an_emptied_redis_is_a_whole_new_view(redis: Redis) -> None:
    store = GalleryStore(redis)
    store.rebuild([entry("ada")], epoch="e1")
    seen = store.since("", 0)
    redis.flushdb()
    assert store.since(seen.epoch, seen.version).whole


def test_sealed_bytes_come_back_byte_for_byte(redis: Redis) -> None:
    store = GalleryStore(redis)
    sealed = bytes(range(256))
    store.rebuild([entry("ada", sealed=sealed)], epoch="e1")
    assert store.since("", 0).upserts["student:ada"].sealed == sealed
