"""Leases, fences and the register of workers in Redis: each operation is one script."""

from redis import Redis
from redis.typing import EncodableT, FieldT

from shared import names
from shared.durable import flat
from shared.redis_replies import text

_TAKE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. fence, 'PX', ARGV[2])
return fence
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_GIVE_UP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
_EMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then return false end
return redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
"""
_REGISTER = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[2])
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""


class LeaseScripts:
    """One worker's operations on leases of `life_ms`."""

    def __init__(self, redis: Redis, worker: str, life_ms: int) -> None:
        self._redis = redis
        self._worker = worker
        self._life_ms = life_ms
        self._take, self._renew, self._give_up, self._emit, self._register = map(
            redis.register_script, (_TAKE, _RENEW, _GIVE_UP, _EMIT, _REGISTER)
        )

    def take(self, kiosk_id: str) -> int | None:
        """Take a lease that nobody has; return its fence, or None."""
        keys = [names.lease(kiosk_id), names.fence(kiosk_id)]
        return int(self._take(keys=keys, args=[self._worker, self._life_ms])) or None

    def renew(self, kiosk_id: str, fence: int) -> bool:
        """Begin a lease's life anew; False if it is not this worker's any more."""
        return bool(self._renew(keys=[names.lease(kiosk_id)], args=[self._mark(fence), self._life_ms]))

    def give_up(self, kiosk_id: str, fence: int) -> bool:
        """End a lease; False if it was not this worker's any more."""
        return bool(self._give_up(keys=[names.lease(kiosk_id)], args=[self._mark(fence)]))

    def emit(self, kiosk_id: str, fence: int, stream: str, fields: dict[FieldT, EncodableT]) -> str | None:
        """Add an entry to `stream` if lease and fence still stand; return its id, or None."""
        keys = [names.lease(kiosk_id), names.fence(kiosk_id), stream]
        added = self._emit(keys=keys, args=[self._mark(fence), fence, *flat(fields)])
        return None if added is None else text(added)

    def register(self) -> list[str]:
        """Say that this worker lives; return all that said so within a lease's life."""
        alive = self._register(keys=[names.LIVENESS_WORKERS], args=[self._worker, self._life_ms])
        return [text(worker) for worker in alive]

    def sign_off(self) -> None:
        """Say that this worker ends."""
        self._redis.zrem(names.LIVENESS_WORKERS, self._worker)

    def _mark(self, fence: int) -> str:
        return f"{self._worker} {fence}"
