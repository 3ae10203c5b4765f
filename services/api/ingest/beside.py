"""What ingest does beside the stage: it publishes the views, tidies, and measures. It outlives what is away."""

import threading
from collections.abc import Callable

from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.api.ingest.brokers import Brokers
from services.api.ingest.publisher import Publisher
from services.api.ingest.tidy import measure, tidy
from shared import metrics
from shared.clock import Clock
from shared.health import HealthBoard

PUBLISH_EVERY_S = 1.0
_GATHER_S = 0.2
"""So long the commits of a burst gather, to be published as one."""
_TIDY_EVERY_S = 10.0
_Away = RedisError | DBAPIError | PoolTimeoutError


class Beside:
    """The thread beside the stage."""

    def __init__(
        self, publisher: Publisher, engine: Engine, brokers: Brokers, clock: Clock, health: HealthBoard
    ) -> None:
        self._publisher = publisher
        self._engine = engine
        self._brokers = brokers
        self._clock = clock
        self._health = health
        self._tidied_s = float("-inf")

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Publish each second and soon after commits; tidy and measure now and then."""
        while not stop.is_set():
            self._say("views", self._publisher.publish)
            self._now_and_then()
            if wake.wait(PUBLISH_EVERY_S):
                stop.wait(_GATHER_S)
            wake.clear()

    def _now_and_then(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._tidied_s < _TIDY_EVERY_S:
            return
        self._tidied_s = now_s
        self._say("tidying", lambda: tidy(self._engine, self._clock.now()))
        self._say("measuring", lambda: measure(self._engine, self._clock.now()))
        self._say("brokers", self._brokers.measure)

    def _say(self, part: str, work: Callable[[], object]) -> None:
        try:
            work()
        except (RedisError, DBAPIError, PoolTimeoutError) as error:
            self._health.set(part, ok=False, sentence=f"will be done when it can: {reason_of(error)}")
            if not isinstance(error, RedisError):
                metrics.DATABASE_UP.labels(self._engine.dialect.name).set(0)
        else:
            self._health.set(part, ok=True, sentence="up to date")
            if part == "measuring":  # this one has just asked the database, and nothing else
                metrics.DATABASE_UP.labels(self._engine.dialect.name).set(1)


def reason_of(error: _Away) -> str:
    """Return one line, without a statement's parameters."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return said.strip().splitlines()[0] if said.strip() else type(error).__name__
