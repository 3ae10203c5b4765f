"""Who opts out of recognition is forgotten by face: template, key, photos, and what was still under way."""

import pytest
from redis import Redis
from sqlmodel import select

from services.api.db.engine import reading, writing
from services.api.db.tables import Outbox, Photo, StudentKey, Template
from services.api.ingest.enrolments import record_enrolment
from services.api.web.deps import Deps
from shared import names
from shared.events import FaceEnrolled, Quality
from tests.api_web.conftest import NOW, As
from tests.api_web.pictures import tiny_jpeg

QUALITY = Quality(
    sharpness=90,
    yaw_deg=0,
    pitch_deg=0,
    roll_deg=0,
    interocular_px=80,
    brightness=120,
    eye_openness=1,
    score=0.9,
)


@pytest.fixture
def ada_enrolled(admin: As, deps: Deps, redis: Redis) -> FaceEnrolled:
    """Ada is enrolled from one photo; return the event that did it."""
    admin.make("/students", id="S1", name="Ada Lovelace")
    picture = [("photo", ("ada.jpg", tiny_jpeg(48, 64), "image/jpeg"))]
    photo_ids = admin("POST", "/students/S1/photos", files=picture, data={"basis": "consent"}).json()["photo_ids"]
    redis.hset(names.TEMPLATE_KEYS, "S1", b"wrapped")
    event = FaceEnrolled(
        event_id="e1",
        kiosk_id="enrolment",
        captured_at=NOW,
        trace_id="t",
        student_id="S1",
        photo_ids=tuple(photo_ids),
        model_id="test-net",
        template=b"sealed",
        quality=QUALITY,
    )
    with writing(deps.engine) as session:
        record_enrolment(session, redis, event, NOW)
    assert admin("GET", "/students/S1/enrolment").json()["state"] == "enrolled"
    return event


def test_a_student_who_opts_out_leaves_no_template_no_key_and_no_photo(
    admin: As, deps: Deps, ada_enrolled: FaceEnrolled
) -> None:
    answer = admin("PATCH", "/students/S1", json={"by_number": True})
    assert (answer.status_code, answer.json()["enrolment"]) == (200, "none")
    assert admin("GET", "/students/S1/photo").status_code == 404
    with reading(deps.engine) as session:
        for table in (Template, Photo, StudentKey):
            assert session.exec(select(table)).all() == []
        behind = {(row.view, row.key) for row in session.exec(select(Outbox))}
    assert behind >= {("gallery", "student:S1"), ("key", "S1")}, "the recognizer's gallery and key follow"


def test_an_enrolment_under_way_when_a_student_opts_out_makes_no_template(
    admin: As, deps: Deps, redis: Redis, ada_enrolled: FaceEnrolled
) -> None:
    admin("PATCH", "/students/S1", json={"by_number": True})
    later = ada_enrolled.model_copy(update={"event_id": "e2"})
    with writing(deps.engine) as session:
        for row in session.exec(select(Outbox)):
            session.delete(row)
    with writing(deps.engine) as session:
        record_enrolment(session, redis, later, NOW)
    with reading(deps.engine) as session:
        assert session.exec(select(Template)).all() == []
        assert {(row.view, row.key) for row in session.exec(select(Outbox))} == {("key", "S1")}, "its new key goes too"


def test_a_student_who_opts_in_again_is_enrolled_anew(admin: As, deps: Deps, ada_enrolled: FaceEnrolled) -> None:
    admin("PATCH", "/students/S1", json={"by_number": True})
    assert admin("PATCH", "/students/S1", json={"by_number": False}).json()["enrolment"] == "none"
    picture = [("photo", ("ada.jpg", tiny_jpeg(48, 64), "image/jpeg"))]
    anew = admin("POST", "/students/S1/photos", files=picture, data={"basis": "consent"})
    assert anew.status_code == 202, anew.text
    assert admin("GET", "/students/S1/photo").content == tiny_jpeg(48, 64)
