"""The end of an exam over REST: counts, differences, the seal, and what is refused and amended afterwards."""

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi.testclient import TestClient

from services.api.auth import users
from services.api.db.engine import reading, writing
from services.api.db.tables import Assignment, Seal
from services.api.printed_heads import head_in
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.cases import open_case
from tests.api_web.conftest import As


@pytest.fixture
def over(admin: As, deps: Deps, clock: ManualClock, exam_day: int) -> int:
    """Ada was marked in, check-in is over; hall A's end is at hand. Return the sitting."""
    assert admin("POST", f"/sittings/{exam_day}/students/S1/mark", json={"status": "in"}).status_code == 201
    clock.advance(timedelta(minutes=35).total_seconds())
    return exam_day


@pytest.fixture
def ready(ingrid: As, over: int) -> int:
    """Counted, and all is as the roster says."""
    assert _count(ingrid, over, head_count=1, scripts_collected=1)["blockers"] == []
    return over


@pytest.fixture
def ingrid(invigilator: As, deps: Deps, exam_day: int) -> As:
    """The invigilator, assigned to the sitting."""
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        user.display_name = "Ingrid Nilsen"
        session.add(user)
        session.add(Assignment(user_id=user.id or 0, sitting_id=exam_day))
    return invigilator


def test_what_is_still_to_do_is_named_in_the_order_of_the_work(ingrid: As, deps: Deps, over: int) -> None:
    with writing(deps.engine) as session:
        open_case(session, over)
    state = ingrid("GET", f"/sittings/{over}/halls/A/closing").json()
    assert state["blockers"] == ["cases_open", "head_count_missing", "scripts_missing"]
    assert (state["totals"]["present"], state["totals"]["absent"], state["inside"]) == (1, 0, 1)
    refused = ingrid("POST", f"/sittings/{over}/halls/A/seal")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready_to_seal")
    assert [problem["code"] for problem in refused.json()["problems"]] == state["blockers"]
    review = state["open_cases"][0]["id"]
    assert ingrid("POST", f"/reviews/{review}/decision", json={"action": "dismiss"}).status_code == 201
    assert _count(ingrid, over, head_count=1, scripts_collected=1)["blockers"] == []


def test_nobody_is_absent_while_check_in_is_open_unless_the_hall_was_closed(ingrid: As, exam_day: int) -> None:
    state = ingrid("GET", f"/sittings/{exam_day}/halls/A/closing").json()
    assert (state["totals"]["expected"], "check_in_open" in state["blockers"]) == (1, True)
    closed = {"closed": True, "reason": "all are in"}
    assert ingrid("PATCH", f"/sittings/{exam_day}/halls/A", json=closed).status_code == 200
    state = ingrid("GET", f"/sittings/{exam_day}/halls/A/closing").json()
    assert (state["totals"]["absent"], "check_in_open" in state["blockers"]) == (1, False)
    assert state["closed_at"] is not None
    opened = {"closed": False, "reason": "a bus was late"}
    assert ingrid("PATCH", f"/sittings/{exam_day}/halls/A", json=opened).status_code == 200
    state = ingrid("GET", f"/sittings/{exam_day}/halls/A/closing").json()
    assert (state["closed_at"], state["totals"]["expected"]) == (None, 1)


def test_a_difference_is_signed_for_with_a_reason_or_settled_by_counting_again(ingrid: As, over: int) -> None:
    state = _count(ingrid, over, head_count=2, scripts_collected=0)
    assert (state["head_count_unexplained"], state["scripts_unexplained"]) == (1, -1)
    assert state["blockers"] == ["head_count_differs", "scripts_differ"]
    taken = {"about": "scripts", "amount": -1, "student_id": "S1", "reason": "fell ill and took it along"}
    state = ingrid("POST", f"/sittings/{over}/halls/A/closing/differences", json=taken).json()
    assert state["blockers"] == ["head_count_differs"]
    noted = {"about": "head_count", "amount": 1, "note": "somebody at C-15?"}
    state = ingrid("POST", f"/sittings/{over}/halls/A/closing/differences", json=noted).json()
    assert state["blockers"] == ["head_count_differs", "differences_open"]
    row = next(row for row in state["differences"] if row["state"] == "open")
    path = f"/sittings/{over}/halls/A/closing/differences/{row['id']}/decision"
    assert ingrid("POST", path, json={"state": "settled", "reason": ""}).status_code == 422, "without a reason"
    assert ingrid("POST", path, json={"state": "settled", "reason": "it was an invigilator"}).status_code == 200
    assert _count(ingrid, over, head_count=1)["blockers"] == []
    other = {**taken, "student_id": "S2"}
    assert ingrid("POST", f"/sittings/{over}/halls/A/closing/differences", json=other).status_code == 422


