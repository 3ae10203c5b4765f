"""Keeps the claims of a step that takes long, so that nobody takes its entries for a dead worker's."""

import threading
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from redis.exceptions import RedisError

from shared.group import Claimed, Consumer
from shared.repeating import repeating


class Renewal:
    """Renews what this worker holds, every `every_s`, from a thread of its own. Used as a context manager."""

    def __init__(self, consumer: Consumer, every_s: float) -> None:
        self._consumer = consumer
        self._held: dict[tuple[str, str], Claimed] = {}
        self._lock = threading.Lock()
        self._renewing = repeating("renewal", every_s, self._renew)

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
        self._renewing.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renewing.__exit__(kind, error, trace)

    def _renew(self) -> None:
        claimed = self.held()
        if claimed:
            with suppress(RedisError):  # the loop meets the same trouble, and says so
                self._consumer.renew(claimed)
