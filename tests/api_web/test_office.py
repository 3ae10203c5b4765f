"""The office's resources through the real app."""

import httpx
from fastapi.testclient import TestClient
from redis import Redis
from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import AuditEntry, Outbox
from services.api.office import photos
from services.api.web.deps import Deps
from shared import names
from shared.clock import ManualClock
from tests.api_web.conftest import NOW, As
from tests.api_web.pictures import tiny_jpeg


def test_an_exam_day_is_set_up_and_read_back(admin: As, exam_day: int) -> None:
    roster = admin("GET", f"/sittings/{exam_day}/roster").json()
    assert [(row["student_id"], row["name"], row["hall"], row["table"], row["status"]) for row in roster] == [
        ("S1", "Ada Lovelace", "A", "C-14", "expected"),
        ("S2", "Grace Hopper", "B", "B-1", "expected"),
    ]
    sitting = admin("GET", f"/sittings/{exam_day}").json()
    assert (sitting["exam_code"], sitting["halls"], sitting["policy"]) == ("MATH-201", ["A", "B"], "challenge")


def test_the_schedule_is_marked_behind_in_the_commit_that_changes_it(admin: As, deps: Deps) -> None:
    admin.make("/halls", id="A")
    with reading(deps.engine) as session:
        assert "schedule" in {row.view for row in session.exec(select(Outbox))}


def test_the_audit_chain_names_ids_and_no_person(admin: As, deps: Deps, exam_day: int) -> None:
    with reading(deps.engine) as session:
        entries = list(session.exec(select(AuditEntry)))
    assert {entry.action for entry in entries} >= {"student.create", "hall.create", "sitting.create", "roster.edit"}
    assert not any("Ada" in entry.model_dump_json() for entry in entries)


def photographed(admin: As, picture: bytes = tiny_jpeg(48, 64)) -> httpx.Response:
    """Hand in a photo of Ada, with her consent."""
    photo = [("photo", ("ada.jpg", picture, "image/jpeg"))]
    return admin("POST", "/students/S1/photos", files=photo, data={"basis": "consent"})


def test_a_photo_is_sealed_and_handed_to_the_enrolment_worker_once(admin: As, deps: Deps, redis: Redis) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    picture = tiny_jpeg(48, 64)
    asked = photographed(admin, picture)
    assert asked.status_code == 202, asked.text
    body = asked.json()
    key = names.enrolment_photo(body["photo_ids"][0])
    sealed = redis.get(key)
    assert isinstance(sealed, bytes) and picture not in sealed
    assert deps.media.open_envelope(sealed, key) == picture
    assert int(redis.ttl(key)) > 0
    job = Queue("enrolment", connection=redis, serializer=JSONSerializer).fetch_job(body["job_id"])
    assert job is not None and job.func_name == "services.recognizer.enrolment.enrol"
    assert set(job.kwargs) == {"student_id", "photo_ids", "asked_at", "trace_id"}
    shown = admin("GET", "/students/S1/photo")
    assert shown.content == picture and shown.headers["content-type"] == "image/jpeg"
    assert admin("GET", "/students/S1/enrolment").json()["state"] == "pending"


def test_an_enrolment_that_was_lost_with_redis_is_handed_over_again(
    admin: As, deps: Deps, redis: Redis, clock: ManualClock
) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    asked = photographed(admin).json()
    with deps.reading(Caller()) as work:
        assert photos.resend_lost(work) == 0, "it has just been asked for"
    clock.advance(180)
    with deps.reading(Caller()) as work:
        assert photos.resend_lost(work) == 0, "its job still waits"
    redis.flushall()
    with deps.reading(Caller()) as work:
        assert photos.resend_lost(work) == 1
    assert Queue("enrolment", connection=redis, serializer=JSONSerializer).job_ids == [asked["job_id"]]
    assert redis.exists(names.enrolment_photo(asked["photo_ids"][0]))


