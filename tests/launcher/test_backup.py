"""`nero backup` and `nero restore`: whole or not at all, checked by hashes, and never over a database unasked."""

import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL
from sqlmodel import Session, col, select

from services.api import audit
from services.api.db.engine import make_engine, reading, writing
from services.api.db.migrate import migrate
from services.api.db.office import BACKUP_SETTING
from services.api.db.tables import AuditEntry, Setting, Student
from services.launcher import backup
from services.launcher.backup import Place, back_up, check, restore
from shared.errors import Invalid, Unavailable
from tests.api.postgres import Cluster, cluster_or_skip

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with cluster_or_skip() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An office with Ada in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'office' / 'nero.db'}"
    else:
        running: Cluster = request.getfixturevalue("cluster")
        url = running.url(running.new_database())
    office = Place(url, tmp_path / "office" / "audit-head.json")
    _enter(office, "ada")
    return office


def test_what_was_backed_up_comes_back_and_the_audit_chain_holds(place: Place, tmp_path: Path) -> None:
    manifest = back_up(place, tmp_path / "monday.tar", NOW)
    assert check(tmp_path / "monday.tar") == manifest
    _enter(place, "mallory")
    restore(tmp_path / "monday.tar", place, replace=True)
    assert _students(place) == ["ada"]
    engine = make_engine(place.database_url)
    with reading(engine) as session:
        assert audit.verify(session, audit.anchored(place.audit_head)).ok
    engine.dispose()


@pytest.mark.parametrize("copied", ["_copy_sqlite", "_dump_postgresql"])
def test_what_happens_while_it_is_made_does_not_read_as_a_cut_off_chain(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: str
) -> None:
    copy = getattr(backup, copied)

    def copy_and_go_on(url: URL, target: Path) -> None:
        copy(url, target)
        _enter(place, "mallory")

    monkeypatch.setattr(backup, copied, copy_and_go_on)
    back_up(place, tmp_path / "monday.tar", NOW)
    restore(tmp_path / "monday.tar", place, replace=True)
    engine = make_engine(place.database_url)
    with reading(engine) as session:
        assert audit.verify(session, audit.anchored(place.audit_head)).ok
    engine.dispose()


def test_the_office_knows_when_it_was_last_backed_up(place: Place, tmp_path: Path) -> None:
    back_up(place, tmp_path / "monday.tar", NOW)
    engine = make_engine(place.database_url)
    with reading(engine) as session:
        assert session.get_one(Setting, BACKUP_SETTING).value["at"] == NOW.isoformat()
    engine.dispose()


def test_a_database_that_is_there_is_not_replaced_unasked(place: Place, tmp_path: Path) -> None:
    back_up(place, tmp_path / "monday.tar", NOW)
    _enter(place, "grace")
    with pytest.raises(Unavailable):
        restore(tmp_path / "monday.tar", place, replace=False)
    assert _students(place) == ["ada", "grace"]


def test_a_file_that_is_there_is_not_overwritten(place: Place, tmp_path: Path) -> None:
    (tmp_path / "monday.tar").write_text("something else")
    with pytest.raises(Unavailable, match="is there already"):
        back_up(place, tmp_path / "monday.tar", NOW)
    assert (tmp_path / "monday.tar").read_text() == "something else"


def test_a_damaged_backup_is_refused_and_nothing_is_changed(place: Place, tmp_path: Path) -> None:
    back_up(place, tmp_path / "monday.tar", NOW)
    with tarfile.open(tmp_path / "monday.tar") as tar:
        member = max(tar.getmembers(), key=lambda one: one.size)
    data = bytearray((tmp_path / "monday.tar").read_bytes())
    data[member.offset_data + member.size // 2] ^= 1
    (tmp_path / "monday.tar").write_bytes(data)
    with pytest.raises(Invalid, match="damaged"):
        restore(tmp_path / "monday.tar", place, replace=True)
    assert _students(place) == ["ada"]


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100])
def test_what_is_no_backup_is_refused_in_words(place: Place, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(Invalid, match="no backup of Nero's"):
        restore(tmp_path / "x.tar", place, replace=True)


def _enter(place: Place, student_id: str) -> None:
    engine = make_engine(place.database_url)
    migrate(engine)
    audit.anchor_at(engine, place.audit_head)
    with writing(engine) as session:
        session.add(Student(id=student_id, name=student_id.title(), created_at=NOW))
        _note(session, student_id)
    engine.dispose()


def _note(session: Session, student_id: str) -> None:
    audit.record(session, at=NOW, actor="user:1", action="student.create", subject=f"student:{student_id}")


def _students(place: Place) -> list[str]:
    engine = make_engine(place.database_url)
    with reading(engine) as session:
        found = list(session.exec(select(Student.id).order_by(col(Student.id))))
        assert session.exec(select(AuditEntry.seq)).all() != []
    engine.dispose()
    return found
