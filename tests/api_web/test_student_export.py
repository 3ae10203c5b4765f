"""All that is held on a student is handed over in one file, with nobody else in it; and what goes when they go."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from fastapi.testclient import TestClient
from redis import Redis
from sqlmodel import select

from services.api import media
from services.api.db.engine import reading, writing
from services.api.db.tables import (
    METADATA,
    Attempt,
    AuditEntry,
    Evidence,
    LookAlikePair,
    Review,
)
from services.api.web.deps import Deps
from tests.api_web.conftest import NOW, As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.test_student_records import ADAS, GRACES, enrol

ADAS_CROP = tiny_jpeg(30, 30)
GRACES_CROP = tiny_jpeg(31, 31)


def test_all_that_is_held_on_ada_is_handed_over_and_nothing_of_grace(
    admin: As, deps: Deps, redis: Redis, exam_day: int
) -> None:
    enrol(admin, deps, redis, "S1", ADAS)
    enrol(admin, deps, redis, "S2", GRACES)
    admin("PUT", "/students/S1/accommodations/0", json={"allowance_min": 15, "note": "broken leg"})
    ada, grace = walked_in(deps, exam_day)
    held = admin("GET", "/students/S1/held").json()
    assert (held["photos"], held["templates"], held["crops"], held["attempts"]) == (1, 1, 1, 1)
    answer = admin("GET", "/students/S1/export?language=ms")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    files = opened(answer.content)
    data = json.loads(files["data.json"])
    assert data["student"][0]["name"] == "Ada Lovelace"
    assert data["accommodation"][0]["note"] == "broken leg"
    assert data["consent"][0]["basis"] == "consent"
    assert [row["sitting_id"] for row in data["roster_entry"]] == [exam_day]
    assert data["template"][0]["model_id"] == "test-net" and "sealed" not in data["template"][0]
    assert data["attempt"][0]["runner_up_id"] == "another student"
    assert data["compared_with"] == [{"captured_at": str(NOW), "similarity": 0.4, "best": False}]
    assert data["look_alike_pair"][0]["similarity"] == 0.7
    judged = next(row for row in data["audit_entry"] if row["action"] == "test.note")
    assert judged["after"] == {"students": ["S1", "another student"]}
    assert {image for name, image in files.items() if name.startswith("photos/")} == {ADAS}
    assert files[f"crops/{ada}.jpg"] == ADAS_CROP
    text = json.dumps(data)
    assert '"S2"' not in text and "Grace" not in text
    assert f"crops/{grace}.jpg" not in files and GRACES not in files.values()
    assert "S1" in files["README.txt"].decode() and "pelajar" in files["README.txt"].decode()


def test_handing_over_is_audited_and_not_an_auditors_or_invigilators_to_do(
    admin: As, deps: Deps, anyone: TestClient, signed_in: Callable[[str], httpx.Headers], exam_day: int
) -> None:
    assert As(anyone, signed_in("auditor"))("GET", "/students/S1/export").status_code == 403
    assert admin("GET", "/students/S9/export").status_code == 404
    admin("GET", "/students/S1/export")
    with reading(deps.engine) as session:
        made = [entry.subject for entry in session.exec(select(AuditEntry)) if entry.action == "student.export"]
    assert made == ["student:S1"]


def test_the_crop_of_a_case_that_was_settled_as_ada_is_hers_and_goes_with_her(
    admin: As, deps: Deps, exam_day: int
) -> None:
    case = settled_as(deps, exam_day, "S1")
    assert f"crops/{case}.jpg" in opened(admin("GET", "/students/S1/export").content)
    assert f"crops/{case}.jpg" not in opened(admin("GET", "/students/S2/export").content)
    assert admin("DELETE", "/students/S1").status_code == 204
    with reading(deps.engine) as session:
        assert session.get(Evidence, case) is None
        assert session.get(Attempt, case) is not None, "what happened stays, by id"


def test_no_table_that_names_a_student_is_forgotten() -> None:
    from services.api.office.held import rows

    for table in METADATA.sorted_tables:
        theirs = {key.column.table.name for key in table.foreign_keys} & {"student"} or "student_id" in table.c
        assert not theirs or "student_id" in table.c or table.name in rows._OWN_WAY, table.name


def walked_in(deps: Deps, sitting: int) -> tuple[int, int]:
    """Ada and Grace each came in, each the other's runner-up; they look alike; return their attempts."""
    with writing(deps.engine) as session:
        session.add(LookAlikePair(student_a="S1", student_b="S2", similarity=0.7, model_id="test-net", found_at=NOW))
        session.add(_note("S1", ["S1", "S2"]))
        attempts = [
            _attempt("ada-in", sitting, student_id="S1", candidate_id="S1", runner_up_id="S2", runner_up_score=0.5),
            _attempt("grace-in", sitting, student_id="S2", candidate_id="S2", runner_up_id="S1", runner_up_score=0.4),
        ]
        session.add_all(attempts)
        session.flush()
        for attempt, crop in zip(attempts, (ADAS_CROP, GRACES_CROP), strict=True):
            session.add(_evidence(deps, attempt, crop))
        return attempts[0].id or 0, attempts[1].id or 0


def settled_as(deps: Deps, sitting: int, student: str) -> int:
    """Somebody whom the machine did not know was admitted as this student; return that attempt."""
    with writing(deps.engine) as session:
        seen = _attempt("unknown", sitting, verdict="not_recognised")
        session.add(seen)
        session.flush()
        case = Review(
            case_number=1,
            hall_id="A",
            kiosk_id="A__door1",
            track_id="t1",
            verdict="not_recognised",
            attempt_id=seen.id or 0,
            opened_at=NOW,
        )
        session.add(case)
        session.flush()
        seen.review_id = case.id
        admitted = _attempt("admitted", sitting, kind="decision", verdict="admit", student_id=student)
        admitted.review_id = case.id
        session.add_all([seen, admitted, _evidence(deps, seen, ADAS_CROP)])
        return seen.id or 0


def _attempt(event_id: str, sitting: int, **fields: Any) -> Attempt:
    given = {"kind": "face_identified", "verdict": "present", "score": 0.9, **fields}
    return Attempt(event_id=event_id, captured_at=NOW, recorded_at=NOW, sitting_id=sitting, kiosk_id="k", **given)


def _evidence(deps: Deps, attempt: Attempt, crop: bytes) -> Evidence:
    return Evidence(
        attempt_id=attempt.id or 0,
        student_id=attempt.candidate_id,
        sealed=media.seal_evidence(deps.media, attempt.event_id, crop),
        recorded_at=NOW,
        delete_after=NOW + timedelta(days=30),
    )


def _note(student: str, students: list[str]) -> AuditEntry:
    return AuditEntry(
        seq=10_000,
        at=NOW,
        actor="user:1",
        action="test.note",
        subject=f"student:{student}",
        after={"students": list(students)},
        previous_hash="",
        hash="",
    )


def opened(data: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
