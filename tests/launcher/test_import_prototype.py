"""The prototype's database is taken over once, row by row, and nothing in it is run."""

import pickle
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner

from services.api.auth import users
from services.api.db.engine import make_engine, reading, writing
from services.api.db.migrate import migrate
from services.api.db.tables import Exam, Job, RosterEntry, Sitting, Student
from services.api.jobs import parts
from services.launcher.__main__ import make_app
from services.launcher.prototype.reading import read_prototype
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.keys import load_ring
from tests.api_web.pictures import tiny_jpeg

RUNNER = CliRunner()
BASIS = ["--basis", "consent", "--time-zone", "Asia/Kuala_Lumpur"]


class Harmful:
    """What a pickle may be: loading it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.fixture
def prototype(tmp_path: Path) -> Path:
    """The prototype with Ada (a photo), Grace (a photo beside it), Eve (none), and rows that can't be read."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "grace.jpg").write_bytes(tiny_jpeg(50, 50))
    harm = pickle.dumps(Harmful(tmp_path / "harm was done"))
    path = tmp_path / "nero_attendance.db"
    with sqlite3.connect(path) as made:
        made.execute(
            "CREATE TABLE students (id INTEGER PRIMARY KEY, student_id TEXT, name TEXT, email TEXT, "
            "face_encoding BLOB, photo BLOB, photo_path TEXT)"
        )
        rows = [
            ("S1", "Ada Lovelace", "ada@example.org", harm, tiny_jpeg(40, 40), None),
            ("S2", "Grace Hopper", None, harm, None, "photos/grace.jpg"),
            ("S4", "Eve", None, harm, harm, None),
            ("S5", "Trudy", None, harm, None, "../../etc/passwd"),
            ("no number", "Nobody", None, harm, None, None),
        ]
        made.executemany(
            "INSERT INTO students (student_id, name, email, face_encoding, photo, photo_path) VALUES (?,?,?,?,?,?)",
            rows,
        )
        made.execute("CREATE TABLE exams (exam_code TEXT, subject TEXT, exam_date TEXT, start_time TEXT)")
        made.execute("INSERT INTO exams VALUES ('MATH-201', 'Analysis II', '2026-11-23', '14:00')")
        made.execute(
            "CREATE TABLE attendance (student_id TEXT, exam_code TEXT, hall TEXT, table_number TEXT, status TEXT)"
        )
        made.executemany(
            "INSERT INTO attendance VALUES (?,?,?,?,?)",
            [
                ("S1", "MATH-201", "Hall A", "C-14", "present"),
                ("S2", "MATH-201", "Hall A", "C-15", "absent"),
                ("S9", "MATH-201", "Hall A", "C-16", ""),
                ("S4", "CHEM-1", "Hall A", "C-17", ""),
                ("S4", "MATH-201", "Hall A", "C-14", ""),
            ],
        )
    return path


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A new office with its owner; return its database's address."""
    url = f"sqlite:///{tmp_path / 'nero.db'}"
    for name, value in {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "KEYS_DIR": str(tmp_path / "keys")}.items():
        monkeypatch.setenv(f"NERO_{name}", value)
    engine = make_engine(url)
    migrate(engine)
    with writing(engine) as session:
        users.create_user(session, "owner", "super_admin", SystemClock().now(), password="long enough to type")
    yield url
    engine.dispose()


