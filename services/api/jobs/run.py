"""One run of one job: what it works with, how it tells its progress, what it leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import Engine
from sqlmodel import col, update

from services.api.auth.caller import Caller
from services.api.db import engine as db
from services.api.db.tables import Job
from services.api.jobs import parts
from services.api.office.work import Work, follow_schedule
from services.api.settings import ApiSection
from shared.clock import Clock
from shared.keys import KeyRing

TELL_EVERY_S = 0.5
"""How often progress is written: each time is a commit."""


@dataclass(frozen=True)
class JobTools:
    """What every job of this process stands on."""

    engine: Engine
    events: "Redis"
    api: ApiSection
    media: KeyRing
    clock: Clock
    data_dir: Path = Path("var/data")


class JobRun:
    """What a job's function is given. It may be run again after a crash: what it did must not be done twice."""

    def __init__(self, tools: JobTools, job_id: str, params: dict[str, Any], by: Caller) -> None:
        self.job_id = job_id
        self.params = params
        self.by = by
        self.tools = tools
        self._told_s = float("-inf")

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Open a piece of work that only reads, as the one who asked for the job."""
        with db.reading(self.tools.engine) as session:
            yield self._work(session)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Open a piece of work that commits at its end; keep it short, a hall checks in meanwhile."""
        with db.writing(self.tools.engine) as session, follow_schedule(session):
            yield self._work(session)

    def progress(self, done: int, total: int) -> None:
        """Say how far it is; the last step is always written, the others now and then."""
        now_s = self.tools.clock.monotonic_s()
        if done < total and now_s - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now_s
        with db.writing(self.tools.engine) as session:
            session.exec(update(Job).where(col(Job.id) == self.job_id).values(done=done, total=total))

    def read(self, name: str) -> bytes:
        """Return a file that the job was given.

        Raises:
            Invalid: it is gone, or was changed.
        """
        with db.reading(self.tools.engine) as session:
            return parts.read(session, self.tools.media, self.job_id, name)

    def leave(self, name: str, media_type: str, data: bytes) -> None:
        """Leave a file to be fetched, in place of one of this name from a run before."""
        with db.writing(self.tools.engine) as session:
            job = session.get_one(Job, self.job_id)
            parts.write(session, self.tools.media, self.job_id, name, data)
            others = [file for file in job.files if file["name"] != name]
            job.files = [*others, {"name": name, "media_type": media_type, "size_bytes": len(data)}]
            session.add(job)

    def _work(self, session: Any) -> Work:
        tools = self.tools
        return Work(session, self.by, tools.clock.now(), tools.api, tools.media, tools.events)
