"""A worker of one RQ queue: without forks, so that what it has loaded stays, and without pickles.

For the two services that have RQ; the others never import this.
"""

import logging
from contextlib import suppress
from typing import Any, ClassVar, Self

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from shared import logs
from shared.repeating import repeating

_log = logs.get("jobs")
_SWEEP_S = 30


class QueueWorker(SimpleWorker):  # type: ignore[misc]  # rq gives its workers no types
    """Does the functions of its own and nothing else: a job's name in the queue is code that somebody else chose."""

    functions: ClassVar[frozenset[str]] = frozenset()
    """The names of what it does."""
    held_s: ClassVar[int] = 60
    """A job that its worker has not been heard of for so long is another's to do."""

    @classmethod
    def on(cls, redis: Redis, queue: str) -> Self:
        """Compose one; `.work()` runs it until it is told to stop. RQ lengthens the timeouts of its connection."""
        logging.getLogger("rq.worker").setLevel(logging.WARNING)
        return cls(
            [Queue(queue, connection=redis, serializer=JSONSerializer)],
            connection=redis,
            serializer=JSONSerializer,
            maintenance_interval=_SWEEP_S,
            log_job_description=False,
        )

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return how long a job is this worker's without a word."""
        return self.held_s

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the job, or fail it unread where it is none of this worker's."""
        if job.func_name not in self.functions:
            why = f"{job.func_name!r} is no job of this worker"
            self.handle_job_failure(job, queue, exc_string=why, execution=execution)
            return False

        def say() -> None:
            with suppress(RedisError):  # said again in a moment
                self.maintain_heartbeats(job, execution)

        # A worker without forks has nobody else to say that it lives while a long job is done.
        with repeating("heard", self.held_s / 4, say):
            return bool(super().perform_job(job, queue, execution))

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log what a job raised; RQ's own handler prints its message too."""
        _log.error("a job broke, or waits", job=job.id, exc_info=exc_info)