def test_a_difference_that_is_signed_twice_by_a_double_press_stands_once(
    ingrid: As, over: int, clock: ManualClock
) -> None:
    _count(ingrid, over, scripts_collected=0)
    taken = {"about": "scripts", "amount": -1, "student_id": "S1", "reason": "took it along"}
    noted = [ingrid("POST", f"/sittings/{over}/halls/A/closing/differences", json=taken).json() for _ in range(2)]
    assert [len(state["differences"]) for state in noted] == [1, 1]
    clock.advance(60)
    again = ingrid("POST", f"/sittings/{over}/halls/A/closing/differences", json=taken).json()
    assert (len(again["differences"]), again["scripts_unexplained"]) == (2, 1)
    path = f"/sittings/{over}/halls/A/closing/differences/{again['differences'][-1]['id']}/decision"
    taken_back = ingrid("POST", path, json={"state": "settled", "reason": "noted twice"}).json()
    assert taken_back["scripts_unexplained"] == 0


def test_the_sealed_files_print_the_audit_head_and_each_others_hash(
    ingrid: As, admin: As, deps: Deps, ready: int
) -> None:
    seal = ingrid("POST", f"/sittings/{ready}/halls/A/seal").json()
    sheet = ingrid("GET", f"/sittings/{ready}/halls/A/seal/csv").content
    pdf = ingrid("GET", f"/sittings/{ready}/halls/A/seal/pdf").content
    assert hashlib.sha256(sheet).hexdigest() == seal["csv_sha256"]
    assert hashlib.sha256(pdf).hexdigest() == seal["pdf_sha256"]
    for data in (sheet, pdf):
        assert head_in(data).head == (seal["audit_seq"], seal["audit_hash"])
    rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))
    ada = dict(zip(rows[0], rows[1], strict=True))
    assert (ada["student_id"], ada["name"], ada["status"]) == ("S1", "Ada Lovelace", "present")
    assert "mark in" in ada["overrides"]
    assert ["sealed_by", "Ingrid Nilsen", seal["sealed_by"]] in rows
    with reading(deps.engine) as session:
        stored = session.get_one(Seal, 1)
        assert b"Ada" not in stored.csv, "names are sealed at rest"
    (entry,) = admin("GET", "/audit?action=sitting.seal").json()["items"]
    assert entry["after"]["pdf_sha256"] == seal["pdf_sha256"]
    proof = admin("GET", "/audit/verify").json()
    assert (proof["ok"], proof["held_against"]) == (True, [f"the sealed report of sitting {ready}, Hall A"])
    assert proof["known"] == [{"code": "sealed", "values": {"sitting": str(ready), "hall": "Hall A"}}]


def test_where_liveness_was_off_the_report_says_so_in_so_many_words(ingrid: As, admin: As, over: int) -> None:
    assert admin("PATCH", f"/sittings/{over}", json={"policy": "off"}).status_code == 200
    _count(ingrid, over, head_count=1, scripts_collected=1)
    ingrid("POST", f"/sittings/{over}/halls/A/seal")
    sheet = ingrid("GET", f"/sittings/{over}/halls/A/seal/csv").content.decode()
    assert "liveness_policy,off,LIVENESS WAS OFF" in sheet


