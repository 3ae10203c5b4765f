"""Capture to roster: one kiosk, one network, both sample people in turn until enough verdicts are recorded."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.launcher.bench.figures import Latency, Missing, spread
from services.launcher.bench.rig import Rig
from services.launcher.office import Json

_POLL_S = 1.0
_PER_WALKUP_S = 16.0
"""A walk-up takes 5.5 s, a real clip up to 14; a kiosk that gives no verdict for so long is not counted on."""


def measure_latency(rig: Rig, kiosk: str, file: Path, walkups: int, told: Callable[[int], None]) -> Latency | Missing:
    """Wait for `walkups` verdicts at one kiosk that shows a reel; return how long each took to its row."""
    rig.show(kiosk, file, 0)
    deadline_s = time.monotonic() + walkups * _PER_WALKUP_S
    attempts: list[Json] = []
    while len(attempts) < walkups and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
        attempts = [attempt for attempt in rig.attempts() if attempt["kiosk_id"] == kiosk]
        told(len(attempts))
    rig.office.delete_kiosk(kiosk)
    taken_ms = [_latency_ms(attempt) for attempt in attempts if attempt["frame_sent_at"]]
    if not taken_ms:
        return Missing(not_available="no verdict was recorded: see the services' logs (--logs)")
    return Latency(spread=spread(taken_ms), verdicts=dict(Counter(attempt["verdict"] for attempt in attempts)))


def _latency_ms(attempt: Json) -> float:
    recorded, sent = (datetime.fromisoformat(attempt[name]) for name in ("recorded_at", "frame_sent_at"))
    return (recorded - sent).total_seconds() * 1000
