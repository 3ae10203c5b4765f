"""Throttling of sign-in and of typed numbers, counted in Redis; in this process alone while Redis is away."""

from collections.abc import Iterable

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from services.api.problems import Problem

CODES_PER_MINUTE = 20
Limit = tuple[RateLimitItem, str]
"""How many in which time, and for whom."""


class Throttle:
    """Counts hits; `hit` raises when a limit is passed."""

    def __init__(self, redis: "Redis | None") -> None:
        self._shared = _limiter(_redis_storage(redis)) if redis is not None else None
        self._own = _limiter(MemoryStorage())

    def hit(self, limits: Iterable[Limit]) -> None:
        """Count one attempt against each limit.

        Raises:
            Problem: 429, with `Retry-After`.
        """
        for item, key in limits:
            if not self._allowed(item, key):
                wait_s = str(item.get_expiry())
                raise Problem(
                    429, "too_many", f"Too many attempts. Try again in {wait_s} s.", headers={"Retry-After": wait_s}
                )

    def _allowed(self, item: RateLimitItem, key: str) -> bool:
        if self._shared is not None:
            try:
                return self._shared.hit(item, key)
            except RedisError:
                pass  # sign-in goes on, counted here
        return self._own.hit(item, key)


def sign_in_limits(name: str, address: str, per_minute: int, per_minute_address: int) -> list[Limit]:
    """For one name from one address, for the address, and for the name from anywhere."""
    return [
        (RateLimitItemPerMinute(per_minute), f"sign-in:{name}:{address}"),
        (RateLimitItemPerMinute(per_minute_address), f"sign-in-from:{address}"),
        (RateLimitItemPerHour(per_minute * 20), f"sign-in-as:{name}"),
    ]


def number_limits(kiosk_id: str, per_minute: int) -> list[Limit]:
    """For one kiosk."""
    return [(RateLimitItemPerMinute(per_minute), f"number:{kiosk_id}")]


def pairing_limits(address: str, per_minute: int) -> list[Limit]:
    """For the codes that screens at one address ask for."""
    return [(RateLimitItemPerMinute(per_minute), f"pairing:{address}")]


def pairing_code_limits(actor: str) -> list[Limit]:
    """For the codes off screens that one admin types."""
    return [(RateLimitItemPerMinute(CODES_PER_MINUTE), f"pairing-code:{actor}")]


def own_photo_limits(link_id: int, max_photos: int) -> list[Limit]:
    """For one student's link: every try of all photos a few times over, and no more."""
    return [
        (RateLimitItemPerMinute(max_photos * 4), f"own-photos:{link_id}"),
        (RateLimitItemPerHour(max_photos * 20), f"own-photos-hour:{link_id}"),
    ]


def still_limits(who: str) -> list[Limit]:
    """For the camera of one page, which looks about once a second; two may be open."""
    return [(RateLimitItemPerMinute(150), f"stills:{who}")]


def handover_limits(who: str, address: str) -> list[Limit]:
    """For typing a code that a colleague shows."""
    return [(RateLimitItemPerMinute(10), f"code:{who}"), (RateLimitItemPerMinute(30), f"code-from:{address}")]


def practice_limits(link_id: int) -> list[Limit]:
    """For one student's link."""
    return [(RateLimitItemPerHour(30), f"practice:{link_id}")]


def _limiter(storage: Storage) -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage)


def _redis_storage(redis: "Redis") -> RedisStorage:
    return RedisStorage("redis://", connection_pool=redis.connection_pool)
