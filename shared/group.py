"""One consumer of one group: reads, claims, hands on and acknowledges, on Redis 6.2 and newer.

Handing on is one script: if the entry still waits, add what follows from it and acknowledge it. So it
happens once per entry, however often it is asked for: after a lost reply, or by a worker that was held
up while another reclaimed its entry. `MULTI` would add twice in both cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import ResponseError
from redis.typing import EncodableT, FieldT, KeyT, StreamIdT

from shared import logs, metrics, names
from shared.durable import flat, trim_acknowledged
from shared.queues import measure_queue
from shared.redis_replies import Entry, Fields, entries, entries_by_stream, pending, text

_log = logs.get("group")

_HAND_ON = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then return 0 end
local at = 3
for i = 2, #KEYS do
  local count = tonumber(ARGV[at])
  redis.call('XADD', KEYS[i], '*', unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
# The XADD stands before the XACK: a Redis that is full refuses the first command that would grow, and
# lets a script that has written go on.
_BURY = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then return 0 end
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found == 1 then
  local fields = found[1][2]
  for i = 3, #ARGV do fields[#fields + 1] = ARGV[i] end
  redis.call('XADD', KEYS[2], '*', unpack(fields))
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
_LEAVE = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
_FORGOTTEN_AFTER_MS = 600_000
"""A consumer that said nothing for so long, and has nothing pending, is taken off the list."""


@dataclass(frozen=True)
class Claimed:
    """An entry that is this consumer's now."""

    stream: str
    entry_id: str
    fields: Fields
    deliveries: int


HandedOn = tuple[str, dict[FieldT, EncodableT]]
"""Where to, and the fields."""


class Consumer:
    """One consumer of `group` on some streams."""

    def __init__(self, redis: Redis, streams: Sequence[str], group: str, name: str) -> None:
        self._redis = redis
        self.streams = tuple(streams)
        self.group = group
        self.name = name
        self._hand_on, self._bury, self._leave = map(redis.register_script, (_HAND_ON, _BURY, _LEAVE))

    def join(self) -> None:
        """Make the group where it is not there, from the stream's beginning: nothing added before is missed."""
        for stream in self.streams:
            try:
                self._redis.xgroup_create(stream, self.group, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def read(self, count: int, block_ms: int) -> list[Claimed]:
        """Take up to `count` new entries of each stream; waits `block_ms` (0: not at all) for the first."""
        new: dict[KeyT, StreamIdT] = dict.fromkeys(self.streams, ">")
        reply = self._redis.xreadgroup(self.group, self.name, new, count=count, block=block_ms or None)
        found = entries_by_stream(reply)
        return [Claimed(stream, e.entry_id, e.fields or {}, 1) for stream in found for e in found[stream]]

    def reclaim(self, idle_ms: int) -> Claimed | None:
        """Take one entry that its consumer left alone for `idle_ms`, or None.

        One at a time: of several taken at once, a crash over one would count against all.
        """
        for stream in self.streams:
            cursor = "0-0"
            while True:
                cursor, taken = self._autoclaim(stream, idle_ms, cursor)
                if taken is not None:
                    return taken
                if cursor == "0-0":
                    break
        return None

    def take_again(self, stream: str, entry_id: str) -> Claimed | None:
        """Take an entry of our own once more, which counts as a delivery; None when it waits no more."""
        reply = self._redis.xclaim(stream, self.group, self.name, 0, [entry_id])
        return self._with_count(stream, entries(reply))

    def renew(self, claimed: Sequence[Claimed]) -> None:
        """Say that these are still being worked on, without counting a delivery."""
        for stream in {entry.stream for entry in claimed}:
            ids: list[StreamIdT] = [entry.entry_id for entry in claimed if entry.stream == stream]
            self._redis.xclaim(stream, self.group, self.name, 0, ids, idle=0, justid=True)

    def give_back(self, claimed: Sequence[Claimed], idle_ms: int) -> None:
        """Leave these for others to reclaim at once, and do not count this delivery: nothing came of it."""
        for entry in claimed:
            self._redis.xclaim(
                entry.stream,
                self.group,
                self.name,
                0,
                [entry.entry_id],
                idle=idle_ms,
                retrycount=entry.deliveries - 1,
                justid=True,
            )

    def hand_on(self, stream: str, entry_id: str, following: Sequence[HandedOn] = ()) -> bool:
        """Add what follows from an entry and acknowledge it; False (and nothing added) if it waits no more."""
        arguments: list[EncodableT] = [self.group, entry_id]
        for _, fields in following:
            parts = flat(fields)
            arguments += [len(parts), *parts]
        return bool(self._hand_on(keys=[stream, *(target for target, _ in following)], args=arguments))

    def bury(self, stream: str, entry_id: str, reason: str, deliveries: int) -> bool:
        """Move an entry to the dead letters with its reason; False if it waits no more."""
        about: list[EncodableT] = [
            "entry_id",
            entry_id,
            "group",
            self.group,
            "deliveries",
            deliveries,
            "reason",
            reason,
        ]
        return bool(self._bury(keys=[stream, names.dead(stream)], args=[self.group, entry_id, *about]))

    def leave(self) -> None:
        """Take this consumer off the group; one with entries pending stays, for they would be thrown away."""
        for stream in self.streams:
            self._leave(keys=[stream], args=[self.group, self.name])

    def tidy(self) -> None:
        """Trim what everybody acknowledged, forget consumers that are long gone, measure lag and pending."""
        for stream in self.streams:
            trim_acknowledged(self._redis, stream)
            measure_queue(self._redis, stream, self.group)
            for consumer in self._redis.xinfo_consumers(stream, self.group):
                if consumer["idle"] > _FORGOTTEN_AFTER_MS and not consumer["pending"]:
                    self._leave(keys=[stream], args=[self.group, consumer["name"]])

    def _autoclaim(self, stream: str, idle_ms: int, cursor: str) -> tuple[str, Claimed | None]:
        reply = self._redis.xautoclaim(stream, self.group, self.name, idle_ms, cursor, count=1)
        if len(reply) > 2 and reply[2]:  # Redis 7: trimmed while pending, and taken off the list
            _log.error("entries were trimmed before they were acknowledged", stream=stream, entries=len(reply[2]))
            metrics.STAGE_EVENTS.labels(self.group, "expired").inc(len(reply[2]))
        if any(item is None or item[0] is None for item in reply[1]):  # Redis 6.2: nil, and still pending
            self._settle_trimmed(stream)
        return text(reply[0]), self._with_count(stream, entries(reply[1]))

    def _settle_trimmed(self, stream: str) -> None:
        """Acknowledge those of our pending entries that are not there any more."""
        for line in pending(self._redis.xpending_range(stream, self.group, "-", "+", 100, consumername=self.name)):
            if not self._redis.xrange(stream, line.entry_id, line.entry_id):
                self._redis.xack(stream, self.group, line.entry_id)
                _log.error("an entry was trimmed before it was acknowledged", stream=stream, entry_id=line.entry_id)
                metrics.STAGE_EVENTS.labels(self.group, "expired").inc()

    def _with_count(self, stream: str, found: Sequence[Entry]) -> Claimed | None:
        if not found:
            return None
        entry = found[0]
        lines = pending(self._redis.xpending_range(stream, self.group, entry.entry_id, entry.entry_id, 1))
        if not lines:
            return None
        metrics.REDELIVERIES.labels(stream).inc()
        return Claimed(stream, entry.entry_id, entry.fields or {}, lines[0].deliveries)