def test_a_sealed_hall_refuses_every_edit_while_another_hall_of_the_sitting_goes_on(
    ingrid: As, admin: As, deps: Deps, ready: int
) -> None:
    assert ingrid("POST", f"/sittings/{ready}/halls/A/seal").status_code == 201
    assert admin("GET", f"/sittings/{ready}").json()["state"] == "planned", "hall B is still open"
    edits: list[tuple[str, str, object]] = [
        ("POST", f"/sittings/{ready}/students/S1/mark", {"status": "out", "reason": "x"}),
        ("POST", "/attempts/1/undo", {"reason": "x"}),
        ("PATCH", f"/sittings/{ready}/roster", {"rows": [{"student_id": "S1", "hall": "A", "table": "C-15"}]}),
        ("PATCH", f"/sittings/{ready}/roster", {"rows": [{"student_id": "S1", "hall": "B", "table": "B-9"}]}),
        ("PATCH", f"/sittings/{ready}/roster", {"rows": [{"student_id": "S3", "hall": "A", "table": "C-1"}]}),
        ("PATCH", f"/sittings/{ready}/roster", {"rows": [{"student_id": "S2", "hall": "A", "table": "C-1"}]}),
        ("PATCH", f"/sittings/{ready}/halls/A", {"closed": False, "reason": "x"}),
        ("PATCH", f"/sittings/{ready}", {"ends_at": "2026-11-23T12:00:00Z"}),
        ("PUT", f"/sittings/{ready}/halls/A/closing/counts", {"head_count": 2}),
        ("POST", f"/sittings/{ready}/halls/A/closing/differences", {"about": "scripts", "amount": 1}),
        ("POST", f"/sittings/{ready}/halls/A/seal", {}),
    ]
    for method, path, body in edits:
        answer = admin(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) in {(409, "sealed"), (409, "sealed_already")}, path
    assert ingrid("POST", f"/sittings/{ready}/students/S2/mark", json={"status": "in"}).status_code == 201
    _count(ingrid, ready, hall="B", head_count=1, scripts_collected=1)
    assert ingrid("POST", f"/sittings/{ready}/halls/B/seal").status_code == 201
    assert admin("GET", f"/sittings/{ready}").json()["state"] == "sealed"


def test_corrections_are_amendments_and_the_amended_report_names_the_original(
    ingrid: As, admin: As, ready: int
) -> None:
    wish = {"student_id": "S1", "status": "absent", "reason": "it was her sister"}
    assert admin("POST", f"/sittings/{ready}/halls/A/amendments", json=wish).status_code == 404, "not sealed yet"
    seal = ingrid("POST", f"/sittings/{ready}/halls/A/seal").json()
    assert ingrid("POST", f"/sittings/{ready}/halls/A/amendments", json=wish).status_code == 403
    made = admin("POST", f"/sittings/{ready}/halls/A/amendments", json=wish).json()
    assert (made["before"], made["after"], made["actor_name"]) == ("present", "absent", "admin")
    assert admin("POST", f"/sittings/{ready}/halls/A/amendments", json=wish).json()["code"] == "nothing_changed"
    amended = admin("GET", f"/sittings/{ready}/halls/A/amended/csv").content.decode()
    assert f"amends_pdf_sha256,{seal['pdf_sha256']}" in amended
    pdf = admin("GET", f"/sittings/{ready}/halls/A/amended/pdf").content
    assert head_in(pdf).head.seq > seal["audit_seq"]
    assert admin("GET", f"/sittings/{ready}/halls/A/amended/pdf").content == pdf, "the same until the next amendment"
    again = ingrid("GET", f"/sittings/{ready}/halls/A/seal").json()
    assert (again["pdf_sha256"], again["amendments"]) == (seal["pdf_sha256"], 1)
    (ada,) = [row for row in admin("GET", f"/sittings/{ready}/roster").json() if row["student_id"] == "S1"]
    assert ada["status"] == "absent"


def test_a_sealed_file_that_was_changed_is_not_handed_out(ingrid: As, deps: Deps, ready: int) -> None:
    ingrid("POST", f"/sittings/{ready}/halls/A/seal")
    with writing(deps.engine) as session:
        seal = session.get_one(Seal, 1)
        seal.csv = deps.media.seal_envelope(b"S1,Mallory", f"seal:{ready}:A:csv")
        session.add(seal)
    assert ingrid("GET", f"/sittings/{ready}/halls/A/seal/csv").json()["code"] == "seal_broken"


def test_who_watches_another_hall_does_not_seal_this_one(
    invigilator: As, deps: Deps, anyone: TestClient, signed_in: Callable[[str], httpx.Headers], over: int
) -> None:
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=over, hall_id="B"))
    assert invigilator("GET", f"/sittings/{over}/halls/B/closing").status_code == 200
    assert invigilator("GET", f"/sittings/{over}/halls/A/closing").status_code == 403
    assert invigilator("POST", f"/sittings/{over}/halls/A/seal").status_code == 403
    auditor = As(anyone, signed_in("auditor"))
    assert auditor("GET", f"/sittings/{over}/halls/A/closing").status_code == 200
    assert auditor("POST", f"/sittings/{over}/halls/A/seal").status_code == 403


def _count(who: As, sitting_id: int, hall: str = "A", **counts: int) -> dict[str, object]:
    answer = who("PUT", f"/sittings/{sitting_id}/halls/{hall}/closing/counts", json=counts)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found
