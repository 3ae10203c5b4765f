"""What is held on one student: on what basis, which photos, how far enrolment is, where they sit."""

from typing import get_args

import httpx
from redis import Redis
from sqlmodel import select

from services.api import words
from services.api.db.engine import reading, writing
from services.api.db.tables import (
    Photo,
    Template,
)
from services.api.ingest.enrolments import record_enrolment
from services.api.web.deps import Deps
from shared import names
from shared.events import EnrolmentRefusal, FaceEnrolled, Verdict
from tests.api_web.conftest import NOW, As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.test_opting_out import QUALITY

ADAS = tiny_jpeg(48, 64)
GRACES = tiny_jpeg(40, 60)


def upload(admin: As, student: str, image: bytes, **said: str) -> httpx.Response:
    """Hand in one photo."""
    return admin("POST", f"/students/{student}/photos", files=[("photo", ("it.jpg", image, "image/jpeg"))], data=said)


# ---------------------------------------------------------------- legal basis


def test_an_enrolment_states_its_legal_basis_and_the_same_one_is_recorded_once(admin: As, exam_day: int) -> None:
    said = {"source": "webcam", "basis": "public_task", "text_version": "2026-09"}
    assert upload(admin, "S1", ADAS, **said).status_code == 202
    assert upload(admin, "S1", GRACES, **said).status_code == 202
    (basis,) = admin("GET", "/students/S1/consents").json()
    assert (basis["basis"], basis["text_version"], basis["withdrawn_at"]) == ("public_task", "2026-09", None)
    photos = admin("GET", "/students/S1/enrolment").json()["photos"]
    assert {photo["source"] for photo in photos} == {"webcam"}
    assert upload(admin, "S1", GRACES).status_code == 202, "what stands need not be stated again"
    assert len(admin("GET", "/students/S1/consents").json()) == 1


def test_a_basis_that_nobody_stated_is_not_recorded(admin: As, exam_day: int) -> None:
    refused = upload(admin, "S2", GRACES)
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]) == (422, "basis_needed", "basis")
    assert admin("GET", "/students/S2/consents").json() == []
    assert admin("GET", "/students/S2/enrolment").json()["photos"] == []


def test_an_unknown_basis_keeps_no_photo(admin: As, exam_day: int) -> None:
    refused = upload(admin, "S1", ADAS, basis="because")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_basis")
    assert admin("GET", "/students/S1/enrolment").json()["photos"] == []


def test_a_consent_that_is_taken_back_leaves_a_check_in_by_number(
    admin: As, deps: Deps, redis: Redis, exam_day: int
) -> None:
    enrol(admin, deps, redis, "S1", ADAS)
    withdrawn = admin("POST", "/students/S1/consents/withdraw").json()
    assert (withdrawn["by_number"], withdrawn["enrolment"]) == (True, "none")
    (basis,) = admin("GET", "/students/S1/consents").json()
    assert basis["withdrawn_at"] is not None
    with reading(deps.engine) as session:
        assert session.exec(select(Template)).all() == [] and session.exec(select(Photo)).all() == []
    assert admin("POST", "/students/S1/consents/withdraw").json()["code"] == "withdrawn_already"
    assert upload(admin, "S1", ADAS, basis="consent").json()["code"] == "by_number"
    admin("PATCH", "/students/S1", json={"by_number": False})
    assert upload(admin, "S1", ADAS).json()["code"] == "basis_needed", "what was taken back is not assumed again"
    assert upload(admin, "S1", ADAS, basis="consent").status_code == 202
    assert len(admin("GET", "/students/S1/consents").json()) == 2


def test_a_basis_is_recorded_without_a_photo(admin: As, exam_day: int) -> None:
    assert admin("POST", "/students/S1/consents", json={"basis": "consent"}).status_code == 201
    assert admin("POST", "/students/S9/consents", json={"basis": "consent"}).status_code == 404
    assert admin("POST", "/students/S1/consents", json={"basis": "whim"}).status_code == 422


# ---------------------------------------------------------------- photos


