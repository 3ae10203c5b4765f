"""The audit chain: who did what to whom, each entry holding the hash of the one before.

Writers are serialised by one counter row, taken as the last thing before a commit, so that nobody
holds it while waiting for something else. The head is anchored in a file outside the database
after each commit: rows changed or cut off later are found by `verify`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, event
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from services.api.anchor import Head, move_on, read_head
from services.api.counters import next_numbers
from services.api.db.tables import AuditEntry
from shared import logs

GENESIS = "0" * 64
"""What the first entry holds as the hash before it."""
THE_ANCHOR = "the anchor file"
_COUNTER = "audit"
_WAITING = "nero_audit_waiting"
_NEW_HEAD = "nero_audit_head"
_ANCHOR = "nero_audit_anchor"
_log = logs.get("audit")
Break = Literal["", "gone", "cut", "unlinked", "changed", "remade"]
"""How a chain is broken; a catalogue says it as `audit.broken.{break}`."""
_SENTENCES: Mapping[Break, str] = {
    "": "",
    "gone": "entry {seq} is gone",
    "cut": "entries {seq} to {last} are gone",
    "unlinked": "entry {seq} does not follow the one before it",
    "changed": "entry {seq} was changed",
    "remade": "entry {seq} is not the one that was written: the chain was made anew up to it",
}

Facts = dict[str, object]
Row = Mapping[Any, Any]
Progress = Callable[[int, int], None]
PROGRESS_EVERY = 500
"""Entries from one word about how far it is to the next."""
"""An entry's columns by name: a walk of a long chain makes no objects."""


def anchor_at(engine: Engine, path: Path) -> None:
    """Let every commit on this engine anchor the chain's head in the file at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.update_execution_options(**{_ANCHOR: path})


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    sitting_id: int | None = None,
    source: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Add an entry to this session's commit: ids, never names."""
    waiting: list[AuditEntry] = session.info.setdefault(_WAITING, [])
    if not event.contains(session, "before_commit", _write):
        event.listen(session, "before_commit", _write)
        event.listen(session, "after_commit", _anchor)
        event.listen(session, "after_rollback", _forget)
    entry = AuditEntry(
        seq=0,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        sitting_id=sitting_id,
        source=source,
        before=before,
        after=after,
        previous_hash="",
        hash="",
    )
    waiting.append(entry)


@dataclass(frozen=True)
class Known:
    """A head that stands somewhere else: whoever makes the chain anew can't reach it."""

    head: Head
    where: str
    """In words, for who reads the result: `the anchor file`, `the sealed report mathe.pdf`."""
    code: str = ""
    """The same for a page in any language: `audit.known.{code}`, with these values."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verified:
    """What `verify` found."""

    entries: int
    head: str
    broken_seq: int | None = None
    """The first entry that is not as it was written."""
    how: Break = ""
    last_seq: int | None = None
    """The last that is gone, where the chain was cut off."""
    against: str = ""
    """Which known head found it, where the chain itself holds."""

    @property
    def problem(self) -> str:
        """What is wrong, in words."""
        return _SENTENCES[self.how].format(seq=self.broken_seq, last=self.last_seq)

    @property
    def ok(self) -> bool:
        """Whether the whole chain holds."""
        return self.broken_seq is None


def anchor_of(session: Session) -> Path | None:
    """Return the file in which this session's commits anchor the head."""
    path: Path | None = session.connection().get_execution_options().get(_ANCHOR)
    return path


def last_head(session: Session) -> Head | None:
    """Return the last committed entry: what a sealed report prints."""
    query = select(AuditEntry.seq, AuditEntry.hash).order_by(col(AuditEntry.seq).desc()).limit(1)
    found = session.exec(query).first()
    return Head(*found) if found else None


def anchored(anchor: Path | None) -> list[Known]:
    """Return the head in the anchor file, as one that is known; none where there is no such file."""
    head = read_head(anchor) if anchor else None
    return [Known(head, THE_ANCHOR, "anchor")] if head else []


def verify(session: Session, known: Sequence[Known] = (), progress: Progress = lambda _done, _total: None) -> Verified:
    """Walk the whole chain, and hold it against the heads that are known.

    These must have been read before: what is committed meanwhile only adds to the entries. `progress` is told now and
    then how many entries were looked at, of how many.
    """
    total = session.exec(select(func.count()).select_from(AuditEntry)).one()
    everything = sql_select(AuditEntry.__table__).order_by(col(AuditEntry.seq))  # type: ignore[attr-defined]
    rows = session.connection().execute(everything.execution_options(yield_per=1000)).mappings()
    return verify_rows(_counted(rows, total, progress), known)


def _counted(rows: Iterable[Row], total: int, progress: Progress) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % PROGRESS_EVERY == 0:
            progress(number, max(number, total))
        yield row


def verify_rows(rows: Iterable[Row], known: Sequence[Known]) -> Verified:
    """Check that numbers have no gap, hashes follow each other, and the known entries are as they were."""
    previous, count = GENESIS, 0
    for row in rows:
        how = _break(row, count + 1, previous)
        if how:
            return Verified(count, previous, count + 1, how)
        before, previous, count = previous, row["hash"], count + 1
        for one in known:
            if one.head.seq == count and one.head.hash != previous:
                return Verified(count - 1, before, count, "remade", against=one.where)
    ahead = max(known, key=lambda one: one.head.seq, default=None)
    if ahead is not None and ahead.head.seq > count:
        return Verified(count, previous, count + 1, "cut", ahead.head.seq, ahead.where)
    return Verified(count, previous)


def hash_of(entry: AuditEntry) -> str:
    """Return the hash of an entry and of the one before it: SHA-256, hex, of canonical JSON."""
    return hash_row(entry.model_dump())


def hash_row(row: Row) -> str:
    """Return the same of an entry's columns."""
    fields = {name: value for name, value in row.items() if name != "hash"}
    fields["at"] = row["at"].isoformat()
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _break(row: Row, seq: int, previous: str) -> Break:
    if row["seq"] != seq:
        return "gone"
    if row["previous_hash"] != previous:
        return "unlinked"
    return "changed" if row["hash"] != hash_row(row) else ""


def _write(session: Session) -> None:
    waiting: list[AuditEntry] = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.flush()
    previous: AuditEntry | None = None
    for entry, seq in zip(waiting, next_numbers(session, _COUNTER, len(waiting)), strict=True):
        entry.seq = seq
        entry.previous_hash = previous.hash if previous else _hash_at(session, entry.seq - 1)
        entry.hash = hash_of(entry)
        previous = entry
    session.add_all(waiting)
    session.flush()
    session.info[_NEW_HEAD] = Head(waiting[-1].seq, waiting[-1].hash)
    session.info[_ANCHOR] = session.connection().get_execution_options().get(_ANCHOR)


def _hash_at(session: Session, seq: int) -> str:
    if seq == 0:
        return GENESIS
    found = session.exec(select(AuditEntry.hash).where(AuditEntry.seq == seq)).first()
    return found or GENESIS  # a chain whose last entry was taken away breaks here, where verify finds it


def _anchor(session: Session) -> None:
    head, path = session.info.pop(_NEW_HEAD, None), session.info.pop(_ANCHOR, None)
    if head is None or path is None:
        return
    try:
        move_on(path, head)
    except OSError as error:  # the commit stands; an anchor behind the chain proves less, and is said
        _log.error("the audit chain's head cannot be anchored", seq=head.seq, error=str(error))


def _forget(session: Session) -> None:
    for key in (_WAITING, _NEW_HEAD, _ANCHOR):
        session.info.pop(key, None)
