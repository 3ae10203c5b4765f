"""A page's clock against this node's, and the frame times that follow."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

_KEPT = 16
"""Measurements: at one each two seconds, half a minute. Clocks drift far less in that time than the
best round trip leaves unknown."""


class _Measured(NamedTuple):
    round_trip_s: float
    offset_s: float


class PageClock:
    """Estimates page clock minus node clock, from the exchange with the shortest round trip (after Cristian, 1989)."""

    def __init__(self) -> None:
        self._measured: deque[_Measured] = deque(maxlen=_KEPT)

    def measured(self, sent_at: datetime, received_at: datetime, page_ms: float) -> None:
        """Take one exchange in: the page answered `page_ms`, about half-way between the node's two times."""
        round_trip_s = max(0.0, (received_at - sent_at).total_seconds())
        middle_s = sent_at.timestamp() + round_trip_s / 2
        self._measured.append(_Measured(round_trip_s, page_ms / 1000 - middle_s))

    @property
    def measurements(self) -> int:
        """How many exchanges are kept."""
        return len(self._measured)

    @property
    def offset_s(self) -> float | None:
        """Page clock minus node clock; None before the first exchange."""
        return min(self._measured).offset_s if self._measured else None


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When a frame was taken, by this node's clock, and whether the page's word for it was overruled."""

    captured_at: datetime
    clamped: bool


def frame_time(
    page_ms: float, offset_s: float | None, received_at: datetime, max_skew_s: float, previous: datetime | None
) -> FrameTime:
    """Turn a page's time into this node's.

    It is never after the receipt, never more than `max_skew_s` before it, and never before the
    frame before. Without a measured clock it is the receipt.
    """
    if offset_s is None:
        return FrameTime(_not_before(received_at, previous), clamped=False)
    age_s = received_at.timestamp() - (page_ms / 1000 - offset_s)
    # The offset is known to some milliseconds only: a frame slightly from the future is no lie.
    clamped = age_s < -max_skew_s or age_s > max_skew_s
    allowed_s = min(max(age_s, 0.0), max_skew_s)
    return FrameTime(_not_before(received_at - timedelta(seconds=allowed_s), previous), clamped)


def _not_before(when: datetime, previous: datetime | None) -> datetime:
    return when if previous is None or when > previous else previous + timedelta(milliseconds=1)
