"""Keeps the claims of a step that takes long, so that nobody takes its entries for a dead worker's."""

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from redis.exceptions import RedisError

from shared.group import Claimed, Consumer


class Renewal:
    """Renews what this worker holds, every `every_s`, from a thread of its own. Used as a context manager."""

    def __init__(self, consumer: Consumer, every_s: float) -> None:
        self._consumer = consumer
        self._every_s = every_s
        self._held: dict[tuple[str, str], Claimed] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def hold(self, claimed: Iterable[Claimed]) -> None:
        """Keep these from now on."""
        with self._lock:
            self._held.update({(entry.stream, entry.entry_id): entry for entry in claimed})

    def release(self, stream: str, entry_id: str) -> None:
        """Keep this one no more."""
        with self._lock:
            self._held.pop((stream, entry_id), None)

    def held(self) -> list[Claimed]:
        """Return what is kept now."""
        with self._lock:
            return list(self._held.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            claimed = self.held()
            if not claimed:
                continue
            try:
                self._consumer.renew(claimed)
            except RedisError:
                continue  # the loop meets the same trouble, and says so
