"""How much room a Redis has left, for its metric."""

from typing import Literal

from redis import Redis
from redis.exceptions import NoPermissionError

from shared import metrics


def measure_room(redis: Redis, which: Literal["events", "frames"]) -> None:
    """Set the free share of the memory that this Redis may use; 1 where it has no limit.

    A user that may not ask (`INFO` is taken from some) measures nothing.
    """
    try:
        memory = redis.info("memory")
    except NoPermissionError:
        return
    metrics.BROKER_MEMORY_FREE.labels(which).set(free_ratio(memory["used_memory"], memory["maxmemory"]))


def free_ratio(used_bytes: int, limit_bytes: int) -> float:
    """Return the free share, 0 to 1.

    >>> free_ratio(25, 100), free_ratio(120, 100), free_ratio(25, 0)
    (0.75, 0.0, 1.0)
    """
    return max(0.0, 1 - used_bytes / limit_bytes) if limit_bytes else 1.0
