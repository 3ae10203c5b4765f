"""Camera times held against the broker's: another machine's clock may be wrong, and must not decide who is late."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.api.settings import ApiSection
from shared import logs, metrics
from shared.events import Event

_log = logs.get("ingest")


class Held(NamedTuple):
    """A time that may be believed."""

    t: datetime
    claimed_at: datetime | None
    """What the camera's clock said, where it was clamped."""


def held_against(captured_at: datetime, received_at: datetime, api: ApiSection) -> Held:
    """Clamp a frame's time to what the broker's receipt makes possible.

    A live face is emitted within seconds of its deciding frame, so a time further back, or ahead,
    is a wrong clock and not a slow pipeline.
    """
    earliest = received_at - timedelta(seconds=api.capture_delay_max_s)
    latest = received_at + timedelta(seconds=api.capture_ahead_max_s)
    t = min(max(captured_at, earliest), latest)
    return Held(t, None if t == captured_at else captured_at)


def hold(event: Event, received_at: datetime, *, simulated: bool, api: ApiSection) -> Held:
    """Hold one event's time, and say how far off it was. Footage on its own clock is believed."""
    if simulated:
        return Held(event.captured_at, None)
    held = held_against(event.captured_at, received_at, api)
    skew_s = (event.captured_at - received_at).total_seconds()
    behind_for_good_reason = held.claimed_at is None and skew_s <= 0
    metrics.CLOCK_SKEW.labels(f"kiosk:{event.kiosk_id}").set(0 if behind_for_good_reason else skew_s)
    if held.claimed_at is not None:
        metrics.CLOCK_CLAMPED.labels(f"kiosk:{event.kiosk_id}").inc()
        _log.warning(
            "a camera's clock is wrong; its time was clamped",
            trace_id=event.trace_id,
            kiosk=event.kiosk_id,
            skew_s=round(skew_s, 1),
        )
    return held
