"""Clients of the two Redis servers, all made alike."""

import warnings

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from shared.errors import Unavailable
from shared.settings import CommonSettings

SOCKET_TIMEOUT_S = 5.0
BLOCK_MS = 1000
"""The longest that a read may block: well under the socket's timeout, or redis-py would retry it in silence."""
_RETRIES = 2


def connect(url: str, name: str, *, socket_timeout_s: float = SOCKET_TIMEOUT_S, retries: int = _RETRIES) -> Redis:
    """Make a client, bytes in and out. It connects with its first command.

    Args:
        url: `redis://`, `rediss://` or `unix://`, with its password.
        name: shown by `CLIENT LIST`.
        socket_timeout_s: how long one reply may take.
        retries: of one command over a lost connection. A repeated write may be applied twice; 0 where
            the caller's own loop tries again.

    Raises:
        Unavailable: `url` is none.
    """
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.05), retries)
    try:
        client = Redis.from_url(
            url,
            client_name=name,
            socket_timeout=socket_timeout_s,
            socket_connect_timeout=socket_timeout_s,
            retry=retry,
            protocol=2,
        )
    except ValueError as error:
        raise Unavailable(f"NERO_REDIS_URL or NERO_FRAMES_REDIS_URL is no address of a Redis: {error}") from error
    return client


def connect_events(settings: CommonSettings, name: str = "nero") -> Redis:
    """Connect to the events Redis: durable streams, leases, views."""
    return connect(settings.redis_url, name)


def connect_frames(settings: CommonSettings, name: str = "nero") -> Redis:
    """Connect to the frames Redis; warns where it is the events one too."""
    if settings.frames_url == settings.redis_url:
        warnings.warn(
            "frames go through the events Redis, and so into its file: set NERO_FRAMES_REDIS_URL"
            " to a Redis without persistence",
            stacklevel=2,
        )
    return connect(settings.frames_url, name)
