"""Puts jobs that wait for another try back into their queue, from a thread of this process.

RQ's own scheduler is a fork of the worker, which here would be a fork of what it has loaded, with its threads.
While its queue is empty, RQ looks for the jobs of workers that died only every few minutes, so that is done here too.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis
from redis.exceptions import RedisError
from rq.registry import StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from shared import logs
from shared.repeating import repeating

_log = logs.get("jobs")
_EVERY_S = 1
_LOCK_S = 10
"""How long the lock outlives a worker that was killed."""
_RQ_ADDS_S = 60
"""RQ holds its lock for so much longer than it is told."""


class DueJobs:
    """Puts back what is due, under RQ's lock, so that of several workers one does."""

    def __init__(self, redis: Redis, queue: str) -> None:
        lock_s = _LOCK_S - _RQ_ADDS_S
        self._scheduler = RQScheduler([queue], connection=redis, interval=lock_s, serializer=JSONSerializer)
        self._started = StartedJobRegistry(queue, connection=redis, serializer=JSONSerializer)

    @contextmanager
    def looked_for(self) -> Iterator[None]:
        """Look each second while this lasts."""
        try:
            with repeating("due jobs", _EVERY_S, self._look):
                yield
        finally:
            with suppress(RedisError):  # the lock expires by itself
                self._scheduler.release_locks()

    def put_back(self) -> None:
        """Put what is due back into the queue, and what dead workers held, if this worker holds the lock."""
        if self._scheduler.acquire_locks():
            self._started.cleanup()
            self._scheduler.enqueue_scheduled_jobs()

    def _look(self) -> None:
        try:
            self.put_back()
        except RedisError as error:
            _log.warning("jobs wait for Redis", error=type(error).__name__)
