"""A big term, written in bulk: 20,000 students, each at 10 of 100 sittings, in halls of 500 seats."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, insert

from services.api.db.tables import Exam, Hall, RosterEntry, Sitting, SittingHall, Student

STUDENTS = 20_000
EXAMS = 100
SITTINGS_EACH = 10
HALLS = ("A", "B", "C", "D")
BLOCK = 5_000
_FIRST = ("Ada", "Grace", "Katherine", "Emmy", "Maryam", "Радиа", "李", "நிலா", "Zoë", "Sofia")
_LAST = ("Lovelace", "Hopper", "Johnson", "Noether", "Mirzakhani", "Перлман", "小龍", "குமரன்", "Müller", "bt Ahmad")


def student_id(number: int) -> str:
    """Return a student's number: S00001 is the first."""
    return f"S{number:05}"


def exam_code(number: int) -> str:
    """Return an exam's code: MATH-100 is the first."""
    return f"{('MATH', 'PHYS', 'CHEM', 'HIST')[number % 4]}-{100 + number}"


def fill(engine: Engine, now: datetime, students: int = STUDENTS) -> None:
    """Write the term; half of its sittings lie before `now`, and whoever came to those was there."""
    first = now.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=EXAMS // 10)
    _write(engine, Hall, ({"id": hall, "name": f"Hall {hall}", "rows": 20, "columns": 25} for hall in HALLS))
    _write(engine, Student, (_student(number, first) for number in range(1, students + 1)))
    _write(engine, Exam, ({"id": n + 1, "code": exam_code(n), "subject": f"Subject {n}"} for n in range(EXAMS)))
    _write(engine, Sitting, (_sitting(number, first) for number in range(EXAMS)))
    _write(engine, SittingHall, ({"sitting_id": n + 1, "hall_id": hall} for n in range(EXAMS) for hall in HALLS))
    _write(engine, RosterEntry, _entries(students, first, now))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")


def _student(number: int, made_at: datetime) -> dict[str, Any]:
    name = f"{_FIRST[number % 10]} {_LAST[number // 10 % 10]} {number}"
    return {"id": student_id(number), "name": name, "created_at": made_at}


def _sitting(number: int, first: datetime) -> dict[str, Any]:
    start = first + timedelta(days=number // 5, hours=number % 5 * 2)
    half_hour = timedelta(minutes=30)
    return {
        "id": number + 1,
        "exam_id": number + 1,
        "opens_at": start - half_hour,
        "starts_at": start,
        "late_after": start,
        "closes_at": start + half_hour,
        "ends_at": start + timedelta(hours=2),
    }


def _entries(students: int, first: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(1, students + 1):
        for turn in range(SITTINGS_EACH):
            sitting = number % 10 + 10 * turn
            seat = number // 10 % (500 * len(HALLS))
            starts_at = _sitting(sitting, first)["starts_at"]
            came = starts_at < now and number % 17 != 0
            yield {
                "sitting_id": sitting + 1,
                "student_id": student_id(number),
                "hall_id": HALLS[seat // 500],
                "table_label": f"{'ABCDEFGHIJKLMNOPQRST'[seat % 500 // 25]}-{seat % 25 + 1}",
                "row": seat % 500 // 25 + 1,
                "col": seat % 25 + 1,
                "status": ("late" if number % 13 == 0 else "present") if came else "expected",
                "status_at": starts_at if came else None,
            }


def _write(engine: Engine, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    while block := list(islice(rows, BLOCK)):
        with engine.begin() as connection:
            connection.execute(insert(table), block)
