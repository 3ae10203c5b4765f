"""What Redis may do to us that passes by itself, told from what is our own mistake."""

from typing import Literal

from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

Kind = Literal["connection", "timeout", "full", "loading", "nogroup", "other"]

_SAID: tuple[tuple[str, Kind], ...] = (
    ("OOM command not allowed", "full"),
    ("MISCONF", "full"),
    ("READONLY", "full"),
    ("LOADING", "loading"),
    ("BUSY Redis is busy", "loading"),
    ("NOGROUP", "nogroup"),
    ("UNBLOCKED", "nogroup"),  # the stream went while a read waited on it
    ("No such key", "nogroup"),
    ("requires the key to exist", "nogroup"),
)
"""What replies say, wherever in them: scripts and transactions put their own words around it."""

SENTENCES: dict[Kind, str] = {
    "connection": "the events Redis cannot be reached; trying again",
    "timeout": "the events Redis does not answer in time; trying again",
    "full": "the events Redis refuses writes (out of memory, or its disk is full): make room; nothing is lost meanwhile",
    "loading": "the events Redis is loading its data; waiting",
    "nogroup": "the events Redis had lost the consumer group; it is made again",
    "other": "the events Redis answers with an error that nobody expected",
}


def kind_of(error: RedisError) -> Kind:
    """Return what went wrong with Redis; `other` is what waiting does not mend."""
    if isinstance(error, BusyLoadingError):
        return "loading"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, OutOfMemoryError | ReadOnlyError):
        return "full"
    if isinstance(error, ConnectionError):
        return "connection"
    if isinstance(error, ResponseError):
        return next((kind for words, kind in _SAID if words in str(error)), "other")
    return "other"
