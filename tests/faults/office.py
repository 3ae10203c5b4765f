"""The database of the fault tests: a table of what was applied, with its unique id, or, broken, without."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

_BUSY_S = 10.0


class Tally(NamedTuple):
    """What the office holds at the end."""

    lost: int
    doubled: int
    stale: int
    """Rows from a live face that was accepted after a newer lease's, under an older fence."""


class Office:
    """One process's connection."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")

    def create(self, *, unique: bool) -> None:
        """Make the table."""
        self._db.execute("CREATE TABLE attempt (event_id TEXT, visit TEXT, kiosk TEXT, fence INTEGER, accepted TEXT)")
        self._db.execute(f"CREATE {'UNIQUE' if unique else ''} INDEX by_event ON attempt (event_id)")
        self._db.execute("CREATE INDEX by_visit ON attempt (visit)")

    def apply(self, event_id: str, visit: str, kiosk: str, fence: int, accepted: str) -> None:
        """Commit one row; where ids are unique, a repeat changes nothing."""
        self._db.execute("INSERT OR IGNORE INTO attempt VALUES (?,?,?,?,?)", (event_id, visit, kiosk, fence, accepted))

    def has(self, visit: str) -> bool:
        """Tell whether somebody's visit was applied."""
        return self._db.execute("SELECT 1 FROM attempt WHERE visit=? LIMIT 1", (visit,)).fetchone() is not None

    def count(self) -> int:
        """Count the visits applied."""
        (count,) = self._db.execute("SELECT COUNT(DISTINCT visit) FROM attempt").fetchone()
        return int(count)

    def tally(self, visits: set[str]) -> Tally:
        """Hold the rows against the visits there were."""
        rows = self._db.execute("SELECT event_id, visit, kiosk, fence FROM attempt ORDER BY accepted").fetchall()
        newest: dict[str, int] = {}
        stale = 0
        for _, _, kiosk, fence in rows:
            stale += fence < newest.get(kiosk, 0)
            newest[kiosk] = max(fence, newest.get(kiosk, 0))
        events = [event_id for event_id, *_ in rows]
        return Tally(len(visits - {visit for _, visit, *_ in rows}), len(events) - len(set(events)), stale)

    def close(self) -> None:
        self._db.close()
