"""How a camera is: what its thread saw, and the state that follows from it."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from services.capture.look import Look
from services.capture.settings import CaptureSection
from shared.events import CameraState

_FPS_OVER_S = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A snapshot of what a camera's thread saw. Seconds are monotonic."""

    open: bool
    last_frame_s: float | None
    same_for_s: float
    black_for_s: float
    waits_for_reader: bool = False
    """Footage in order: the camera is well, liveness has not handled its frame yet."""


def camera_state(seen: Seen, now_s: float, settings: CaptureSection) -> CameraState:
    """Name the state of a camera."""
    if not seen.open or seen.last_frame_s is None:
        return "lost"
    if now_s - seen.last_frame_s > settings.lost_after_s and not seen.waits_for_reader:
        return "lost"
    if seen.black_for_s >= settings.black_after_s:
        return "black"
    if seen.same_for_s >= settings.frozen_after_s:
        return "frozen"
    return "live"


class Vitals:
    """What a camera's thread saw; written by it, read by the one that reports. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._frames_s: deque[float] = deque()
        self._last_s: float | None = None
        self._waits = False
        self._fingerprint: int | None = None
        self._same_since_s = self._looked_s = 0.0
        self._black_since_s: float | None = None
        self.last_frame_at: datetime | None = None
        self.size = (0, 0)
        self.detail = "opening"
        self.busy_since_s: float | None = None
        """Since when the thread is within one call of the camera's driver."""

    def opened(self) -> None:
        """The source is open."""
        with self._lock:
            self._open, self._fingerprint, self._black_since_s = True, None, None

    def lost(self, detail: str) -> None:
        """The source is closed, and why."""
        with self._lock:
            self._open, self.detail = False, detail

    def frame(self, at_s: float, captured_at: datetime) -> None:
        """A frame came."""
        with self._lock:
            self._last_s, self.last_frame_at = at_s, captured_at
            self._frames_s.append(at_s)
            self._forget_old(at_s)

    def looked(self, at_s: float, look: Look) -> None:
        """A frame was looked at."""
        with self._lock:
            if look.fingerprint != self._fingerprint:
                self._fingerprint, self._same_since_s = look.fingerprint, at_s
            self._looked_s = at_s
            self._black_since_s = (self._black_since_s or at_s) if look.black else None

    def waits_for_reader(self, waits: bool) -> None:
        """Footage waits for liveness, or no longer."""
        with self._lock:
            self._waits = waits

    def seen(self) -> Seen:
        """Return a snapshot."""
        with self._lock:
            same_for_s = self._looked_s - self._same_since_s if self._fingerprint is not None else 0.0
            black_for_s = self._looked_s - self._black_since_s if self._black_since_s is not None else 0.0
            return Seen(self._open, self._last_s, same_for_s, black_for_s, self._waits)

    def fps(self, now_s: float) -> float:
        """Return the real frame rate of the last seconds."""
        with self._lock:
            self._forget_old(now_s)
            if len(self._frames_s) < 2:
                return 0.0
            return (len(self._frames_s) - 1) / max(1e-3, self._frames_s[-1] - self._frames_s[0])

    def _forget_old(self, now_s: float) -> None:
        while self._frames_s and now_s - self._frames_s[0] > _FPS_OVER_S:
            self._frames_s.popleft()
