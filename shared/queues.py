"""What waits in a durable stream for a group, measured by anybody: also for a group whose workers are all gone."""

from typing import NamedTuple

from redis import Redis

from shared import metrics, names
from shared.redis_replies import entries, id_after, id_ms, text


class Queue(NamedTuple):
    """What a group has before it."""

    unread: int
    pending: int
    oldest_id: str | None
    """The oldest entry that is not acknowledged, read or not."""


def measure_queue(redis: Redis, stream: str, group: str) -> None:
    """Set the metrics of one group on one stream, and of the stream's dead letters."""
    queue = look_at(redis, stream, group)
    metrics.STREAM_LAG.labels(stream, group).set(queue.unread)
    metrics.STREAM_PENDING.labels(stream, group).set(queue.pending)
    metrics.STREAM_OLDEST_S.labels(stream, group).set(_age_s(redis, queue.oldest_id))
    metrics.DEAD_LETTERS_KEPT.labels(stream).set(redis.xlen(names.dead(stream)))


def look_at(redis: Redis, stream: str, group: str) -> Queue:
    """Return what a group has before it; one that was never there has read nothing."""
    there = redis.xinfo_groups(stream) if redis.exists(stream) else []
    found = next((line for line in there if text(line["name"]) == group), None)
    if found is None:
        unread = int(redis.xlen(stream))
        return Queue(unread, 0, _first_after(redis, stream, "0-0") if unread else None)
    waiting = redis.xpending(stream, group)
    unread = _unread(redis, stream, found.get("lag"), waiting["pending"])
    if waiting["pending"]:
        return Queue(unread, waiting["pending"], text(waiting["min"]))
    return Queue(unread, 0, _first_after(redis, stream, text(found["last-delivered-id"])) if unread else None)


def _unread(redis: Redis, stream: str, lag: int | None, pending: int) -> int:
    """Count what the group has not read. Redis 6.2 does not say: there it is all that is neither trimmed nor pending."""
    return max(0, int(redis.xlen(stream)) - pending) if lag is None else int(lag)


def _first_after(redis: Redis, stream: str, entry_id: str) -> str | None:
    found = entries(redis.xrange(stream, id_after(entry_id), "+", count=1))
    return found[0].entry_id if found else None


def _age_s(redis: Redis, oldest_id: str | None) -> float:
    if oldest_id is None:
        return 0.0
    seconds, micros = redis.time()
    return max(0.0, seconds + micros / 1e6 - id_ms(oldest_id) / 1000)
