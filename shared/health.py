"""`/metrics` and `/health` of one process.

`/health` answers 200 while every component is well and 503 otherwise, with one sentence each:
`{"ok": false, "components": {"broker": {"ok": false, "sentence": "events Redis refuses writes: disk full"}}}`.
`/health/live` answers 200 as long as the process runs: a container's liveness probe, so that a
broker that is away does not get every service restarted.
"""

import json
import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from shared import logs, metrics
from shared.settings import CommonSettings

_log = logs.get("health")


@dataclass(frozen=True)
class ComponentHealth:
    """One component's state, in a sentence that an operator can act on."""

    ok: bool
    sentence: str


class HealthBoard:
    """Where a process's components say how they are. Safe from any thread."""

    def __init__(self) -> None:
        self._components: dict[str, ComponentHealth] = {}
        self._lock = threading.Lock()

    def set(self, component: str, ok: bool, sentence: str) -> None:
        """Say how a component is; a change is logged."""
        new = ComponentHealth(ok, sentence)
        with self._lock:
            changed = self._components.get(component) != new
            self._components[component] = new
        if changed:
            (_log.info if ok else _log.warning)("health changed", part=component, ok=ok, sentence=sentence)

    def drop(self, component: str) -> None:
        """Forget a component that is gone (a kiosk that was removed)."""
        with self._lock:
            self._components.pop(component, None)

    @property
    def ok(self) -> bool:
        """Whether every component is well."""
        return all(component.ok for component in self.snapshot().values())

    def snapshot(self) -> dict[str, ComponentHealth]:
        """Return every component's state now."""
        with self._lock:
            return dict(self._components)

    def document(self) -> dict[str, Any]:
        """Return what `/health` answers."""
        components = self.snapshot()
        return {
            "ok": all(component.ok for component in components.values()),
            "components": {name: asdict(component) for name, component in sorted(components.items())},
        }


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a scrape each few seconds is no news."""


class HealthServer:
    """Serves `/metrics` and `/health` from a thread."""

    def __init__(self, board: HealthBoard, settings: CommonSettings) -> None:
        self._board = board
        self._metrics = make_wsgi_app()
        self._data_dir = settings.data_dir
        self._server: WSGIServer = make_server(
            settings.metrics_host, settings.metrics_port, self._answer, handler_class=_Quiet
        )
        self.port: int = self._server.server_port

    def start(self) -> None:
        """Serve until `stop`."""
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        _log.info("serving metrics and health", port=self.port)

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            measure_disk(self._data_dir)
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        if path == "/health/live":
            return _json(start_response, "200 OK", {"ok": True})
        if path == "/health":
            document = self._board.document()
            return _json(start_response, "200 OK" if document["ok"] else "503 Service Unavailable", document)
        return _json(start_response, "404 Not Found", {"paths": ["/metrics", "/health", "/health/live"]})


def measure_disk(data_dir: Path) -> None:
    """Set how much of the disk under the data directory is free: before each scrape, in every process."""
    usage = shutil.disk_usage(data_dir if data_dir.exists() else data_dir.anchor or ".")
    metrics.DISK_FREE.set(usage.free / usage.total)


def _json(start_response: Callable[..., Any], status: str, document: dict[str, Any]) -> list[bytes]:
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
