"""Time is passed in: a service gets a `Clock`, a test advances a `ManualClock`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is recorded, monotonic seconds for what is measured."""

    def now(self) -> datetime:
        """Return the aware wall time, UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back; only differences mean anything."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands still until a test advances it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Move both times on by `seconds`."""
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds
