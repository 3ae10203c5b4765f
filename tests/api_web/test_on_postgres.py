"""The same office on PostgreSQL: a day from set-up to a decision, in one go."""

from typing import Any

import pytest

from services.api.web.deps import Deps
from tests.api_web import on_both
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg

office_url = on_both.postgres_url


def test_a_day_at_the_office_on_postgresql(admin: As, exam_day: int, deps: Deps, clock: Any) -> None:
    assert deps.engine.dialect.name == "postgresql"
    assert [row["id"] for row in admin("GET", "/students?search=LOVE").json()["items"]] == ["S1"]
    photo = [("photo", ("ada.jpg", tiny_jpeg(48, 64), "image/jpeg"))]
    assert admin("POST", "/students/S1/photos", files=photo, data={"basis": "consent"}).status_code == 202
    assert admin("GET", "/students/S1/photo").content == tiny_jpeg(48, 64)
    again = admin("POST", "/exams", json={"code": "MATH-201", "subject": "Analysis II"})
    assert again.json()["code"] == "exam_exists"
    text = b"student_id,name,hall,table\nS1,Ada Lovelace,A,C-14\nS7,Noether,B,B-2\n"
    imported = admin("POST", f"/sittings/{exam_day}/roster/csv?create_students=true", content=text).json()
    assert (imported["added"], imported["unchanged"]) == (1, 1)
    moved = admin("PATCH", f"/sittings/{exam_day}", json={"late_after": "2026-11-23T09:20:00Z"})
    assert moved.json()["late_after"] == "2026-11-23T09:20:00Z"
    clock.advance(60)
    marked = admin("POST", f"/sittings/{exam_day}/students/S1/mark", json={"status": "in"})
    assert marked.status_code == 201, marked.text
    statuses = {row["student_id"]: row["status"] for row in admin("GET", f"/sittings/{exam_day}/status").json()}
    assert statuses == {"S1": "present", "S2": "expected", "S7": "expected"}
    assert admin("GET", "/student-counts").json()["pending"] == 1
    assert admin("GET", "/students/S1/held").json()["photos"] == 1
    assert admin("GET", "/students/S1/export").status_code == 200
    assert admin("GET", "/look-alikes").json() == []
    assert admin("POST", "/students/S1/consents/withdraw").json()["by_number"] is True
    assert admin("DELETE", "/students/S2").status_code == 204
    assert admin("GET", f"/attempts?sitting_id={exam_day}").json()["items"][0]["actor"].startswith("user:")


@pytest.mark.parametrize("where", ["name", "search"])
def test_a_character_that_postgresql_cannot_hold_is_refused_and_not_logged(
    admin: As, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    if where == "name":
        answer = admin("POST", "/students", json={"id": "S66", "name": "Ada\x00Lovelace"})
    else:
        answer = admin("GET", "/students?search=Ada%00Lovelace")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_storable")
    ours = [record.getMessage() for record in caplog.records if record.name != "httpx"]  # the test's own client
    assert not any("Lovelace" in message for message in ours)
