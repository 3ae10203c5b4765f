"""Students are found in any script and case, and by how far their enrolment is, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import Photo, Student, Template
from services.api.office import students
from services.api.office.enrolment_states import Wanted
from services.api.office.work import Work
from services.api.settings import ApiSection
from shared.keys import new_ring

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = {"S1": "Ada Lovelace", "S2": "ÉLODIE Şahin", "S3": "Ρόζα Αθηνά", "S4": "सरला देवी", "S5": "100%_sure"}


@pytest.fixture
def office(engine: Engine) -> Engine:
    """Ada is enrolled, Élodie waits, Rosa was refused."""
    with writing(engine) as session:
        session.add_all(Student(id=number, name=name, created_at=NOW) for number, name in NAMES.items())
        session.flush()
        made: dict[str, Any] = {"sealed": b"x", "event_id": "e", "asked_at": NOW, "enrolled_at": NOW, "model_id": "m"}
        session.add(Template(student_id="S1", **made))
        for number, states in {"S1": ["enrolled", "pending"], "S2": ["refused", "pending"], "S3": ["refused"]}.items():
            session.add_all(_photo(number, state) for state in states)
    return engine


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lovelace", ["S1"]),
        ("s2", ["S2"]),
        ("élodie", ["S2"]),
        ("Élodie", ["S2"]),
        ("E\u0301lodie", ["S2"]),
        ("ΡΌΖΑ", ["S3"]),
        ("सर", ["S4"]),
        ("0%_", ["S5"]),
        ("Mallory", []),
    ],
)
def test_a_name_is_found_however_it_is_typed(office: Engine, text: str, found: list[str]) -> None:
    assert _found(office, text) == found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("enrolled", ["S1"]),
        ("pending", ["S2"]),
        ("refused", ["S3"]),
        ("none", ["S4", "S5"]),
        ("missing", ["S2", "S3", "S4", "S5"]),
    ],
)
def test_a_template_wins_then_what_waits_then_a_refusal(office: Engine, state: Wanted, found: list[str]) -> None:
    assert _found(office, None, enrolment=state) == found


def test_everybody_is_counted_once(office: Engine) -> None:
    with writing(office) as session:
        session.get_one(Student, "S4").by_number = True
        session.get_one(Student, "S5").active = False
    with reading(office) as session:
        counts = students.count(_work(session)).model_dump()
    assert counts.pop("students") == 5 == sum(counts.values())
    assert set(counts.values()) == {1, 0} and counts["none"] == 0


def _found(engine: Engine, text: str | None, **narrowed: Wanted) -> list[str]:
    with reading(engine) as session:
        page = students.find(_work(session), text, None, None, 10, **narrowed)  # type: ignore[arg-type]
    return [student.id for student in page.items]


def _work(session: object) -> Work:
    return Work(session, Caller(user_id=1, role="admin"), NOW, ApiSection(), new_ring("media"), None)  # type: ignore[arg-type]


def _photo(student: str, state: str) -> Photo:
    shape: dict[str, Any] = {"sealed": b"x", "content_type": "image/jpeg", "width": 1, "height": 1, "uploaded_at": NOW}
    return Photo(id=f"{student}-{state}", student_id=student, state=state, **shape)
