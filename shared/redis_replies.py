"""Redis replies, given types: redis-py's own are unions over protocols and client modes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

Fields = Mapping[bytes, bytes]


class Entry(NamedTuple):
    """One stream entry. `fields` is None where the entry was trimmed away while pending (Redis 6.2 says nil)."""

    entry_id: str
    fields: Fields | None


class PendingEntry(NamedTuple):
    """One line of XPENDING."""

    entry_id: str
    consumer: str
    idle_ms: int
    deliveries: int


def entries(reply: Any) -> list[Entry]:
    """Read `[(id, fields), …]`. An entry that is nil altogether (6.2, trimmed) has lost its id and is left out."""
    return [Entry(text(item[0]), item[1]) for item in reply or () if item and item[0] is not None]


def entries_by_stream(reply: Any) -> dict[str, list[Entry]]:
    """Read what XREAD and XREADGROUP answer."""
    pairs: Iterable[Any] = reply.items() if isinstance(reply, dict) else reply or ()
    return {text(stream): entries(items) for stream, items in pairs}


def pending(reply: Any) -> list[PendingEntry]:
    """Read what XPENDING with a range answers."""
    return [
        PendingEntry(
            text(line["message_id"]), text(line["consumer"]), line["time_since_delivered"], line["times_delivered"]
        )
        for line in reply or ()
    ]


def text(value: Any) -> str:
    """Return a bytes or str reply as str."""
    return value.decode() if isinstance(value, bytes) else str(value)


def id_ms(entry_id: str) -> int:
    """Return the broker's own time of an entry, milliseconds since 1970."""
    return int(entry_id.partition("-")[0])


def id_time(entry_id: str) -> datetime:
    """Return the broker's own time of an entry, UTC."""
    return datetime.fromtimestamp(id_ms(entry_id) / 1000, UTC)


def id_order(entry_id: str) -> tuple[int, int]:
    """Return what entries are ordered by."""
    ms, _, serial = entry_id.partition("-")
    return int(ms), int(serial or 0)


def id_after(entry_id: str) -> str:
    """Return the smallest id above `entry_id`."""
    ms, serial = id_order(entry_id)
    return f"{ms}-{serial + 1}"
