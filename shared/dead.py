"""Dead letters: what a stage gave up, with its reason, kept until somebody looks or the setting drops it.

A letter is the entry as it was (images still sealed) and `entry_id`, `group`, `deliveries`, `reason`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from redis import Redis

from shared import names
from shared.redis_replies import Entry, entries, id_time, text

_PAGE = 50
_REPLAY = """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return false end
local fields = found[1][2]
local kept = {}
for i = 1, #fields, 2 do
  if fields[i] == 'event' or fields[i] == 'images' then
    kept[#kept + 1] = fields[i]
    kept[#kept + 1] = fields[i + 1]
  end
end
local id = redis.call('XADD', KEYS[2], '*', unpack(kept))
redis.call('XDEL', KEYS[1], ARGV[1])
return id
"""


@dataclass(frozen=True)
class DeadLetter:
    """One entry that was given up."""

    stream: str
    """The stream that it was on, and goes back to when it is replayed."""
    letter_id: str
    died_at: datetime
    """The broker's time, UTC."""
    entry_id: str
    group: str
    deliveries: int
    reason: str
    event: dict[str, Any] | None
    """The event's fields, unchecked; None when it is no JSON object. No image is opened."""
    size_bytes: int

    @property
    def received_at(self) -> datetime:
        """When the entry was first added, by the broker's time."""
        return id_time(self.entry_id)


def list_dead(redis: Redis, streams: Iterable[str] = names.DURABLE_STREAMS, count: int = 1000) -> list[DeadLetter]:
    """Return up to `count` dead letters of each stream, oldest first."""
    return [letter for stream in streams for letter in islice(_letters(redis, stream), count)]


def show(redis: Redis, stream: str, letter_id: str) -> DeadLetter | None:
    """Return one dead letter, or None when it is not there (any more)."""
    found = entries(redis.xrange(names.dead(stream), letter_id, letter_id))
    return _letter(stream, found[0]) if found else None


def replay(redis: Redis, stream: str, letter_id: str) -> str | None:
    """Put a dead letter back on its stream, in one step; return its new entry id, or None when it is not there.

    Its event has the id that it had, so what was done already is not done twice.
    """
    added = redis.register_script(_REPLAY)(keys=[names.dead(stream), stream], args=[letter_id])
    return None if added is None else text(added)


def replay_all(redis: Redis, stream: str) -> int:
    """Put every dead letter of `stream` back; return how many."""
    waiting = [letter.letter_id for letter in _letters(redis, stream)]
    return sum(replay(redis, stream, letter_id) is not None for letter_id in waiting)


def drop(redis: Redis, stream: str, letter_id: str) -> bool:
    """Throw a dead letter away for good; tell whether it was there."""
    return bool(redis.xdel(names.dead(stream), letter_id))


def expire(redis: Redis, stream: str, kept_s: float) -> int:
    """Drop the dead letters that are older than `kept_s` by the broker's time; return how many went."""
    seconds, _ = redis.time()
    oldest_ms = max(0, int((seconds - kept_s) * 1000))
    return int(redis.xtrim(names.dead(stream), minid=str(oldest_ms), approximate=False))


def resume(redis: Redis, group: str) -> bool:
    """Let a stage that stopped over too many dead letters in a row go on; tell whether it had counted any."""
    return bool(redis.delete(names.dead_run(group)))


def _letters(redis: Redis, stream: str) -> Iterator[DeadLetter]:
    """Read page by page: each letter carries its images."""
    after = "-"
    while page := entries(redis.xrange(names.dead(stream), after, "+", count=_PAGE)):
        yield from (_letter(stream, entry) for entry in page)
        after = f"({page[-1].entry_id}"


def _letter(stream: str, entry: Entry) -> DeadLetter:
    fields = entry.fields or {}
    return DeadLetter(
        stream=stream,
        letter_id=entry.entry_id,
        died_at=id_time(entry.entry_id),
        entry_id=fields.get(b"entry_id", b"0-0").decode(),
        group=fields.get(b"group", b"").decode(),
        deliveries=int(fields.get(b"deliveries", b"0")),
        reason=fields.get(b"reason", b"").decode(errors="replace"),
        event=_json_object(fields.get(b"event", b"")),
        size_bytes=sum(len(value) for value in fields.values()),
    )


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
