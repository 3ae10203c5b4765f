"""The process `python -m services.api office`: takes jobs from the queue `office`, without forks and pickles."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, update

from services.api.auth.caller import Caller
from services.api.db import engine as db
from services.api.db.tables import Job, User
from services.api.ingest.run import ready_engine
from services.api.jobs.kinds import KINDS
from services.api.jobs.run import JobRun, JobTools
from services.api.office.jobs import FUNCTION, QUEUE
from services.api.problems import Problem
from services.api.settings import ApiSettings
from shared import logs, metrics
from shared.clock import SystemClock
from shared.connections import connect_events
from shared.errors import NeroError
from shared.health import HealthBoard, HealthServer
from shared.keys import load_ring

HELD_S = 60
"""A job that its worker has not been heard of for so long is another's to do."""
_SWEEP_S = 30
_log = logs.get("jobs")
_tools: list[JobTools] = []
"""What the jobs of this process stand on, made once."""


def do(job_id: str) -> None:
    """Do one job, as RQ calls it; a job that is done already is not done again."""
    tools = _tools[0]
    begun = _begin(tools, job_id)
    if begun is None:
        return
    _log.info("job begins", job=job_id, kind=begun.kind)
    try:
        with metrics.OFFICE_JOB_SECONDS.labels(begun.kind).time():
            result = KINDS[begun.kind](JobRun(tools, job_id, dict(begun.params), _asked_by(tools, begun)))
    except Problem as problem:  # what was asked for is wrong: trying again can't help
        _end(tools, job_id, state="failed", error=problem.body.message)
    except NeroError as error:
        _end(tools, job_id, state="failed", error=str(error))
    except DBAPIError:
        raise  # the database is away or busy: RQ tries again
    except Exception as error:  # noqa: BLE001 - one job's bug must not end the worker
        _end(tools, job_id, state="failed", error=f"It failed ({type(error).__name__}): see the log.")
        _log.exception("job failed", job=job_id, kind=begun.kind)
    else:
        _end(tools, job_id, state="done", result=result)
    metrics.OFFICE_JOBS.labels(begun.kind, _state(tools, job_id)).inc()


def run(settings: ApiSettings) -> None:
    """Take jobs until SIGTERM or SIGINT, which RQ handles: the job in hand is finished.

    Raises:
        Unavailable: the key ring is missing.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # until RQ's own handlers take over
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        worker = office_worker(settings, health)
        if worker is not None:
            worker.work()
    finally:
        server.stop()


def office_worker(settings: ApiSettings, health: HealthBoard) -> "OfficeWorker | None":
    """Compose the worker; `.work()` runs it until it is told to stop. None: stopped before.

    Raises:
        Unavailable: the key ring is missing.
    """
    media = load_ring(settings.keys_dir, "media")
    engine = ready_engine(settings, health, threading.Event())
    if engine is None:
        return None
    events = connect_events(settings, "office-jobs")
    make_ready(JobTools(engine, events, settings.api, media, SystemClock(), settings.data_dir))
    redis = connect_events(settings, "office-queue")  # RQ lengthens its timeouts: a connection of its own
    health.set("office", True, f"taking jobs from the queue {QUEUE}")
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    return OfficeWorker(
        [Queue(QUEUE, connection=redis, serializer=JSONSerializer)],
        connection=redis,
        serializer=JSONSerializer,
        maintenance_interval=_SWEEP_S,
        log_job_description=False,
    )


def make_ready(tools: JobTools) -> None:
    """Give this process what its jobs stand on."""
    _tools[:] = [tools]


class OfficeWorker(SimpleWorker):  # type: ignore[misc]  # rq gives its workers no types
    """Does one function: a job's name in the queue is code that somebody else chose."""

    def get_heartbeat_ttl(self, job: RqJob, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return how long a job is this worker's without a word."""
        return HELD_S

    def perform_job(self, job: RqJob, queue: Queue, execution: Execution) -> bool:
        """Do the job, or fail it unread where it is not the office's."""
        if job.func_name != FUNCTION:
            why = f"{job.func_name!r} is no job of this worker"
            self.handle_job_failure(job, queue, exc_string=why, execution=execution)
            return False
        with self._heard(job, execution):
            return bool(super().perform_job(job, queue, execution))

    @contextmanager
    def _heard(self, job: RqJob, execution: Execution) -> Iterator[None]:
        """Be heard of while a long job is done: a worker without forks has nobody else to say that it lives."""
        done = threading.Event()

        def say() -> None:
            while not done.wait(HELD_S / 4):
                with suppress(RedisError):  # said again in a moment
                    self.maintain_heartbeats(job, execution)

        saying = threading.Thread(target=say, name="heard", daemon=True)
        saying.start()
        try:
            yield
        finally:
            done.set()
            saying.join(timeout=5)


def _begin(tools: JobTools, job_id: str) -> Job | None:
    with db.writing(tools.engine) as session:
        job = session.get(Job, job_id)
        if job is None or job.state in ("done", "failed"):
            return None
        job.state, job.started_at, job.error = "running", tools.clock.now(), ""
        session.add(job)
        session.flush()
        session.expunge(job)
        return job


def _end(tools: JobTools, job_id: str, **values: Any) -> None:
    with db.writing(tools.engine) as session:
        ended = {"finished_at": tools.clock.now(), **values}
        session.exec(update(Job).where(col(Job.id) == job_id).values(**ended))


def _state(tools: JobTools, job_id: str) -> str:
    with db.reading(tools.engine) as session:
        return session.get_one(Job, job_id).state


def _asked_by(tools: JobTools, job: Job) -> Caller:
    """Return who asked for it, with the role they have now."""
    kind, _, number = job.created_by.partition(":")
    if kind != "user":
        return Caller(address="job")
    with db.reading(tools.engine) as session:
        user = session.get(User, int(number))
        return Caller(user_id=int(number), role=user.role if user else None, address="job")  # type: ignore[arg-type]
