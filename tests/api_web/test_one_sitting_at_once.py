"""Everybody at one sitting at once, on PostgreSQL: nobody waits in a circle, and nobody who came is lost."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import httpx
import pytest

from services.api import audit
from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.ingest.attempts import record
from services.api.ingest.office import Arrival, Office
from services.api.office import hall_seats
from services.api.office.closing import sealing
from services.api.problems import Problem
from services.api.web.deps import Deps
from services.api.words import words_of
from tests.api.story import identified
from tests.api_web import on_both
from tests.api_web.conftest import NOW, As
from tests.api_web.test_at_once_on_postgres import waiting
from tests.api_web.test_imports import preview
from tests.broker import wait_until

office_url = on_both.postgres_url
DOOR = "B__door1"
TURNS = 3
CROWD = [f"S{number}" for number in range(10, 30)]


@pytest.fixture
def grace_comes(admin: As, deps: Deps, exam_day: int) -> Callable[[Callable[[], httpx.Response]], httpx.Response]:
    """Let something be asked for while Grace checks in, and is not in yet; return its answer."""
    admin.make("/kiosks", id=DOOR, hall="B")
    event = identified("S2", DOOR, NOW)

    def meanwhile(asked: Callable[[], httpx.Response]) -> httpx.Response:
        with ThreadPoolExecutor(1) as pool:
            with writing(deps.engine) as session:
                record(session, Arrival(event, (), NOW, NOW), Office(deps.settings.api, deps.media))
                session.flush()
                answer = pool.submit(asked)
                wait_until(lambda: answer.done() or waiting(deps), "it waits for her to be in")
            return answer.result()

    return meanwhile


def roster(admin: As, sitting_id: int) -> dict[str, dict[str, Any]]:
    """Return the lines of a roster by student."""
    return {row["student_id"]: row for row in admin("GET", f"/sittings/{sitting_id}/roster").json()}


def test_an_import_takes_nobody_off_who_checks_in_meanwhile(
    admin: As, exam_day: int, grace_comes: Callable[[Callable[[], httpx.Response]], httpx.Response]
) -> None:
    table = "student_id,hall,table\nS1,A,C-15\n"
    shown = preview(admin, table, "roster", sitting_id=exam_day, whole=True)
    confirmed = {"fingerprint": shown["fingerprint"]}
    refused = grace_comes(lambda: admin("POST", f"/imports/{shown['id']}/confirm", json=confirmed))
    assert (refused.status_code, refused.json()["code"]) == (409, "preview_changed")
    there = roster(admin, exam_day)
    assert (there["S2"]["status"], there["S1"]["table"]) == ("present", "C-14")
    again = admin("GET", f"/imports/{shown['id']}").json()
    assert [one["code"] for one in again["problems"]] == ["stays_on_roster"]


def test_a_new_roster_takes_nobody_off_who_checks_in_meanwhile(
    admin: As, exam_day: int, grace_comes: Callable[[Callable[[], httpx.Response]], httpx.Response]
) -> None:
    rows = [{"student_id": "S1", "hall": "A", "table": "C-15"}]
    refused = grace_comes(lambda: admin("PUT", f"/sittings/{exam_day}/roster", json={"rows": rows}))
    assert [one["code"] for one in refused.json()["problems"]] == ["has_checked_in"]
    assert roster(admin, exam_day)["S2"]["status"] == "present"


def test_an_import_does_not_move_who_is_given_another_seat_meanwhile(admin: As, deps: Deps, exam_day: int) -> None:
    shown = preview(admin, "student_id,hall,table\nS1,A,C-15\n", "roster", sitting_id=exam_day)
    confirmed = {"fingerprint": shown["fingerprint"]}
    with ThreadPoolExecutor(1) as pool:
        with deps.writing(Caller(role="admin")) as work:
            wish = hall_seats.SeatChange(student_id="S1", table="C-16")
            hall_seats.change_seat(work, exam_day, "A", wish)
            answer = pool.submit(lambda: admin("POST", f"/imports/{shown['id']}/confirm", json=confirmed))
            wait_until(lambda: answer.done() or waiting(deps), "it waits for the seat")
        refused = answer.result()
    assert (refused.status_code, refused.json()["code"]) == (409, "preview_changed")
    assert roster(admin, exam_day)["S1"]["table"] == "C-16"


@dataclass
class Crowd:
    """Twenty students at a sitting in two of three halls, and at another one the day after."""

    admin: As
    deps: Deps
    sitting_id: int
    came: set[str] = field(default_factory=set)
    """Whom somebody was told to be in."""

    def halls(self) -> list[str]:
        """The halls that the sitting is in now."""
        there: list[str] = self.admin("GET", f"/sittings/{self.sitting_id}").json()["halls"]
        return there

    def rows(self) -> list[dict[str, Any]]:
        """The roster, one who has not come yet left out, each at another table."""
        there = list(roster(self.admin, self.sitting_id).values())
        expected = [row["student_id"] for row in there if row["status"] == "expected"]
        left_out = random.choice(expected) if expected else ""
        missing = [student for student in CROWD if student not in {row["student_id"] for row in there}]
        rows = [{"student_id": one["student_id"], "hall": one["hall"]} for one in there]
        rows += [{"student_id": student, "hall": self.halls()[0]} for student in missing]
        random.shuffle(rows)
        kept = [row for row in rows if row["student_id"] != left_out]
        return [{**row, "table": f"T-{number}"} for number, row in enumerate(kept)]


def grace(crowd: Crowd) -> int:
    hall = random.choice(crowd.halls())
    wish = {"queue_grace_min": random.randrange(30), "reason": "A line at the door"}
    return crowd.admin("PATCH", f"/sittings/{crowd.sitting_id}/halls/{hall}", json=wish).status_code


def retimed(crowd: Crowd) -> int:
    wish = {"ends_at": f"2026-11-23T12:{random.randrange(60):02}:00Z"}
    return crowd.admin("PATCH", f"/sittings/{crowd.sitting_id}", json=wish).status_code


def hall_moved(crowd: Crowd) -> int:
    old = random.choice(crowd.halls())
    new = random.choice([hall for hall in "ABC" if hall != old])
    wish = {"from": old, "to": new, "seats": random.choice(("keep", "id")), "reason": "No power"}
    return crowd.admin("POST", f"/sittings/{crowd.sitting_id}/move", json=wish).status_code


def sealed(crowd: Crowd) -> int:
    """It is not ready yet; that is found under the locks."""
    try:
        with crowd.deps.writing(Caller(role="admin")) as work:
            sealing.seal(work, crowd.sitting_id, random.choice(crowd.halls()), words_of("en"))
    except Problem as problem:
        return problem.status_code
    raise AssertionError("it was sealed while check-in is open")


def seats_put(crowd: Crowd) -> int:
    seats = f"/sittings/{crowd.sitting_id}/halls/{random.choice(crowd.halls())}/seats"
    proposal = crowd.admin("POST", f"{seats}/proposal", json={"how": "random"})
    names = ("sitting_id", "student_id", "row", "col", "version")
    places = [{name: place[name] for name in names} for place in proposal.json().get("places", [])]
    return crowd.admin("PUT", seats, json={"places": places}).status_code


def imported(crowd: Crowd) -> int:
    lines = "".join(f"{row['student_id']},{row['hall']},{row['table']}\n" for row in crowd.rows())
    shown = preview(crowd.admin, f"student_id,hall,table\n{lines}", "roster", sitting_id=crowd.sitting_id, whole=True)
    sent = {"fingerprint": shown["fingerprint"], "accept_clashes": True}
    return crowd.admin("POST", f"/imports/{shown['id']}/confirm", json=sent).status_code


def grid_saved(crowd: Crowd) -> int:
    rows = crowd.admin("GET", "/grid/rows", params={"sitting": crowd.sitting_id}).json()["rows"]
    versions = ("key", "student_version", "entry_version")
    edits = [{**{name: row[name] for name in versions}, "cells": {"note": f"{random.random()}"}} for row in rows]
    return crowd.admin("POST", "/grid/save", json={"edits": random.sample(edits, len(edits) // 2)}).status_code


def roster_put(crowd: Crowd) -> int:
    return crowd.admin("PUT", f"/sittings/{crowd.sitting_id}/roster", json={"rows": crowd.rows()}).status_code


def marked(crowd: Crowd) -> int:
    student = random.choice(CROWD)
    sent = {"status": "in", "reason": "The camera is away"}
    answer = crowd.admin("POST", f"/sittings/{crowd.sitting_id}/students/{student}/mark", json=sent)
    if answer.status_code == 201:
        crowd.came.add(student)
    return answer.status_code


def admitted_here(crowd: Crowd) -> int:
    student, hall = random.choice(CROWD), random.choice(crowd.halls())
    sent = {"student_id": student, "checked": "id", "table": "X-1", "reason": "Came to the wrong hall"}
    answer = crowd.admin("POST", f"/sittings/{crowd.sitting_id}/halls/{hall}/admissions", json=sent)
    if answer.status_code == 201:
        crowd.came.add(student)
    return answer.status_code


DEEDS = (grace, retimed, hall_moved, sealed, seats_put, imported, grid_saved, roster_put, marked, admitted_here)


@pytest.fixture
def crowd(admin: As, deps: Deps, exam_day: int) -> Crowd:
    """All sit somewhere; some are in already."""
    admin.make("/halls", id="C", name="Hall C", rows=6, columns=6)
    for hall in "AB":
        assert admin("PATCH", f"/halls/{hall}", json={"rows": 6, "columns": 6}).status_code == 200
    exam = admin.make("/exams", code="PHYS-101", subject="Optics")
    times = {"starts_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T11:00:00Z"}
    other = admin.make("/sittings", exam_id=exam["id"], halls=["A"], **times)
    rows = [{"student_id": student, "hall": "AB"[at % 2], "name": student} for at, student in enumerate(CROWD)]
    for sitting_id, its in ((exam_day, rows), (other["id"], [{**row, "hall": "A"} for row in rows])):
        sent = {"rows": its, "create_students": True}
        assert admin("PUT", f"/sittings/{sitting_id}/roster", json=sent).status_code == 200
    made = Crowd(admin, deps, exam_day)
    for _ in range(5):
        assert marked(made) == 201
    return made


def test_whatever_is_done_at_once_is_done_or_refused_and_who_came_is_in(crowd: Crowd) -> None:
    for first, second in combinations(DEEDS, 2):
        answers = _at_once(crowd, first, second)
        assert not [answer for answer in answers if answer >= 500], f"{first.__name__} and {second.__name__}: {answers}"
    there = roster(crowd.admin, crowd.sitting_id)
    assert {there[student]["status"] for student in crowd.came} <= {"present", "late"}
    with reading(crowd.deps.engine) as session:
        assert audit.verify(session).ok


def _at_once(crowd: Crowd, *deeds: Callable[[Crowd], int]) -> list[int]:
    begin = threading.Barrier(len(deeds))

    def turns(deed: Callable[[Crowd], int]) -> Iterator[int]:
        begin.wait(60)
        for _ in range(TURNS):
            yield deed(crowd)

    with ThreadPoolExecutor(len(deeds)) as pool:
        running = [pool.submit(lambda deed=deed: list(turns(deed))) for deed in deeds]  # type: ignore[misc]
        return [answer for one in running for answer in one.result(120)]
