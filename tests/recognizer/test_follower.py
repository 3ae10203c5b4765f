"""The gallery in memory follows its view: by version, of one model, opened with each student's own key."""

from collections.abc import Sequence

import numpy as np
import pytest
from redis import Redis

from services.launcher.embedded_redis import EmbeddedRedis
from services.recognizer.follower import GalleryFollower
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.vectors import Vector
from shared import names
from shared.connections import connect
from shared.errors import Unavailable
from shared.gallery import GalleryEntry, GalleryStore, enrolment_key
from shared.keys import KeyRing, new_ring, open_sealed, template_about
from tests.recognizer.conftest import Enrol, random_unit

DIMS = 16
MODEL = "openvino:test:12345678:a1"
RNG = np.random.default_rng(3)
ADA, GRACE = random_unit(RNG, DIMS), random_unit(RNG, DIMS)


@pytest.fixture
def gallery(redis: Redis, keys: TemplateKeys) -> GalleryFollower:
    return GalleryFollower(redis, keys, MODEL, DIMS)


def same(found: Vector | None, expected: Vector) -> bool:
    return found is not None and bool((found == expected).all())


def test_who_is_enrolled_can_be_found(gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    gallery.refresh()
    assert same(gallery.enrolled.get("ada"), ADA)


def test_a_new_photo_replaces_the_old_template(gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    gallery.refresh()
    put_template("ada", GRACE, MODEL)
    gallery.refresh()
    assert same(gallery.enrolled.get("ada"), GRACE)
    assert len(gallery.enrolled) == 1


def test_only_what_changed_is_read_again(
    gallery: GalleryFollower, put_template: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_template("ada", ADA, MODEL)
    gallery.refresh()
    put_template("grace", GRACE, MODEL)
    asked: list[list[str]] = []
    get = TemplateKeys.get

    def noted(self: TemplateKeys, ids: Sequence[str]) -> dict[str, bytes]:
        asked.append(list(ids))
        return get(self, ids)

    monkeypatch.setattr(TemplateKeys, "get", noted)
    gallery.refresh()
    gallery.refresh()
    assert [ids for ids in asked if ids] == [["grace"]]


def test_admissions_stand_apart_from_enrolments(gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    put_template("ada", GRACE, MODEL, sitting_id=7)
    gallery.refresh()
    assert len(gallery.enrolled) == 1
    assert same(gallery.admission("ada", [3, 7]), GRACE)
    assert gallery.admission("ada", [3]) is None


def test_who_is_deleted_is_gone(redis: Redis, gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    gallery.refresh()
    GalleryStore(redis).remove([enrolment_key("ada")])
    gallery.refresh()
    assert gallery.enrolled.get("ada") is None


def test_a_dropped_key_makes_the_template_dead(redis: Redis, gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    redis.hdel(names.TEMPLATE_KEYS, "ada")
    gallery.refresh()
    assert gallery.enrolled.get("ada") is None


def test_a_template_that_came_before_its_key_is_opened_once_the_key_is_there(
    redis: Redis, gallery: GalleryFollower, put_template: Enrol
) -> None:
    put_template("ada", ADA, MODEL)
    wrapped = redis.hget(names.TEMPLATE_KEYS, "ada")
    redis.hdel(names.TEMPLATE_KEYS, "ada")
    gallery.refresh()
    redis.hset(names.TEMPLATE_KEYS, "ada", wrapped)
    gallery.refresh()
    assert gallery.enrolled.get("ada") is not None


def test_templates_of_another_model_are_never_compared(gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, "openvino:other:12345678:a1")
    put_template("grace", GRACE, MODEL)
    gallery.refresh()
    assert gallery.enrolled.search(ADA, None)[0] == ["grace"]


def test_graces_template_under_adas_name_does_not_open(
    redis: Redis, gallery: GalleryFollower, put_template: Enrol
) -> None:
    put_template("grace", GRACE, MODEL)
    stolen = GalleryStore(redis).since("", 0).upserts["student:grace"].sealed
    put_template("ada", ADA, MODEL)
    GalleryStore(redis).put([GalleryEntry(student_id="ada", model_id=MODEL, sealed=stolen)])
    gallery.refresh()
    assert gallery.enrolled.search(GRACE, None)[0] == ["grace"]


def test_a_template_of_the_wrong_size_or_length_is_not_used(
    redis: Redis, gallery: GalleryFollower, put_template: Enrol
) -> None:
    put_template("ada", ADA[:8], MODEL)
    put_template("grace", GRACE * 3, MODEL)
    gallery.refresh()
    assert len(gallery.enrolled) == 0


def test_a_rebuilt_view_is_taken_whole(redis: Redis, gallery: GalleryFollower, put_template: Enrol) -> None:
    put_template("ada", ADA, MODEL)
    put_template("grace", GRACE, MODEL)
    gallery.refresh()
    entries = GalleryStore(redis).since("", 0).upserts
    GalleryStore(redis).rebuild([entries["student:grace"]], epoch="e2")
    gallery.refresh()
    assert gallery.enrolled.search(ADA, None)[0] == ["grace"]


def test_a_gallery_enrolled_with_another_network_stops_the_work(redis: Redis, gallery: GalleryFollower) -> None:
    redis.hset(names.GALLERY_META, "model_id", "deepface:Dlib:55533b28:a1")
    with pytest.raises(Unavailable, match=r"enrolled with deepface:Dlib.*this process runs openvino"):
        gallery.refresh()


def test_the_gallery_survives_a_restart_of_redis(own_redis: EmbeddedRedis, template_ring: KeyRing) -> None:
    redis = connect(own_redis.url, "test")
    keys = TemplateKeys(redis, template_ring)
    gallery = GalleryFollower(redis, keys, MODEL, DIMS)
    store = GalleryStore(redis)
    sealed = gallery_seal(gallery, keys, "ada", ADA)
    store.put([GalleryEntry(student_id="ada", model_id=MODEL, sealed=sealed)])
    gallery.refresh()
    own_redis.kill()
    own_redis.start()
    gallery.refresh()
    store.put([GalleryEntry(student_id="grace", model_id=MODEL, sealed=gallery_seal(gallery, keys, "grace", GRACE))])
    gallery.refresh()
    assert sorted(gallery.enrolled.search(ADA, None)[0]) == ["ada", "grace"]
    fresh = GalleryFollower(redis, keys, MODEL, DIMS)
    fresh.refresh()
    assert len(fresh.enrolled) == 2


def gallery_seal(gallery: GalleryFollower, keys: TemplateKeys, student_id: str, vector: Vector) -> bytes:
    keys.ensure(student_id)
    sealed = gallery.seal_for(student_id, vector)
    assert sealed is not None
    return sealed


def test_a_probe_is_sealed_under_the_students_own_key(gallery: GalleryFollower, keys: TemplateKeys) -> None:
    key = keys.ensure("ada")
    sealed = gallery_seal(gallery, keys, "ada", ADA)
    assert open_sealed(key, sealed, template_about("ada")) == ADA.tobytes()
    assert gallery.seal_for("nobody", ADA) is None


def test_two_enrolment_workers_agree_on_one_key(redis: Redis, template_ring: KeyRing) -> None:
    one, other = TemplateKeys(redis, template_ring), TemplateKeys(redis, template_ring)
    assert one.ensure("ada") == other.ensure("ada")
    assert one.get(["ada", "grace"]) == {"ada": one.ensure("ada")}
    assert TemplateKeys(redis, new_ring("template")).get(["ada"]) == {}
