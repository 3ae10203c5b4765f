"""Photos in, a sealed template out, or a code that says what to change. Real models, real queue."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from redis import Redis
from rq import Queue, Retry
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from services.recognizer.alignment import Image
from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.checks import Measured, refusal_of
from services.recognizer.enrolment.enroller import Enroller, Request, photo_about
from services.recognizer.enrolment.job import JOB, QUEUE, enrol, enrol_many, look, make_ready
from services.recognizer.enrolment.look_alikes import look_alikes_of
from services.recognizer.enrolment.photo import PhotoReader
from services.recognizer.enrolment.worker import HELD_S, EnrolmentWorker
from services.recognizer.gallery import Matrix
from services.recognizer.settings import EnrolmentSection, RecognizerSection
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from shared import images, names
from shared.due_jobs import DueJobs
from shared.errors import Unavailable
from shared.events import AnyEvent, EnrolmentFailed, FaceEnrolled, Quality
from shared.keys import KeyRing, open_sealed, template_about
from shared.landmarks import Landmarker
from shared.redis_replies import entries
from shared.schedule import Schedule, ScheduleStore
from shared.streams import open_entry
from tests.broker import wait_until
from tests.recognizer.conftest import NOON, Enrol, Faces, sitting

Send = Callable[..., list[str]]


@pytest.fixture
def enroller(
    redis: Redis, media_ring: KeyRing, intel: Embedder, landmarker: Landmarker, keys: TemplateKeys
) -> Enroller:
    settings = RecognizerSection()
    photos = PhotoReader(landmarker, intel.template, settings.enrolment)
    return Enroller(redis, media_ring, intel, thresholds_of(intel.model_id), photos, keys, settings)


@pytest.fixture
def send(redis: Redis, media_ring: KeyRing) -> Send:
    def put(*photos: bytes) -> list[str]:
        ids = [f"p{at}" for at in range(len(photos))]
        for photo_id, photo in zip(ids, photos, strict=True):
            redis.set(names.enrolment_photo(photo_id), media_ring.seal_envelope(photo, photo_about(photo_id)), ex=60)
        return ids

    return put


def asked(photo_ids: list[str], student_id: str = "ada") -> Request:
    return Request(student_id, tuple(photo_ids), NOON, "trace-9")


def on_the_stream(redis: Redis, ring: KeyRing) -> list[AnyEvent]:
    return [open_entry(ring, entry.fields or {})[0] for entry in entries(redis.xrange(names.ENROLLED))]


def refused(enroller: Enroller, send: Send, photo: bytes) -> EnrolmentFailed:
    (result,) = enroller.enrol(asked(send(photo)))
    assert isinstance(result, EnrolmentFailed)
    return result


def as_jpeg(picture: Image) -> bytes:
    return images.encode_jpeg(picture, 95)


def test_adas_photo_becomes_a_template_that_only_her_key_opens(
    enroller: Enroller, send: Send, faces: Faces, keys: TemplateKeys, intel: Embedder, redis: Redis, media_ring: KeyRing
) -> None:
    (result,) = enroller.enrol(asked(send(faces.jpeg("ada", 1))))
    assert isinstance(result, FaceEnrolled)
    template = np.frombuffer(open_sealed(keys.ensure("ada"), result.template, template_about("ada")), "<f4")
    assert template @ faces.vector("ada", 2, intel) > 0.6
    assert (result.kiosk_id, result.captured_at, result.model_id) == ("enrolment", NOON, intel.model_id)
    assert on_the_stream(redis, media_ring) == [result]


def test_several_students_in_one_job_each_get_their_own(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, media_ring: KeyRing
) -> None:
    send(faces.jpeg("ada", 1), b"junk", faces.jpeg("grace", 1))
    make_ready(enroller)
    requests = [
        {"student_id": student, "photo_ids": ids, "asked_at": NOON.isoformat(), "trace_id": f"trace-{student}"}
        for student, ids in (("ada", ["p0"]), ("mallory", ["p1"]), ("grace", ["p2"]))
    ]
    assert enrol_many(requests) == {"results": ["enrolled", "not_an_image", "enrolled"]}
    first = on_the_stream(redis, media_ring)
    assert [
        (one.kind, one.student_id, one.photo_ids) for one in first if isinstance(one, FaceEnrolled | EnrolmentFailed)
    ] == [
        ("face_enrolled", "ada", ("p0",)),
        ("enrolment_failed", "mallory", ("p1",)),
        ("face_enrolled", "grace", ("p2",)),
    ]
    enrol_many(requests)
    again = on_the_stream(redis, media_ring)[3:]
    assert [one.event_id for one in again] == [one.event_id for one in first]


def test_several_photos_of_ada_are_fused(enroller: Enroller, send: Send, faces: Faces, keys: TemplateKeys) -> None:
    (result,) = enroller.enrol(asked(send(faces.jpeg("ada", 1), faces.jpeg("ada", 2), faces.jpeg("ada", 4))))
    assert isinstance(result, FaceEnrolled)
    assert result.photo_ids == ("p0", "p1", "p2")
    template = np.frombuffer(open_sealed(keys.ensure("ada"), result.template, template_about("ada")), "<f4")
    assert np.linalg.norm(template) == pytest.approx(1, abs=1e-5)


def test_a_photo_of_mallory_among_adas_refuses_them_all(enroller: Enroller, send: Send, faces: Faces) -> None:
    (result,) = enroller.enrol(asked(send(faces.jpeg("ada", 1), faces.jpeg("mallory", 1))))
    assert isinstance(result, EnrolmentFailed)
    assert result.refusals == ("photos_disagree", "photos_disagree")
    assert "alike, at least" in result.detail


def test_a_bad_photo_beside_a_good_one_is_refused_alone(enroller: Enroller, send: Send, faces: Faces) -> None:
    enrolled, failed = enroller.enrol(asked(send(faces.jpeg("ada", 1), b"junk")))
    assert isinstance(enrolled, FaceEnrolled)
    assert isinstance(failed, EnrolmentFailed)
    assert (enrolled.photo_ids, failed.photo_ids, failed.refusals) == (("p0",), ("p1",), ("not_an_image",))
    assert enrolled.event_id != failed.event_id


def test_checked_photos_make_no_template_no_key_and_no_choice_of_a_network(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, media_ring: KeyRing
) -> None:
    result = enroller.check(asked(send(faces.jpeg("ada", 1), b"junk")))
    assert (result.photo_ids, result.findings) == (("p0", "p1"), (None, "not_an_image"))
    assert (result.student_id, result.details[0]) == ("ada", "")
    assert on_the_stream(redis, media_ring) == [result]
    assert redis.hlen(names.TEMPLATE_KEYS) == 0 and redis.hlen(names.GALLERY_META) == 0


def test_checked_photos_have_to_show_one_person(enroller: Enroller, send: Send, faces: Faces) -> None:
    result = enroller.check(asked(send(faces.jpeg("ada", 1), faces.jpeg("mallory", 1))))
    assert result.findings == ("photos_disagree", "photos_disagree")


def test_the_job_checks_where_it_is_told_to(enroller: Enroller, send: Send, faces: Faces, redis: Redis) -> None:
    make_ready(enroller)
    done = enrol("ada", send(faces.jpeg("ada", 1)), NOON.isoformat(), "trace-9", check_only=True)
    assert done["result"] == "good" and redis.hlen(names.TEMPLATE_KEYS) == 0


def test_a_still_of_the_camera_is_judged_and_gone(enroller: Enroller, send: Send, faces: Faces, redis: Redis) -> None:
    make_ready(enroller)
    (still,) = send(faces.jpeg("ada", 1))
    assert look(still) == "good"
    assert redis.keys("photo:*") == [] and redis.exists(names.ENROLLED) == 0
    assert look(still) == "photo_gone"
    (still,) = send(as_jpeg(np.full((300, 300, 3), 128, np.uint8)))
    assert look(still) == "no_face"
    assert redis.hlen(names.TEMPLATE_KEYS) == 0 and redis.hlen(names.GALLERY_META) == 0


def bomb() -> bytes:
    """A small JPEG whose header says 30000×30000."""
    jpeg = bytearray(as_jpeg(np.zeros((64, 64, 3), np.uint8)))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = (30000).to_bytes(2, "big") * 2
    return bytes(jpeg)


@pytest.mark.parametrize(
    ("photo", "code"),
    [(b"", "not_an_image"), (b"\x00" * 5000, "not_an_image"), (bomb(), "image_too_large")],
    ids=["empty", "junk", "bomb"],
)
def test_what_is_no_picture_is_refused_with_a_reason(enroller: Enroller, send: Send, photo: bytes, code: str) -> None:
    result = refused(enroller, send, photo)
    assert result.refusals == (code,)
    assert result.detail


def test_a_truncated_photo_is_no_picture(enroller: Enroller, send: Send, faces: Faces) -> None:
    assert refused(enroller, send, faces.jpeg("ada", 1)[:4000]).refusals == ("not_an_image",)


def test_a_wall_has_no_face(enroller: Enroller, send: Send) -> None:
    wall = np.full((300, 300, 3), 128, np.uint8)
    assert refused(enroller, send, as_jpeg(wall)).refusals == ("no_face",)


def test_two_people_in_one_photo_are_refused(enroller: Enroller, send: Send, faces: Faces) -> None:
    both = np.hstack([images.decode(faces.jpeg("ada", 1)), images.decode(faces.jpeg("grace", 1))])
    result = refused(enroller, send, as_jpeg(both))
    assert result.refusals == ("several_faces",)
    assert "%" in result.detail


def test_a_neighbour_cut_off_by_the_edge_is_nobody_who_is_meant(enroller: Enroller, send: Send, faces: Faces) -> None:
    both = np.hstack([images.decode(faces.jpeg("ada", 1)), images.decode(faces.jpeg("grace", 1))[:, :125]])
    (result,) = enroller.enrol(asked(send(as_jpeg(both))))
    assert isinstance(result, FaceEnrolled)


def test_a_face_far_away_is_too_small(enroller: Enroller, send: Send, faces: Faces) -> None:
    small = cv2.resize(images.decode(faces.jpeg("ada", 1)), (72, 72), interpolation=cv2.INTER_AREA)
    result = refused(enroller, send, as_jpeg(np.asarray(small, np.uint8)))
    assert result.refusals == ("face_too_small",)
    assert "at least 16 needed" in result.detail


@pytest.mark.parametrize(("factor", "code"), [(0.25, "too_dark"), (2.4, "too_bright")])
def test_the_wrong_light_is_told_from_a_wrong_face(
    enroller: Enroller, send: Send, faces: Faces, factor: float, code: str
) -> None:
    picture = np.clip(images.decode(faces.jpeg("ada", 1)).astype(float) * factor, 0, 255).astype(np.uint8)
    assert refused(enroller, send, as_jpeg(picture)).refusals == (code,)


def test_a_blurred_photo_is_refused(enroller: Enroller, send: Send, faces: Faces) -> None:
    picture = cv2.GaussianBlur(images.decode(faces.jpeg("ada", 1)), (0, 0), 4)
    assert refused(enroller, send, as_jpeg(np.asarray(picture, np.uint8))).refusals == ("blurred",)


GOOD = Quality(
    sharpness=60, yaw_deg=3, pitch_deg=2, roll_deg=0, interocular_px=80, brightness=130, eye_openness=1, score=0.6
)


@pytest.mark.parametrize(
    ("change", "other", "code"),
    [
        ({"yaw_deg": -50.0}, {}, "not_frontal"),
        ({"pitch_deg": 40.0}, {}, "not_frontal"),
        ({}, {"eye_aspect": 0.05}, "eyes_closed"),
        ({}, {"unevenness": 0.8}, "uneven_light"),
        ({}, {"second_face_share": 0.9}, "several_faces"),
        ({"interocular_px": 10.0}, {}, "face_too_small"),
    ],
)
def test_each_fault_has_its_code_and_its_figure(change: dict[str, float], other: dict[str, float], code: str) -> None:
    measured = {"unevenness": 0.1, "eye_aspect": 0.28, "second_face_share": 0.0, **other}
    refusal = refusal_of(Measured(GOOD.model_copy(update=change), **measured), EnrolmentSection())
    assert refusal is not None
    assert refusal.code == code
    assert any(letter.isdigit() for letter in refusal.detail)


def test_a_good_photo_is_not_refused() -> None:
    assert refusal_of(Measured(GOOD, 0.1, 0.28, 0.2), EnrolmentSection()) is None


def test_a_photo_that_expired_is_asked_for_again(enroller: Enroller) -> None:
    (result,) = enroller.enrol(asked(["never-sent"]))
    assert isinstance(result, EnrolmentFailed)
    assert result.refusals == ("photo_gone",)


def test_a_photo_under_another_photos_name_does_not_open(
    enroller: Enroller, redis: Redis, media_ring: KeyRing, faces: Faces
) -> None:
    redis.set(names.enrolment_photo("p0"), media_ring.seal_envelope(faces.jpeg("ada", 1), photo_about("p7")))
    assert isinstance(enroller.enrol(asked(["p0"]))[0], EnrolmentFailed)


def test_a_job_that_runs_twice_says_the_same_twice(enroller: Enroller, send: Send, faces: Faces) -> None:
    request = asked(send(faces.jpeg("ada", 1)))
    assert enroller.enrol(request)[0].event_id == enroller.enrol(request)[0].event_id
    later = Request("ada", request.photo_ids, NOON + timedelta(seconds=1), "trace-9")
    assert later.event_id("enrolled") != request.event_id("enrolled")


def test_the_first_enrolment_fixes_the_network(enroller: Enroller, send: Send, faces: Faces, redis: Redis) -> None:
    redis.hset(names.GALLERY_META, "model_id", "deepface:Dlib:55533b28:a1")
    with pytest.raises(Unavailable, match="enrolled with"):
        enroller.enrol(asked(send(faces.jpeg("ada", 1))))
    assert redis.xlen(names.ENROLLED) == 0


def test_graces_double_in_the_same_slot_is_named(
    enroller: Enroller, send: Send, faces: Faces, intel: Embedder, put_template: Enrol, redis: Redis
) -> None:
    put_template("grace", faces.vector("ada", 2, intel), intel.model_id)
    put_template("mallory", faces.vector("mallory", 1, intel), intel.model_id)
    ScheduleStore(redis).write(Schedule(sittings=(sitting(ada="A", grace="B", mallory="B"),)))
    (result,) = enroller.enrol(asked(send(faces.jpeg("ada", 1))))
    assert isinstance(result, FaceEnrolled)
    assert [found.student_id for found in result.look_alikes] == ["grace"]


def test_a_double_in_no_slot_of_hers_is_not_named(intel: Embedder, faces: Faces) -> None:
    gallery = Matrix(intel.dims)
    gallery.put("grace", faces.vector("ada", 2, intel))
    template, rule = faces.vector("ada", 1, intel), thresholds_of(intel.model_id)
    apart = Schedule(sittings=(sitting(1, ada="A"),))
    together = Schedule(sittings=(sitting(1, ada="A"), sitting(2, grace="B")))
    assert look_alikes_of("ada", template, apart, gallery, rule, 0.01) == ()
    assert [found.student_id for found in look_alikes_of("ada", template, together, gallery, rule, 0.01)] == ["grace"]


def test_in_a_small_slot_an_ordinary_likeness_is_none(intel: Embedder) -> None:
    """0.45 alike passes the threshold of a search among two, but strangers are often as alike."""
    ada, other = np.eye(intel.dims, dtype=np.float32)[:2]
    gallery = Matrix(intel.dims)
    gallery.put("grace", (0.45 * ada + np.sqrt(1 - 0.45**2) * other).astype(np.float32))
    rule, slot = thresholds_of(intel.model_id), Schedule(sittings=(sitting(ada="A", grace="B"),))
    assert [found.student_id for found in look_alikes_of("ada", ada, slot, gallery, rule, 0.01)] == ["grace"]
    assert look_alikes_of("ada", ada, slot, gallery, rule, 0.01, rare_fmr=1e-5) == ()


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def worked_off(redis: Redis, queue: Queue) -> None:
    EnrolmentWorker([queue], connection=redis, serializer=JSONSerializer).work(burst=True)


def test_a_job_of_the_queue_is_done_by_its_name(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, media_ring: KeyRing, queue: Queue
) -> None:
    make_ready(enroller)
    kwargs = {
        "student_id": "ada",
        "photo_ids": send(faces.jpeg("ada", 1)),
        "asked_at": NOON.isoformat().replace("+00:00", "Z"),
        "trace_id": "trace-9",
    }
    job = queue.enqueue_call(JOB, kwargs=kwargs, job_id="enrol-ada-1")
    worked_off(redis, queue)
    assert job.return_value()["result"] == "enrolled"
    assert [event.kind for event in on_the_stream(redis, media_ring)] == ["face_enrolled"]
    assert json.loads(json.dumps(job.return_value())) == job.return_value()


def test_the_machines_own_trouble_is_tried_again(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, queue: Queue
) -> None:
    make_ready(enroller)
    redis.hset(names.GALLERY_META, "model_id", "deepface:Dlib:55533b28:a1")
    photo_ids = send(faces.jpeg("ada", 1))
    kwargs = {"student_id": "ada", "photo_ids": photo_ids, "asked_at": NOON.isoformat(), "trace_id": "t"}
    job = queue.enqueue_call(JOB, kwargs=kwargs, retry=Retry(max=2))
    worked_off(redis, queue)
    assert job.get_status(refresh=True) == "failed"
    job.refresh()
    assert job.retries_left == 0
    assert redis.xlen(names.ENROLLED) == 0


def back_in(queue: Queue, due: DueJobs) -> bool:
    due.put_back()
    return bool(queue.count)


def test_a_job_that_waits_for_its_next_try_comes_back(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, media_ring: KeyRing, queue: Queue
) -> None:
    make_ready(enroller)
    redis.hset(names.GALLERY_META, "model_id", "deepface:Dlib:55533b28:a1")
    photo_ids = send(faces.jpeg("ada", 1))
    kwargs = {"student_id": "ada", "photo_ids": photo_ids, "asked_at": NOON.isoformat(), "trace_id": "t"}
    job = queue.enqueue_call(JOB, kwargs=kwargs, retry=Retry(max=1, interval=1))
    worked_off(redis, queue)
    assert job.get_status(refresh=True) == "scheduled"
    redis.hdel(names.GALLERY_META, "model_id")
    due = DueJobs(redis, QUEUE)
    wait_until(lambda: back_in(queue, due), "a due job")
    worked_off(redis, queue)
    assert [event.kind for event in on_the_stream(redis, media_ring)] == ["face_enrolled"]


def test_a_job_whose_worker_was_killed_is_done_by_another(
    enroller: Enroller, send: Send, faces: Faces, redis: Redis, media_ring: KeyRing, queue: Queue
) -> None:
    make_ready(enroller)
    kwargs = {
        "student_id": "ada",
        "photo_ids": send(faces.jpeg("ada", 1)),
        "asked_at": NOON.isoformat(),
        "trace_id": "t",
    }
    queue.enqueue_call(JOB, kwargs=kwargs, retry=Retry(max=1, interval=1))
    killed = EnrolmentWorker([queue], connection=redis, serializer=JSONSerializer)
    taken, _ = Queue.dequeue_any([queue], None, connection=redis, serializer=JSONSerializer)
    killed.prepare_execution(taken)
    killed.prepare_job_execution(taken)
    started = StartedJobRegistry(QUEUE, connection=redis, serializer=JSONSerializer)
    held: list[Any] = redis.zrange(started.key, 0, -1, withscores=True)
    ((execution, until),) = held
    assert until <= time.time() + HELD_S
    due = DueJobs(redis, QUEUE)
    due.put_back()
    assert started.get_job_count(cleanup=False) == 1
    redis.zadd(started.key, {execution: time.time() - 1})  # its time is over
    wait_until(lambda: back_in(queue, due), "the job of the killed worker")
    worked_off(redis, queue)
    assert [event.kind for event in on_the_stream(redis, media_ring)] == ["face_enrolled"]


def test_a_job_of_another_name_is_not_run(redis: Redis, queue: Queue, enroller: Enroller) -> None:
    make_ready(enroller)
    job = queue.enqueue_call("os.getcwd")
    worked_off(redis, queue)
    assert job.get_status(refresh=True) == "failed"
    assert job.return_value() is None
