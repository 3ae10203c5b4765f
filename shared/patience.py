"""Waiting for Redis, or for what a step needs: with backoff, saying so, and only as long as nobody asks to stop."""

import threading
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import RedisError

from shared import metrics
from shared.broker_errors import SENTENCES, kind_of
from shared.errors import NeroError
from shared.health import HealthBoard

_FIRST_S = 0.05
T = TypeVar("T")


class StageBroken(NeroError):  # noqa: N818 - what happened, as in the log
    """The step fails whatever it is given: the process must end with an error, and a person must look."""


class StopAsked(Exception):  # noqa: N818
    """Stop was asked for while waiting."""


class Patience:
    """How one stage waits."""

    def __init__(self, stage: str, longest_s: float, rejoin: Callable[[], None], health: HealthBoard | None) -> None:
        """Wait at most `longest_s` between tries; `rejoin` makes the consumer group again where it is gone."""
        self._stage = stage
        self._longest_s = longest_s
        self._rejoin = rejoin
        self._health = health
        self._wait_s = _FIRST_S
        self.stop = threading.Event()

    def insist(self, command: Callable[[], T]) -> T:
        """Do it, as often as it takes: what a step worked out is not thrown away over a Redis that is away.

        Raises:
            StopAsked: before it worked.
            StageBroken: Redis answers what waiting does not mend.
        """
        while True:
            try:
                return command()
            except RedisError as error:
                self.wait_out(error)

    def wait_out(self, error: RedisError) -> None:
        """Wait a little for Redis. Raises as `insist` does."""
        kind = kind_of(error)
        metrics.BROKER_ERRORS.labels("events", kind).inc()
        metrics.BROKER_UP.labels("events").set(0)
        if kind == "other":
            raise StageBroken(f"{self._stage}: Redis answers: {error}") from error
        self.wait_for(SENTENCES[kind])
        if kind == "nogroup":
            self._try_to_rejoin()

    def wait_for(self, why: str) -> None:
        """Say `why`, and wait: each time longer, until all is well.

        Raises:
            StopAsked: stop was asked for.
        """
        self._say(False, why)
        if self.stop.wait(self._wait_s):
            raise StopAsked
        self._wait_s = min(2 * self._wait_s, self._longest_s)

    def all_well(self, sentence: str) -> None:
        """Say that it works (again)."""
        self._wait_s = _FIRST_S
        metrics.BROKER_UP.labels("events").set(1)
        self._say(True, sentence)

    def _try_to_rejoin(self) -> None:
        try:
            self._rejoin()
        except RedisError:
            return  # whoever waits tries again, and meets it again

    def _say(self, ok: bool, sentence: str) -> None:
        if self._health is not None:
            self._health.set(self._stage, ok, sentence)