def test_an_enrolment_that_failed_with_all_its_retries_is_tried_again_later(
    admin: As, deps: Deps, redis: Redis, clock: ManualClock
) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    asked = photographed(admin).json()
    queue = Queue("enrolment", connection=redis, serializer=JSONSerializer)
    job = queue.fetch_job(asked["job_id"])
    assert job is not None
    queue.remove(job)
    job.set_status(JobStatus.FAILED)
    job.ended_at = NOW
    job.save()
    clock.advance(29 * 60)
    with deps.reading(Caller()) as work:
        assert photos.resend_lost(work) == 0, "it has just failed"
    clock.advance(2 * 60)
    with deps.reading(Caller()) as work:
        assert photos.resend_lost(work) == 1
    assert queue.job_ids == [asked["job_id"]]
    again = queue.fetch_job(asked["job_id"])
    assert again is not None and again.get_status() == JobStatus.QUEUED


def test_a_deleted_student_leaves_no_photo_and_no_name(admin: As) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    photographed(admin)
    assert admin("DELETE", "/students/S1").status_code == 204
    assert admin("GET", "/students/S1/photo").status_code == 404
    assert admin("GET", "/students").json()["items"] == []
    again = admin("POST", "/students", json={"id": "S1", "name": "Somebody else"})
    assert (again.status_code, again.json()["code"]) == (409, "student_exists")


def test_students_come_in_pages_and_are_found_in_any_script(admin: As) -> None:
    for number, name in (("S1", "Ada Lovelace"), ("S2", "李小龍"), ("S3", "100% Sure")):
        admin.make("/students", id=number, name=name)
    first = admin("GET", "/students?limit=2").json()
    assert [row["id"] for row in first["items"]] == ["S1", "S2"]
    rest = admin("GET", f"/students?limit=2&after={first['next_after']}").json()
    assert ([row["id"] for row in rest["items"]], rest["next_after"]) == (["S3"], None)
    assert [row["id"] for row in admin("GET", "/students?search=小龍").json()["items"]] == ["S2"]
    assert [row["id"] for row in admin("GET", "/students?search=%25").json()["items"]] == ["S3"]
    assert [row["id"] for row in admin("GET", "/students?search=LOVE").json()["items"]] == ["S1"]


def test_an_edit_that_has_not_seen_the_last_one_is_refused(admin: As) -> None:
    admin.make("/students", id="S1", name="Ada")
    assert admin("PATCH", "/students/S1", json={"name": "Ada Lovelace", "version": 1}).status_code == 200
    late = admin("PATCH", "/students/S1", json={"name": "Ada Byron", "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")


def test_a_kiosks_token_is_shown_once_and_ends_when_revoked(admin: As, anyone: TestClient) -> None:
    admin.make("/halls", id="A")
    admin.make("/kiosks", id="A__door1", hall="A", source="browser:")
    token = str(admin.make("/kiosks/A__door1/token")["token"])
    own = {"Authorization": f"Bearer {token}"}
    assert anyone.get("/api/v1/kiosks/A__door1/screen", headers=own).status_code == 200
    assert token not in admin("GET", "/kiosks/A__door1").text
    assert admin("DELETE", "/kiosks/A__door1/token").status_code == 204
    assert anyone.get("/api/v1/kiosks/A__door1/screen", headers=own).status_code == 401


def test_times_that_do_not_follow_each_other_are_refused_by_name(admin: As, exam_day: int) -> None:
    wrong = admin("PATCH", f"/sittings/{exam_day}", json={"closes_at": "2026-11-23T08:00:00Z"})
    assert (wrong.status_code, wrong.json()["where"]) == (422, "late_after")


def test_a_hall_that_people_sit_in_stays_with_its_sitting(admin: As, exam_day: int) -> None:
    refused = admin("PATCH", f"/sittings/{exam_day}", json={"halls": ["A"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "hall_has_seats")
    assert admin("GET", f"/sittings/{exam_day}").json()["halls"] == ["A", "B"]


def test_footage_at_a_door_cannot_be_said_to_be_real(admin: As) -> None:
    admin.make("/halls", id="A")
    for source in ("file:walk.mp4?real=1", "folder:drop?pace=real&re%61l"):
        refused = admin("POST", "/kiosks", json={"id": "A__door1", "hall": "A", "source": source})
        assert (refused.status_code, refused.json()["code"]) == (422, "real_footage")
    assert admin.make("/kiosks", id="A__door1", hall="A", source="http://10.0.0.9/ch1?real=1")["id"] == "A__door1"
