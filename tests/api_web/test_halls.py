"""A hall's plan: how many it seats, what is blocked, and what becomes of that when the plan shrinks."""

from dataclasses import replace

from fastapi.testclient import TestClient

from services.api.web.app import create_app
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As


def test_blocked_seats_are_not_counted_and_each_only_once(admin: As) -> None:
    hall = admin.make("/halls", id="A", rows=3, columns=4, blocked=[[1, 1], [3, 4], [1, 1]])
    assert (hall["capacity"], hall["blocked"]) == (10, [[1, 1], [3, 4]])


def test_a_plan_that_shrinks_forgets_the_seats_that_are_no_more(admin: As) -> None:
    admin.make("/halls", id="A", rows=3, columns=4, blocked=[[1, 1], [3, 4]])
    smaller = admin("PATCH", "/halls/A", json={"rows": 2}).json()
    assert (smaller["blocked"], smaller["capacity"]) == ([[1, 1]], 7)
    again = admin("PATCH", "/halls/A", json={"rows": 3}).json()
    assert (again["blocked"], again["capacity"]) == ([[1, 1]], 11)


def test_a_hall_without_a_plan_has_no_capacity_and_half_a_plan_is_refused(admin: As) -> None:
    assert admin.make("/halls", id="A")["capacity"] is None
    refused = admin("PATCH", "/halls/A", json={"rows": 3})
    assert (refused.status_code, refused.json()["code"]) == (422, "half_a_plan")
    assert admin("GET", "/halls/A").json()["rows"] is None


def test_a_change_on_top_of_somebody_elses_is_a_conflict(admin: As) -> None:
    admin.make("/halls", id="A", rows=3, columns=4)
    assert admin("PATCH", "/halls/A", json={"blocked": [[1, 1]], "version": 1}).status_code == 200
    late = admin("PATCH", "/halls/A", json={"blocked": [[2, 2]], "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert admin("GET", "/halls/A").json()["blocked"] == [[1, 1]]


def test_a_hall_whose_name_is_taken_away_is_called_by_its_id(admin: As) -> None:
    admin.make("/halls", id="A", name="The great hall")
    assert admin("PATCH", "/halls/A", json={"name": ""}).json()["name"] == "Hall A"


def test_who_would_lose_a_seat_is_told_before_it_is_blocked(admin: As, exam_day: int, clock: ManualClock) -> None:
    admin("PATCH", "/halls/B", json={"rows": 3, "columns": 4})

    def lose(**change: object) -> list[tuple[str, str]]:
        answer = admin("POST", "/halls/B/displaced", json=change)
        assert answer.status_code == 200
        return [(one["name"], one["seat"]) for one in answer.json()]

    assert lose(blocked=[[2, 1]]) == [("Grace Hopper", "B-1")]
    assert lose(rows=1) == [("Grace Hopper", "B-1")]
    assert lose(blocked=[[2, 2]], name="The great hall") == []
    assert lose(rows=None, columns=None) == []  # a hall without a plan takes seats by any label
    assert admin("GET", "/halls/B").json()["blocked"] == []
    clock.advance(2 * 3600)
    assert lose(blocked=[[2, 1]]) == []  # the sitting is over


def test_the_kiosks_page_begins_in_the_language_of_the_setting(deps: Deps) -> None:
    api = deps.settings.api.model_copy(update={"language": "ms"})
    malay = replace(deps, settings=deps.settings.model_copy(update={"api": api}))
    for path in ("/kiosk", "/kiosk/A__door1"):
        assert '<html lang="ms">' in TestClient(create_app(malay)).get(path).text
        assert '<html lang="en">' in TestClient(create_app(deps)).get(path).text
