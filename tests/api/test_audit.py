"""The audit chain: changed, missing and remade entries are found, and writers take turns."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from services.api import audit
from services.api.anchor import Head, move_on, read_head
from services.api.audit import GENESIS, hash_of, verify
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, Counter
from tests.api.story import at


@pytest.fixture
def anchor(engine: Engine, tmp_path: Path) -> Path:
    """Where the head is anchored."""
    path = tmp_path / "elsewhere" / "audit-head.json"
    audit.anchor_at(engine, path)
    return path


def test_an_untouched_chain_holds(engine: Engine, anchor: Path) -> None:
    _write(engine, 5)
    found = _verify(engine, anchor)
    assert (found.ok, found.entries, found.head) == (True, 5, read_head(anchor).hash)  # type: ignore[union-attr]


def _change(session: Session) -> None:
    session.get_one(AuditEntry, 3).actor = "user:mallory"


def _change_and_rehash(session: Session) -> None:
    entry = session.get_one(AuditEntry, 3)
    entry.actor = "user:mallory"
    entry.hash = hash_of(entry)


def _take_out(session: Session) -> None:
    session.delete(session.get_one(AuditEntry, 3))


@pytest.mark.parametrize(
    ("tamper", "broken"), [(_change, 3), (_change_and_rehash, 4), (_take_out, 3)], ids=lambda value: str(value)
)
def test_the_first_entry_that_was_tampered_with_is_named(
    engine: Engine, anchor: Path, tamper: Callable[[Session], None], broken: int
) -> None:
    _write(engine, 6)
    with writing(engine) as session:
        tamper(session)
    assert _verify(engine, anchor).broken_seq == broken


def test_the_last_entries_cut_off_are_missed_by_the_anchored_head(engine: Engine, anchor: Path) -> None:
    _write(engine, 6)
    with writing(engine) as session:
        session.exec(delete(AuditEntry).where(col(AuditEntry.seq) > 4))
    found = _verify(engine, anchor)
    assert (found.broken_seq, found.problem) == (5, "entries 5 to 6 are gone")
    assert _verify(engine, None).ok  # which is why the head stands outside


def test_a_chain_made_anew_does_not_meet_the_anchored_head(engine: Engine, anchor: Path) -> None:
    _write(engine, 3)
    with writing(engine) as session:
        _remake(session)
    assert _verify(engine, None).ok
    assert _verify(engine, anchor).broken_seq == 3


def test_writing_on_after_a_cut_does_not_heal_it(engine: Engine, anchor: Path) -> None:
    _write(engine, 4)
    with writing(engine) as session:
        session.exec(delete(AuditEntry).where(col(AuditEntry.seq) > 2))
    _write(engine, 1)
    assert _verify(engine, anchor).broken_seq == 3


def test_what_is_rolled_back_is_in_no_chain(engine: Engine, anchor: Path) -> None:
    _write(engine, 1)
    with Session(engine) as session:
        session.begin()
        _note(session, 2)
        session.rollback()
    _write(engine, 1)
    assert _verify(engine, anchor).entries == 2


def test_writers_take_turns(engine: Engine, anchor: Path) -> None:
    threads = [threading.Thread(target=_write, args=(engine, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    found = _verify(engine, anchor)
    assert (found.ok, found.entries) == (True, 40)


def test_several_entries_of_one_commit_follow_each_other(engine: Engine, anchor: Path) -> None:
    with writing(engine) as session:
        for number in range(3):
            _note(session, number)
    with reading(engine) as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.seq))).all()
    assert [entry.previous_hash for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert _verify(engine, anchor).ok


def test_the_anchor_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    move_on(path, Head(7, "seven"))
    move_on(path, Head(6, "six"))
    assert read_head(path) == Head(7, "seven")


def _remake(session: Session) -> None:
    session.get_one(AuditEntry, 2).action = "something.else"
    previous = GENESIS
    for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.seq))):
        entry.previous_hash = previous
        entry.hash = previous = hash_of(entry)


def _write(engine: Engine, entries: int) -> None:
    for number in range(entries):
        with writing(engine) as session:
            _note(session, number)


def _note(session: Session, number: int) -> None:
    audit.record(
        session,
        at=at("08:45"),
        actor="user:1",
        action="test.write",
        subject=f"student:{number}",
        after={"number": number, "score": 0.123456789, "text": "नमस्ते"},
    )


def _verify(engine: Engine, anchor: Path | None) -> audit.Verified:
    with reading(engine) as session:
        return verify(session, anchor)


def test_the_counter_and_the_chain_agree(engine: Engine, anchor: Path) -> None:
    _write(engine, 3)
    with reading(engine) as session:
        assert session.get_one(Counter, "audit").value == 3
    assert anchor.exists()
