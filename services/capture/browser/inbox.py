"""Between the WebSocket's thread and a camera's: only the newest picture of each kiosk is kept."""

import threading
from collections import deque
from datetime import datetime
from typing import NamedTuple

_REFUSALS_KEPT = 8


class Received(NamedTuple):
    """A picture as it came: header-checked JPEG."""

    captured_at: datetime
    jpeg: bytes


class Inbox:
    """One kiosk's newest picture, and what its camera wants to tell the page. Safe from any thread."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._newest: Received | None = None
        self._refusals: deque[str] = deque(maxlen=_REFUSALS_KEPT)
        self.connected = False
        self.wanted_fps = 15.0
        self.overwritten = 0
        """Pictures that a newer one replaced before the camera took them."""

    def put(self, received: Received) -> None:
        """Leave a picture; one that nobody took yet is forgotten."""
        with self._came:
            self.overwritten += self._newest is not None
            self._newest = received
            self._came.notify()

    def take(self, timeout_s: float) -> Received | None:
        """Take the newest picture, or wait for one; None when none came."""
        with self._came:
            if self._newest is None:
                self._came.wait(timeout_s)
            received, self._newest = self._newest, None
            return received

    def refuse(self, reason: str) -> None:
        """Leave word for the page that a picture was bad."""
        self._refusals.append(reason)

    def take_refusal(self) -> str | None:
        """Take the oldest word left for the page."""
        try:
            return self._refusals.popleft()
        except IndexError:
            return None


class Inboxes:
    """Every kiosk's inbox; made when first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inboxes: dict[str, Inbox] = {}

    def of(self, kiosk_id: str) -> Inbox:
        """Return a kiosk's inbox."""
        with self._lock:
            return self._inboxes.setdefault(kiosk_id, Inbox())
