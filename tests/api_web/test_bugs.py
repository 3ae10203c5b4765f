"""What nobody foresaw: the caller gets a problem like any other, the log a type and a place, and nobody a name."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from redis import Redis
from rq import Queue
from rq.job import Job as QueuedJob
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import Job
from services.api.jobs import worker
from services.api.jobs.run import JobRun, JobTools
from services.api.jobs.worker import OfficeWorker
from services.api.office import jobs
from services.api.web.deps import Deps
from tests.api_web.serving import Server
from tests.logged import as_in_a_process

ADA = "Ada Lovelace"


@pytest.fixture
def do(deps: Deps, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[JobRun], None]], Job]:
    """Let the office's worker do one job, and return its row."""

    def done(work_of: Callable[[JobRun], None]) -> Job:
        monkeypatch.setattr(worker, "KINDS", {"broken": work_of})
        worker.make_ready(JobTools(deps.engine, redis, deps.settings.api, deps.media, deps.clock))
        with deps.writing(Caller(user_id=2, role="admin")) as work:
            job_id = jobs.ask(work, "broken", {}).id
        with deps.reading(Caller()) as work:
            jobs.hand_over(work, job_id)
        OfficeWorker.on(redis, jobs.QUEUE).work(burst=True)
        with reading(deps.engine) as session:
            return session.get_one(Job, job_id)

    return done


def test_a_request_that_breaks_is_a_problem_and_its_message_in_no_log(
    deps: Deps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError(f"{ADA} has no hall")

    monkeypatch.setattr(Session, "exec", breaks)
    with as_in_a_process(tmp_path):
        server = Server(deps)
        answer = httpx.post(f"{server.url}/api/v1/sign-in", json={"username": "ada", "password": "x" * 12})
        server.stop()
    said = capsys.readouterr().err
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "bug"
    assert ADA not in answer.text + said
    assert '"error": "ValueError"' in said
    assert "test_bugs.breaks:" in said


def test_a_job_that_breaks_is_failed_and_its_message_in_no_log(
    do: Callable[[Callable[[JobRun], None]], Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(_: JobRun) -> None:
        raise ValueError(f"line 3: {ADA}")

    with as_in_a_process(tmp_path):
        job = do(breaks)
    said = capsys.readouterr().err
    assert (job.state, job.error) == ("failed", "It failed (ValueError): see the log.")
    assert ADA not in said
    assert "test_bugs.breaks:" in said


def test_a_job_whose_database_is_away_leaves_no_name_in_the_log_or_in_redis(
    do: Callable[[Callable[[JobRun], None]], Job], redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(_: JobRun) -> None:
        raise OperationalError("INSERT INTO student", {"name": ADA}, OSError("the server is gone"))

    with as_in_a_process(tmp_path):
        job = do(away)
    said = capsys.readouterr().err
    assert job.state == "running"
    assert ADA not in said
    assert '"error": "Unavailable"' in said
    queue = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    kept = [QueuedJob.fetch(one, connection=redis, serializer=JSONSerializer) for one in _known(queue)]
    results = [result.exc_string for one in kept if (result := one.latest_result())]
    assert ADA not in str(results)


def _known(queue: Queue) -> list[str]:
    return [*queue.job_ids, *queue.failed_job_registry.get_job_ids(), *queue.scheduled_job_registry.get_job_ids()]
