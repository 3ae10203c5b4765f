"""Long work: asked for, followed, its files fetched, forgotten when its time is over."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlmodel import col, delete, select

from services.api.db.tables import Job, JobPart
from services.api.jobs import parts
from services.api.office.work import Work
from services.api.problems import ProblemBody, not_found
from shared import logs
from shared.errors import Invalid

QUEUE = "office"
FUNCTION = "services.api.jobs.worker.do"
TIMEOUT_S = 6 * 3600
RESEND_AFTER = timedelta(seconds=60)
_TRIES = 3
_PROBLEM = "problem"
_log = logs.get("jobs")

State = Literal["uploading", "queued", "running", "done", "failed"]


class JobFile(BaseModel):
    """A file that a job made."""

    name: str
    media_type: str
    size_bytes: int


class JobPublic(BaseModel):
    """One job."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "job-3f",
                    "kind": "report",
                    "state": "running",
                    "done": 3,
                    "total": 12,
                    "result": {},
                    "files": [],
                    "error": "",
                    "created_by": "user:2",
                    "created_at": "2026-11-23T12:00:00Z",
                    "started_at": "2026-11-23T12:00:01Z",
                    "finished_at": None,
                    "expires_at": None,
                }
            ]
        }
    )

    id: str
    kind: str
    state: State
    done: int = Field(description="Steps done, of `total`; 0 of 0 before it knows.")
    total: int
    result: dict[str, object]
    files: list[JobFile]
    error: str
    problem: ProblemBody | None = Field(None, description="Why it failed, for a page in any language.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When its files are deleted.")


def ask(
    work: Work, kind: str, params: Mapping[str, object], *, files: Mapping[str, bytes] | None = None, total: int = 0
) -> JobPublic:
    """Ask for a job; it is handed to the queue after the commit (`hand_over`), or by the next sweep."""
    job = Job(
        id=f"job-{secrets.token_hex(12)}",
        kind=kind,
        total=total,
        params=dict(params),
        created_by=work.by.actor,
        created_at=work.now,
        expires_at=work.now + timedelta(days=work.api.job_days),
    )
    work.session.add(job)
    work.session.flush()
    for name, data in (files or {}).items():
        parts.write(work.session, work.media, job.id, name, data)
    work.note(f"job.{kind}", f"job:{job.id}")
    return public(job)


def hand_over(work: Work, job_id: str) -> None:
    """Put a job in the queue; while Redis is away it waits in the database for `resend_lost`."""
    try:
        _queue(work).enqueue_call(
            FUNCTION,
            args=(job_id,),
            job_id=job_id,
            timeout=TIMEOUT_S,
            result_ttl=600,
            failure_ttl=86_400,
            retry=Retry(max=_TRIES),
        )
    except RedisError as error:
        _log.warning("a job waits for Redis", job=job_id, error=type(error).__name__)


def resend_lost(work: Work) -> int:
    """Hand over again what waits or runs and is in no queue any more; return how many."""
    old = col(Job.created_at) < work.now - RESEND_AFTER
    waiting = work.session.exec(select(Job).where(col(Job.state).in_(("queued", "running")), old)).all()
    lost = [job.id for job in waiting if _vanished(work, job.id)]
    for job_id in lost:
        hand_over(work, job_id)
    return len(lost)


def get(work: Work, job_id: str) -> Job:
    """Return a job.

    Raises:
        Problem: there is none.
    """
    job = work.session.get(Job, job_id)
    if job is None:
        raise not_found("job", job_id, "job_id")
    return job


def show(work: Work, job_id: str) -> JobPublic:
    """Return one job.

    Raises:
        Problem: there is none.
    """
    return public(get(work, job_id))


def find(work: Work, kind: str | None = None, limit: int = 50) -> list[JobPublic]:
    """Return jobs, newest first."""
    query = select(Job).order_by(col(Job.created_at).desc()).limit(limit)
    return [public(job) for job in work.session.exec(query.where(Job.kind == kind) if kind else query)]


def file_of(work: Work, job_id: str, name: str) -> tuple[JobFile, bytes]:
    """Return a file that a job made.

    Raises:
        Problem: there is none, or its time is over.
    """
    found = next((file for file in show(work, job_id).files if file.name == name), None)
    if found is None:
        raise not_found(f"file of job {job_id}", name, "name")
    try:
        return found, parts.read(work.session, work.media, job_id, name)
    except Invalid as error:
        raise not_found(f"file of job {job_id}", name, "name") from error


def forget_old(work: Work) -> None:
    """Delete the files of jobs whose time is over; the rows stay, with their numbers."""
    over = select(Job.id).where(col(Job.expires_at) < work.now)
    work.session.exec(delete(JobPart).where(col(JobPart.job_id).in_(over)))


def public(job: Job) -> JobPublic:
    """Shape one job."""
    fields: dict[str, Any] = job.model_dump(exclude={"params", "result"})
    result = {name: value for name, value in job.result.items() if name != _PROBLEM}
    return JobPublic(**fields, result=result, problem=problem_of(job))


def kept_problem(why: ProblemBody) -> dict[str, object]:
    """Return why a job failed as its result keeps it."""
    return {_PROBLEM: why.model_dump(include={"code", "message", "values"})}


def problem_of(job: Job) -> ProblemBody | None:
    """Return why a job failed; None where it did not, or failed before this was kept."""
    kept = job.result.get(_PROBLEM)
    return None if kept is None else ProblemBody.model_validate(kept)


def _vanished(work: Work, job_id: str) -> bool:
    try:
        job = RqJob.fetch(job_id, connection=work.events, serializer=JSONSerializer)
    except NoSuchJobError:
        return True
    return cast(str, job.get_status(refresh=False)) in ("failed", "canceled", "stopped")


def _queue(work: Work) -> Queue:
    return Queue(QUEUE, connection=work.events, serializer=JSONSerializer)
