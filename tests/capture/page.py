"""A kiosk page, as far as capture sees it: a real WebSocket client with a clock of its own."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from services.capture.browser.protocol import picture_message
from tests.capture.scenes import eventually


class Page:
    """Says hello, answers pings by its own clock, and keeps what it is told."""

    def __init__(
        self,
        port: int,
        kiosk_id: str,
        token: str | None,
        *,
        clock_ahead_s: float = 0.0,
        origin: str | None = None,
        ssl: Any = None,
    ) -> None:
        scheme = "ws" if ssl is None else "wss"
        self._socket: ClientConnection = connect(
            f"{scheme}://127.0.0.1:{port}/ws/kiosk/{kiosk_id}",
            origin=origin,  # type: ignore[arg-type]
            ssl=ssl,
            max_size=None,
        )
        self._ahead_s = clock_ahead_s
        self.told: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        if token is not None:
            self._socket.send(json.dumps({"type": "hello", "token": token}))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._thread.join(5)

    def now_ms(self) -> float:
        """`Date.now()` of this page."""
        return (time.time() + self._ahead_s) * 1000

    def send_picture(self, jpeg: bytes, at_ms: float | None = None) -> None:
        self.send(picture_message(self.now_ms() if at_ms is None else at_ms, jpeg))

    def sent(self, jpeg: bytes) -> bool:
        """Send a picture, within a condition that is waited for."""
        self.send_picture(jpeg)
        return True

    def send(self, message: str | bytes) -> None:
        self._socket.send(message)

    def hears(self, kind: str, condition: Callable[[dict[str, Any]], bool] = lambda _said: True) -> dict[str, Any]:
        """Wait for a message of a kind."""

        def said() -> list[dict[str, Any]]:
            return [one for one in self.told if one["type"] == kind and condition(one)]

        eventually(said, what=f"{kind}; it heard {self.told}")
        return said()[0]

    def is_closed(self) -> tuple[int, str]:
        eventually(lambda: self.closed, what="closed")
        assert self.closed is not None
        return self.closed

    def _answer(self, message: str) -> None:
        """Send, as a browser does: what no longer goes out is dropped, and what came before the end is still read."""
        with suppress(ConnectionClosed):
            self._socket.send(message)

    def _listen(self) -> None:
        try:
            for message in self._socket:
                said = json.loads(message)
                self.told.append(said)
                if said["type"] == "ping":
                    self._answer(json.dumps({"type": "pong", "id": said["id"], "at_ms": self.now_ms()}))
        except ConnectionClosed:
            pass
        self.closed = (self._socket.close_code or 0, self._socket.close_reason or "")
