"""A thread that does a few things again and again, and outlives a broker that is away."""

import threading
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from shared import logs, metrics
from shared.health import HealthBoard

_log = logs.get("ticker")


class Ticker:
    """Does each of `duties` each `every_s` until `stop` is set.

    Redis being away is a state; anything else is a bug, and stops the process.
    """

    def __init__(
        self,
        redis_name: str,
        every_s: float,
        duties: Sequence[Callable[[], None]],
        board: HealthBoard,
        stop: threading.Event,
    ) -> None:
        self._redis_name = redis_name
        self._every_s = every_s
        self._duties = duties
        self._board = board
        self._stop = stop
        self._thread = threading.Thread(target=self._run, name=f"{redis_name} ticker", daemon=True)
        self.failure: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the end, after `stop` is set."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 - kept, and the process ends with it
                _log.exception("stopping: this is a bug")
                self.failure = error
                self._stop.set()
            self._stop.wait(self._every_s)

    def tick(self) -> None:
        """Do them once, and say how the broker is."""
        name = self._redis_name
        try:
            for duty in self._duties:
                duty()
        except RedisError as error:
            metrics.BROKER_UP.labels(name).set(0)
            self._board.set(f"{name} redis", False, f"{name} Redis: {type(error).__name__}: {str(error)[:160]}")
        else:
            metrics.BROKER_UP.labels(name).set(1)
            self._board.set(f"{name} redis", True, f"{name} Redis answers")
