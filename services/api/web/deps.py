"""What the routes stand on, made once by the composition root and found through the request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.requests import HTTPConnection
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from sqlalchemy import Engine
from sqlmodel import Session

from services.api.auth.caller import Caller
from services.api.auth.throttle import Throttle
from services.api.db import engine as db
from services.api.office.work import Work, follow_schedule
from services.api.settings import ApiSettings
from shared.clock import Clock
from shared.health import HealthBoard
from shared.keys import KeyRing


@dataclass(frozen=True)
class Deps:
    """Everything outside that the web process uses."""

    settings: ApiSettings
    engine: Engine
    events: "Redis"
    frames: "Redis"
    connect_frames: Callable[[], "AsyncRedis"]
    """Makes an asynchronous client of the frames Redis, for one event loop."""
    media: KeyRing
    clock: Clock
    health: HealthBoard
    throttle: Throttle

    @contextmanager
    def reading(self, caller: Caller) -> Iterator[Work]:
        """Open a piece of work that only reads."""
        with db.reading(self.engine) as session:
            yield self._work(session, caller)

    @contextmanager
    def writing(self, caller: Caller) -> Iterator[Work]:
        """Open a piece of work that commits at its end; the schedule view follows what it changed."""
        with db.writing(self.engine) as session:
            with follow_schedule(session):
                yield self._work(session, caller)

    def _work(self, session: Session, caller: Caller) -> Work:
        return Work(session, caller, self.clock.now(), self.settings.api, self.media, self.events)


def deps_of(request: HTTPConnection) -> Deps:
    """Return the app's dependencies."""
    deps: Deps = request.app.state.deps
    return deps


def caller_of(request: Request) -> Caller:
    """Return who the guard let in."""
    caller: Caller = request.state.caller
    return caller


DepsDep = Annotated[Deps, Depends(deps_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
