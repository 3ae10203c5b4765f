"""The worker of the office's long jobs."""

import time
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import Job
from services.api.jobs import worker
from services.api.jobs.run import JobRun, JobTools
from services.api.jobs.worker import OfficeWorker
from services.api.office import jobs
from services.api.web.deps import Deps


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

    monkeypatch.setattr(worker, "HELD_S", 4)
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


def _held_until(redis: Redis, registry: StartedJobRegistry) -> float:
    """Return the time until which the job is its worker's."""
    found: Any = redis.zrange(registry.key, 0, -1, withscores=True)
    return max((float(score) for _, score in found), default=0.0)
