"""The audit chain: changed, missing and remade entries are found, and writers take turns."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text, update
from sqlmodel import Session, col, delete, select

from services.api import audit
from services.api.anchor import Head, move_on, read_head
from services.api.audit import GENESIS, Known, anchored, hash_of, verify
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
    ("tamper", "broken"),
    [(_change, 3), (_change_and_rehash, 4), (_take_out, 3)],
    ids=["changed", "rehashed", "taken out"],
)
def test_the_first_entry_that_was_tampered_with_is_named(
    engine: Engine, anchor: Path, tamper: Callable[[Session], None], broken: int
) -> None:
    _write(engine, 6)
    with writing(engine) as session:
        tamper(session)
    assert _verify(engine, anchor).broken_seq == broken


@pytest.mark.parametrize("column", sorted(AuditEntry.__table__.columns.keys()))  # type: ignore[attr-defined]
def test_no_column_of_any_entry_can_be_changed_unseen(engine: Engine, anchor: Path, column: str) -> None:
    _write(engine, 5)
    for seq in (1, 3, 5):
        with engine.begin() as connection:
            before = connection.execute(_SELECT, {"seq": seq}).mappings().one()[column]
            _update(connection, column, seq, _other(column, before))
        assert _verify(engine, anchor).broken_seq == seq, f"{column} of {seq}"
        with engine.begin() as connection:
            _update(connection, column, 99 if column == "seq" else seq, before)
    assert _verify(engine, anchor).ok


def test_the_last_ten_deleted_and_the_chain_made_anew_is_found_by_a_sealed_reports_head(
    engine: Engine, anchor: Path
) -> None:
    _write(engine, 20)
    sealed = Known(read_head(anchor), "the sealed report")  # type: ignore[arg-type]
    _cut_last_ten(engine, anchor)
    assert _verify(engine, anchor).ok, "chain and anchor agree with each other: only paper knows better"
    found = _verify(engine, anchor, sealed)
    assert (found.broken_seq, found.problem, found.against) == (11, "entries 11 to 20 are gone", "the sealed report")
    _write(engine, 12)  # the office goes on, and grows over the gap
    found = _verify(engine, anchor, sealed)
    assert (found.broken_seq, found.against) == (20, "the sealed report")


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


_SELECT = text("SELECT * FROM audit_entry WHERE seq = :seq")


def _update(connection: Connection, column: str, seq: int, value: object) -> None:
    typed = update(AuditEntry.__table__)  # type: ignore[attr-defined]
    if column in ("before", "after"):
        value = json.loads(value) if isinstance(value, str) else value
    if column == "at":
        value = datetime.fromisoformat(value) if isinstance(value, str) else value
        value = value.replace(tzinfo=value.tzinfo or UTC)  # type: ignore[attr-defined]
    connection.execute(typed.where(col(AuditEntry.seq) == seq).values({column: value}))


def _other(column: str, value: object) -> object:
    """A value that differs as little as may be."""
    if column == "seq":
        return 99
    if column == "at":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        assert isinstance(moment, datetime)
        return moment + timedelta(microseconds=1)
    if column == "sitting_id":
        return 7
    if column in ("before", "after"):
        return {"number": 8}
    if column == "hash":
        return str(value)[:-1] + ("0" if str(value)[-1] != "0" else "1")
    return f"{value}x"


def _cut_last_ten(engine: Engine, anchor: Path) -> None:
    """As somebody would who owns the database and the anchor's file."""
    with writing(engine) as session:
        session.exec(delete(AuditEntry).where(col(AuditEntry.seq) > 10))
        session.get_one(Counter, "audit").value = 10
        _remake(session)
        head = audit.last_head(session)
    anchor.unlink()
    move_on(anchor, head)  # type: ignore[arg-type]


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


def _verify(engine: Engine, anchor: Path | None, *known: Known) -> audit.Verified:
    with reading(engine) as session:
        return verify(session, [*anchored(anchor), *known])


def test_the_counter_and_the_chain_agree(engine: Engine, anchor: Path) -> None:
    _write(engine, 3)
    with reading(engine) as session:
        assert session.get_one(Counter, "audit").value == 3
    assert anchor.exists()