def run(*arguments: str) -> tuple[str, str]:
    """Run the command; return what it says and what it warns of."""
    result = RUNNER.invoke(make_app("import-prototype"), ["import-prototype", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def seen(session: Session) -> dict[str, object]:
    """Return what is in the office."""
    sitting = session.exec(select(Sitting)).first()
    return {
        "students": sorted(session.exec(select(Student.id))),
        "exams": [(exam.code, exam.subject) for exam in session.exec(select(Exam))],
        "start": sitting.starts_at.isoformat() if sitting else None,
        "roster": sorted((row.student_id, row.hall_id, row.table_label) for row in session.exec(select(RosterEntry))),
        "jobs": len(session.exec(select(Job)).all()),
    }


def test_students_exams_and_rosters_are_taken_over_and_what_is_wrong_is_said(
    prototype: Path, office: str, tmp_path: Path
) -> None:
    said, warned = run(str(prototype), *BASIS)
    assert said.startswith("nero: took over 4 students, 2 photos, 1 exams, 1 sittings, 1 halls, 2 roster lines")
    for sentence in (
        "students row 3: the photo is no JPEG, PNG or WebP (not_an_image)",
        "students row 4: the photo's path '../../etc/passwd' leads out of the database's folder",
        "students row 5: “no number” is no student number",
        "attendance row 3: there is no student 'S9'",
        "attendance row 4: The date is missing.",
        "attendance row 5: Table C-14 in hall Hall-A is S1's already",
    ):
        assert sentence in warned
    engine = make_engine(office)
    with reading(engine) as session:
        assert seen(session) == {
            "students": ["S1", "S2", "S4", "S5"],
            "exams": [("MATH-201", "Analysis II")],
            "start": "2026-11-23T06:00:00+00:00",
            "roster": [("S1", "Hall-A", "C-14"), ("S2", "Hall-A", "C-15")],
            "jobs": 1,
        }
        job = session.exec(select(Job)).one()
        assert (job.kind, job.state, job.total) == ("bulk_enrolment", "queued", 2)
        archive = parts.read(session, load_ring(tmp_path / "keys", "media"), job.id, "archive")
        assert tiny_jpeg(40, 40) in archive and tiny_jpeg(50, 50) in archive
    engine.dispose()


def test_no_pickle_is_opened(prototype: Path, office: str, tmp_path: Path) -> None:
    run(str(prototype), *BASIS)
    assert not (tmp_path / "harm was done").exists()
    with sqlite3.connect(prototype) as made:
        (harm,) = made.execute("SELECT face_encoding FROM students").fetchone()
    pickle.loads(harm)  # shows that the test would have seen it
    assert (tmp_path / "harm was done").exists()


def test_a_dry_run_says_it_and_changes_nothing(prototype: Path, office: str) -> None:
    before = prototype.read_bytes()
    said, _ = run(str(prototype), *BASIS, "--dry-run")
    assert said.startswith("nero: would take over 4 students, 2 photos, 1 exams")
    engine = make_engine(office)
    with reading(engine) as session:
        assert seen(session) == {"students": [], "exams": [], "start": None, "roster": [], "jobs": 0}
    engine.dispose()
    assert prototype.read_bytes() == before


def test_twice_changes_nothing(prototype: Path, office: str) -> None:
    run(str(prototype), *BASIS)
    engine = make_engine(office)
    with reading(engine) as session:
        first = {**seen(session), "jobs": None}
    said, _ = run(str(prototype), *BASIS)
    assert said.startswith("nero: took over 0 students, 2 photos, 2 roster lines that were there")
    with reading(engine) as session:
        assert {**seen(session), "jobs": None} == first
    engine.dispose()


def test_one_table_may_be_students_and_rosters_at_once(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE master (matric_no TEXT, nama TEXT, kod_kursus TEXT, tarikh TEXT, dewan TEXT)")
        made.execute("INSERT INTO master VALUES ('S1', 'Ada', 'MATH-201', '2026-11-23', 'A')")
    found = read_prototype(path)
    assert [one.cells["student_id"] for one in found.students] == ["S1"]
    assert [one.cells["exam_code"] for one in found.rosters] == ["MATH-201"]


def test_what_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be looked at" * 20)
    with pytest.raises(Invalid, match="no SQLite database"):
        read_prototype(tmp_path / "x.db")
    with pytest.raises(Invalid, match="there is no file"):
        read_prototype(tmp_path / "y.db")
