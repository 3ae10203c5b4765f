"""The office lists pairs that the face can't tell apart, and judges them: nobody is stuck between two doors."""

import pytest
from redis import Redis
from sqlmodel import select

from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, LookAlikePair, Outbox
from services.api.ingest.office import Office
from services.api.ingest.step import Ingest
from services.api.ingest.views_of import schedule_of
from services.api.web.deps import Deps
from shared import names
from shared.events import AlikePair, LookAlikesFound
from shared.stage import Delivery
from tests.api_web.conftest import NOW, As


@pytest.fixture
def pair_id(exam_day: int, deps: Deps) -> int:
    """Ada and Grace look alike to the network, and so do Grace and Mallory, who is on no roster."""
    with writing(deps.engine) as session:
        alike = LookAlikePair(student_a="S1", student_b="S2", similarity=0.7, model_id="test-net", found_at=NOW)
        session.add(alike)
        session.add(LookAlikePair(student_a="S2", student_b="S3", similarity=0.8, model_id="test-net", found_at=NOW))
        session.flush()
        return alike.id or 0


def test_pairs_that_meet_soonest_are_listed_first_then_the_most_alike(admin: As, exam_day: int, pair_id: int) -> None:
    listed = admin("GET", "/look-alikes?state=unconfirmed").json()
    assert [[one["student_id"] for one in pair["students"]] for pair in listed] == [["S1", "S2"], ["S2", "S3"]]
    (meeting,) = listed[0]["meetings"]
    assert (meeting["sittings"], meeting["exams"], meeting["halls"]) == ([exam_day], ["MATH-201"], ["A", "B"])
    assert listed[1]["meetings"] == [], "Mallory is on no roster"
    admin("PATCH", f"/sittings/{exam_day}", json={"cancelled": True})
    after = admin("GET", "/look-alikes?state=unconfirmed").json()
    assert [pair["similarity"] for pair in after] == [0.8, 0.7], "where nobody meets, the most alike come first"


def test_a_pair_meets_at_two_exams_at_the_same_time(admin: As, exam_day: int, pair_id: int) -> None:
    exam = admin.make("/exams", code="PHYS-1", subject="Physics")
    at = {"starts_at": "2026-11-23T10:00:00Z", "ends_at": "2026-11-23T12:00:00Z"}
    sitting = admin.make("/sittings", exam_id=exam["id"], halls=["A"], **at)
    row = {"student_id": "S3", "hall": "A", "table": "1"}
    assert admin("PUT", f"/sittings/{sitting['id']}/roster", json={"rows": [row]}).status_code == 200
    (mallorys,) = admin("GET", "/look-alikes?student_id=S3").json()
    assert [meeting["exams"] for meeting in mallorys["meetings"]] == [["MATH-201", "PHYS-1"]]


def test_pairs_are_listed_by_sitting_and_by_student(admin: As, exam_day: int, pair_id: int) -> None:
    (here,) = admin("GET", f"/look-alikes?sitting_id={exam_day}").json()
    assert [one["name"] for one in here["students"]] == ["Ada Lovelace", "Grace Hopper"]
    assert [pair["id"] for pair in admin("GET", "/look-alikes?student_id=S1").json()] == [pair_id]


def test_twins_that_are_confirmed_reach_the_recognizer_and_a_dismissal_takes_them_back(
    admin: As, deps: Deps, pair_id: int
) -> None:
    with writing(deps.engine) as session:
        for row in session.exec(select(Outbox)):
            session.delete(row)
    twins = admin("PUT", f"/look-alikes/{pair_id}", json={"state": "confirmed", "reason": "Sisters"})
    assert (twins.status_code, twins.json()["state"]) == (200, "confirmed")
    assert twins.json()["decided_by"].startswith("user:")
    with reading(deps.engine) as session:
        assert schedule_of(session, NOW, deps.settings.api).look_alikes == (("S1", "S2"),)
        assert {row.view for row in session.exec(select(Outbox))} == {"schedule"}
    admin("PUT", f"/look-alikes/{pair_id}", json={"state": "dismissed", "reason": "Seen both"})
    with reading(deps.engine) as session:
        assert schedule_of(session, NOW, deps.settings.api).look_alikes == ()
        judged = [entry for entry in session.exec(select(AuditEntry)) if entry.action == "look_alikes.judge"]
    assert [(entry.before, entry.after) for entry in judged] == [
        ({"state": "unconfirmed"}, {"state": "confirmed", "reason": "Sisters", "students": ["S1", "S2"]}),
        ({"state": "confirmed"}, {"state": "dismissed", "reason": "Seen both", "students": ["S1", "S2"]}),
    ]


def test_a_pair_is_judged_with_a_reason_and_not_by_an_invigilator(admin: As, invigilator: As, pair_id: int) -> None:
    assert admin("PUT", f"/look-alikes/{pair_id}", json={"state": "dismissed", "reason": " "}).status_code == 422
    said = {"state": "dismissed", "reason": "I know them"}
    assert invigilator("PUT", f"/look-alikes/{pair_id}", json=said).status_code == 403
    assert admin("PUT", "/look-alikes/999", json=said).status_code == 404


def test_pairs_found_after_a_roster_changed_are_written_once_and_keep_what_a_person_said(
    admin: As, deps: Deps, redis: Redis, pair_id: int
) -> None:
    admin("PUT", f"/look-alikes/{pair_id}", json={"state": "dismissed", "reason": "Seen both"})
    pairs = (
        AlikePair(student_a="S1", student_b="S2", similarity=0.75),
        AlikePair(student_a="S1", student_b="S3", similarity=0.9),
        AlikePair(student_a="S1", student_b="gone", similarity=0.9),
    )
    event = LookAlikesFound(
        event_id="l1", kiosk_id="enrolment", captured_at=NOW, trace_id="t", model_id="test-net", pairs=pairs
    )
    office = Office(deps.settings.api, deps.media)
    ingest = Ingest(deps.engine, redis, redis, office, deps.clock, deps.health, accept_simulated=False)
    for entry_id in ("1-0", "2-0"):
        assert ingest([Delivery(names.ENROLLED, entry_id, event, (), NOW, 1)]) == [[]]
    listed = admin("GET", "/look-alikes?student_id=S1").json()
    assert [(pair["students"][1]["student_id"], pair["similarity"], pair["state"]) for pair in listed] == [
        ("S2", 0.75, "dismissed"),
        ("S3", 0.9, "unconfirmed"),
    ]
    with reading(deps.engine) as session:
        found = [entry.after for entry in session.exec(select(AuditEntry)) if entry.action == "look_alikes.found"]
    assert found == [{"model": "test-net", "new": 1}]
