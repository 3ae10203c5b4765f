"""The worker of the office's long jobs."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, Retry
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import Job
from services.api.jobs import worker
from services.api.jobs.run import JobRun, JobTools
from services.api.jobs.worker import OfficeWorker
from services.api.office import jobs
from services.api.problems import unfit
from services.api.web.deps import Deps
from services.api.words import words_of
from services.launcher.embedded_redis import EmbeddedRedis
from shared.errors import Unavailable
from tests.api_web.serving import until
from tests.office.site import open_site


def test_a_worker_is_heard_of_while_it_does_a_long_job(
    deps: Deps, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    registry = StartedJobRegistry(queue=queue)

    def until_heard_again(run: JobRun) -> dict[str, object]:
        held_until = _held_until(redis, registry)
        deadline_s = time.monotonic() + 60
        while _held_until(redis, registry) <= held_until:
            assert time.monotonic() < deadline_s, "nothing was heard of the worker"
            time.sleep(0.05)
        return {"heard": True}

    monkeypatch.setattr(OfficeWorker, "held_s", 4)
    monkeypatch.setattr(worker, "KINDS", {"long": until_heard_again})
    worker.make_ready(JobTools(deps.engine, redis, deps.settings.api, deps.media, deps.clock))
    with deps.writing(Caller(user_id=2, role="admin")) as work:
        job_id = jobs.ask(work, "long", {}).id
    with deps.reading(Caller()) as work:
        jobs.hand_over(work, job_id)
    OfficeWorker([queue], connection=redis, serializer=JSONSerializer).work(burst=True)
    with reading(deps.engine) as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.result, job.error) == ("done", {"heard": True}, "")


def test_why_a_job_failed_is_kept_for_a_page_in_any_language(
    deps: Deps, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: JobRun) -> dict[str, object]:
        raise unfit("unknown_student", "There is no active student S9.", "student_ids", students="S9")

    def lacks(_: JobRun) -> dict[str, object]:
        raise Unavailable("the mail server does not answer")

    monkeypatch.setattr(worker, "KINDS", {"refuses": refuses, "lacks": lacks})
    worker.make_ready(JobTools(deps.engine, redis, deps.settings.api, deps.media, deps.clock))
    found = {}
    for kind in ("refuses", "lacks"):
        with deps.writing(Caller(user_id=2, role="admin")) as work:
            job_id = jobs.ask(work, kind, {}).id
        worker.do(job_id)
        with deps.reading(Caller()) as work:
            found[kind] = jobs.show(work, job_id)
    assert (found["refuses"].error, found["refuses"].result) == ("There is no active student S9.", {})
    assert found["lacks"].error == "the mail server does not answer"
    malay = words_of("ms")
    said = [malay.problem(job.problem) for job in found.values() if job.problem is not None]
    assert said == [malay.say("problem.unknown_student", students="S9"), malay.say("problem.unable")]


def test_a_job_whose_worker_was_killed_is_soon_done_by_another(
    redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    queue = Queue(jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    registry = StartedJobRegistry(queue=queue)
    queue.enqueue_call(jobs.FUNCTION, args=("job-1",), job_id="job-1", retry=Retry(max=1))
    killed = OfficeWorker.on(redis, jobs.QUEUE)
    taken, _ = Queue.dequeue_any([queue], None, connection=redis, serializer=JSONSerializer)
    killed.prepare_execution(taken)
    killed.prepare_job_execution(taken)
    with closing(open_site(tmp_path, redis_server.url, "office")) as site:
        with site.work() as work:
            work.session.add(Job(id="job-1", kind="mail", created_by="user:1", created_at=work.now))
        held: Any = redis.zrange(registry.key, 0, -1)
        redis.zadd(registry.key, {held[0]: time.time() - 1})  # nobody has heard of the worker for its minute

        def state() -> str:
            with site.looking() as session:
                return str(session.get_one(Job, "job-1").state)

        until(lambda: state() == "done", "the job of the killed worker is done", timeout_s=60)


def _held_until(redis: Redis, registry: StartedJobRegistry) -> float:
    """Return the time until which the job is its worker's."""
    found: Any = redis.zrange(registry.key, 0, -1, withscores=True)
    return max((float(score) for _, score in found), default=0.0)
