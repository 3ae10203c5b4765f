"""The engine: durable, one writer at a time on SQLite, and clear about addresses that it cannot use."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from services.api.counters import next_number
from services.api.db.engine import database_url, make_engine, reading, writing
from services.api.db.tables import Setting, Student
from shared.errors import Unavailable
from tests.api.story import DAY


def test_sqlite_is_durable_and_enforces_foreign_keys(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'deep' / 'nero.db'}")
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    engine.dispose()


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Setting(name="half done"))
        session.flush()
        with reading(engine) as other:
            assert other.get(Setting, "half done") is None


def test_writers_take_turns_and_lose_nothing(engine: Engine) -> None:
    def count() -> None:
        for _ in range(15):
            with writing(engine) as session:
                next_number(session, "turns")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with writing(engine) as session:
        assert next_number(session, "turns") == 61


def test_what_fails_halfway_is_rolled_back(engine: Engine) -> None:
    with pytest.raises(KeyError), writing(engine) as session:
        _add_and_fail(session)
    with reading(engine) as session:
        assert session.get(Setting, "half done") is None


def test_an_error_does_not_say_what_was_to_be_written(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Student(id="S1", name="Ada Lovelace", created_at=DAY))
    with pytest.raises(DBAPIError) as broken, writing(engine) as session:
        session.add(Student(id="S1", name="Grace Hopper", created_at=DAY))
    assert "Hopper" not in str(broken.value)


@pytest.mark.parametrize("url", ["mysql://localhost/nero", "not an address", ""])
def test_an_address_of_another_kind_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(Unavailable, match=r"NERO_DATABASE_URL.*sqlite:///PATH"):
        make_engine(url)


def test_without_an_address_it_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    assert database_url(None, tmp_path) == f"sqlite:///{tmp_path}/nero.db"
    assert database_url("postgresql:///x", tmp_path) == "postgresql:///x"


def _add_and_fail(session: Session) -> None:
    session.add(Setting(name="half done"))
    session.flush()
    raise KeyError
