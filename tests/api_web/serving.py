"""A real server around the app, in a thread."""

import threading
import time
from collections.abc import Callable

import uvicorn

from services.api.web.app import create_app
from services.api.web.deps import Deps


class Server:
    """The app on these dependencies, listening on a port of this machine."""

    def __init__(self, deps: Deps, port: int = 0) -> None:
        config = uvicorn.Config(create_app(deps), port=port, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the server starts")
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop it, open streams and all."""
        self._server.should_exit = True
        self._thread.join(10)


def until(holds: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"waited {timeout_s} s: {what}"
        time.sleep(0.02)