def test_each_photo_can_be_looked_at_and_one_that_is_not_used_can_go(
    admin: As, deps: Deps, redis: Redis, exam_day: int
) -> None:
    enrol(admin, deps, redis, "S1", ADAS)
    waiting = upload(admin, "S1", GRACES).json()["photo_ids"][0]
    used = next(p["id"] for p in admin("GET", "/students/S1/enrolment").json()["photos"] if p["state"] == "enrolled")
    assert admin("GET", f"/students/S1/photos/{waiting}").content == GRACES
    assert admin("GET", f"/students/S2/photos/{waiting}").status_code == 404, "it is not Grace's"
    assert admin("DELETE", f"/students/S1/photos/{used}").json()["code"] == "photo_in_use"
    assert admin("DELETE", f"/students/S1/photos/{waiting}").status_code == 204
    assert admin("GET", f"/students/S1/photos/{waiting}").status_code == 404


# ---------------------------------------------------------------- finding


def test_students_are_found_in_any_script_and_by_how_far_their_enrolment_is(
    admin: As, deps: Deps, redis: Redis, exam_day: int
) -> None:
    admin.make("/students", id="S4", name="ÉLODIE Şahin")
    admin.make("/students", id="S5", name="Ρόζα Αθηνά", by_number=True)
    admin.make("/students", id="S6", name="सरला")
    enrol(admin, deps, redis, "S1", ADAS)
    upload(admin, "S2", GRACES, basis="consent")
    admin("PATCH", "/students/S3", json={"active": False})

    def found(query: str) -> list[str]:
        return [row["id"] for row in admin("GET", f"/students?{query}").json()["items"]]

    assert found("search=élodie") == ["S4"]
    assert found("search=e\u0301lodie") == ["S4"], "an accent of its own is the same letter"
    assert found("search=ΡΌΖΑ") == ["S5"]
    assert found("search=सर") == ["S6"]
    assert found("search=s4") == ["S4"]
    assert (found("enrolment=enrolled"), found("enrolment=pending"), found("enrolment=refused")) == (["S1"], ["S2"], [])
    assert found("enrolment=none&active=true&by_number=false") == ["S4", "S6"]
    assert found(f"enrolment=missing&sitting_id={exam_day}") == ["S2"]
    counts = admin("GET", "/student-counts").json()
    assert counts == {
        "students": 6, "inactive": 1, "by_number": 1, "enrolled": 1, "pending": 1, "refused": 0, "none": 2
    }  # fmt: skip


# ---------------------------------------------------------------- where, and in which words


def test_the_sittings_of_a_student_are_listed_with_how_they_stand(admin: As, exam_day: int) -> None:
    (sitting,) = admin("GET", "/students/S1/sittings").json()
    assert (sitting["exam_code"], sitting["hall"], sitting["table"], sitting["status"]) == (
        "MATH-201",
        "A",
        "C-14",
        "expected",
    )
    assert admin("GET", "/students/S3/sittings").json() == []


def test_every_refusal_and_every_verdict_has_its_words_in_every_language() -> None:
    codes = [f"refusal.{code}" for code in get_args(EnrolmentRefusal)]
    codes += [f"attempt.{verdict}" for verdict in get_args(Verdict)]
    for language in words.languages():
        assert [code for code in codes if not words.words_of(language).has(code)] == [], language


def enrol(admin: As, deps: Deps, redis: Redis, student: str, image: bytes) -> None:
    """Hand in a photo, and let enrolment take it."""
    photo_ids = upload(admin, student, image, basis="consent").json()["photo_ids"]
    redis.hset(names.TEMPLATE_KEYS, student, b"wrapped")
    event = FaceEnrolled(
        event_id=f"enrolled-{student}",
        kiosk_id="enrolment",
        captured_at=NOW,
        trace_id="t",
        student_id=student,
        photo_ids=tuple(photo_ids),
        model_id="test-net",
        template=b"sealed",
        quality=QUALITY,
    )
    with writing(deps.engine) as session:
        record_enrolment(session, redis, event, NOW)
