"""What the office's own pages know, an API client can ask for."""

from typing import Any

import pytest

from services.api import words
from services.api.web.deps import Deps
from tests.api_web.conftest import As
from tests.api_web.test_imports import EVE, HEADER, confirm, preview


def test_what_is_set_is_said_and_nothing_of_it_is_secret(admin: As, invigilator: As, deps: Deps) -> None:
    told = admin("GET", "/office-settings").json()
    api = deps.settings.api
    assert told["enrolment_bases"] == list(api.enrolment_bases)
    assert (told["consent_text_version"], told["max_photos"]) == (api.consent_text_version, api.max_photos)
    assert told["languages"] == list(words.languages())
    assert told["public_address"].startswith("http")
    assert told["mails_leave"] is False
    assert not [name for name in told if "password" in name or "hash" in name or "url" in name]
    assert invigilator("GET", "/office-settings").status_code == 403


def test_a_sitting_says_how_many_are_on_its_roster(admin: As, exam_day: int) -> None:
    assert admin("GET", f"/sittings/{exam_day}").json()["students"] == 2
    assert [row["students"] for row in admin("GET", "/sittings").json()] == [2]
    admin("PUT", f"/sittings/{exam_day}/roster", json={"rows": []})
    assert admin("GET", f"/sittings/{exam_day}").json()["students"] == 0


def test_a_new_hall_is_in_the_time_zone_of_most_unless_it_says_another(admin: As) -> None:
    assert admin.make("/halls", id="A")["time_zone"] == "UTC"
    for hall in ("B", "C"):
        admin.make("/halls", id=hall, time_zone="Asia/Kuala_Lumpur")
    assert admin.make("/halls", id="D")["time_zone"] == "Asia/Kuala_Lumpur"
    assert admin.make("/halls", id="E", time_zone="UTC")["time_zone"] == "UTC"
    for wrong in ("", "Nowhere/Here"):
        assert admin("POST", "/halls", json={"id": "F", "time_zone": wrong}).status_code == 422


def test_halls_that_an_import_makes_are_in_it_too(admin: As) -> None:
    admin.make("/halls", id="A", time_zone="Asia/Kuala_Lumpur")
    confirm(admin, preview(admin, HEADER + EVE.replace(",A,A-1,", ",N,N-1,"), create_halls=True), accept_clashes=True)
    assert admin("GET", "/halls/N").json()["time_zone"] == "Asia/Kuala_Lumpur"
    assert [row["starts_at"] for row in admin("GET", "/sittings").json()] == ["2026-11-23T07:00:00Z"]


def test_the_moments_of_a_day_and_its_times_are_by_the_halls_clock(admin: As) -> None:
    admin.make("/halls", id="A", time_zone="Asia/Kuala_Lumpur")
    said = {"hall": "A", "day": "2026-11-23", "starts_at": "23:30", "ends_at": "01:30", "closes_at": "00:15"}
    assert admin("GET", "/sitting-times", params=said).json() == {
        "time_zone": "Asia/Kuala_Lumpur",
        "starts_at": "2026-11-23T15:30:00Z",
        "ends_at": "2026-11-23T17:30:00Z",
        "opens_at": None,
        "late_after": None,
        "closes_at": "2026-11-23T16:15:00Z",
    }


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"hall": "Z"}, 404, "not_found"),
        ({"day": "soon"}, 422, "day_missing"),
        ({"ends_at": "late"}, 422, "time_missing"),
        ({"day": "0001-01-01", "starts_at": "01:00"}, 422, "no_such_time"),
    ],
)
def test_times_that_cannot_be_read_are_refused(admin: As, changed: dict[str, Any], status: int, code: str) -> None:
    admin.make("/halls", id="A", time_zone="Asia/Kuala_Lumpur")
    said = {"hall": "A", "day": "2026-11-23", "starts_at": "09:00", "ends_at": "11:00", **changed}
    answer = admin("GET", "/sitting-times", params=said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
