"""The engine: SQLite (WAL, synced on commit, one writer at a time) or PostgreSQL, and sessions on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from shared.errors import Unavailable

BUSY_TIMEOUT_S = 15
"""How long a writer waits for the one before it (SQLite), or for a lock (PostgreSQL)."""
_HOW = "use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"


def database_url(given: str | None, data_dir: Path) -> str:
    """Return the URL that was set, else the embedded default, a SQLite file in `data_dir`."""
    return given or f"sqlite:///{(data_dir / 'nero.db').absolute()}"


def make_engine(url: str) -> Engine:
    """Make the engine of one process.

    Raises:
        Unavailable: the URL is neither SQLite's nor PostgreSQL's.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Unavailable(f"NERO_DATABASE_URL is no database's address: {_HOW}") from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    raise Unavailable(f"NERO_DATABASE_URL: {parsed.get_backend_name()} is not supported: {_HOW}")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads; on SQLite it waits for no writer."""
    with engine.connect().execution_options(nero_reads=True) as connection, Session(connection) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that commits at its end, or rolls back; on SQLite it holds the write lock from the start."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # an error's text goes to logs, and parameters are names and numbers
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_S}s -c idle_in_transaction_session_timeout=60s",
        },
    )


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin late, and lose to another writer halfway through
    wait = f"busy_timeout={BUSY_TIMEOUT_S * 1000}"  # first: another process may be making the file just now
    for pragma in (wait, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII alone


def _lower(text: str | float | None) -> str | float | None:
    return text.lower() if isinstance(text, str) else text


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("nero_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
