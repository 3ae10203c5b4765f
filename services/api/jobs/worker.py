"""The process `python -m services.api office`: takes jobs from the queue `office`, without forks and pickles."""

import signal
import sys
import threading
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel import col, update

from services.api.auth.caller import Caller
from services.api.db import engine as db
from services.api.db.tables import Job, User
from services.api.ingest.beside import reason_of
from services.api.ingest.run import ready_engine
from services.api.jobs.kinds import KINDS
from services.api.jobs.outbox import outbox_tidied
from services.api.jobs.run import JobRun, JobTools
from services.api.office.jobs import FUNCTION, QUEUE, kept_problem
from services.api.problems import Problem, ProblemBody
from services.api.settings import ApiSettings
from shared import logs, metrics
from shared.clock import SystemClock
from shared.connections import connect_events
from shared.due_jobs import DueJobs
from shared.errors import NeroError, Unavailable
from shared.health import HealthBoard, HealthServer
from shared.keys import load_ring
from shared.queue_worker import QueueWorker

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
        _fail(tools, job_id, problem.body)
    except NeroError as error:
        _fail(tools, job_id, ProblemBody(code="unable", message=str(error), where=None))
    except DBAPIError as error:  # the database is away or busy: RQ tries again, and keeps what is raised
        raise Unavailable(reason_of(error)) from None
    except Exception as error:  # noqa: BLE001 - one job's bug must not end the worker
        text = f"It failed ({type(error).__name__}): see the log."
        _fail(tools, job_id, ProblemBody(code="bug", message=text, where=None))
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
            due = DueJobs(connect_events(settings, "office-due"), QUEUE)
            with due.looked_for(), outbox_tidied(_tools[0]):
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
    health.set("office", True, f"taking jobs from the queue {QUEUE}")
    return OfficeWorker.on(connect_events(settings, "office-queue"), QUEUE)


def make_ready(tools: JobTools) -> None:
    """Give this process what its jobs stand on."""
    _tools[:] = [tools]


class OfficeWorker(QueueWorker):
    """Does one function."""

    functions = frozenset({FUNCTION})


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


def _fail(tools: JobTools, job_id: str, why: ProblemBody) -> None:
    _end(tools, job_id, state="failed", error=why.message, result=kept_problem(why))


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
