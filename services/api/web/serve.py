"""The web process: composes the app on its settings and serves it until it is told to stop."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis as AsyncRedis

from services.api import audit
from services.api.auth.throttle import Throttle
from services.api.db.engine import make_engine
from services.api.db.migrate import migrate
from services.api.pages.site import mount_pages
from services.api.settings import ApiSettings
from services.api.web.app import create_app
from services.api.web.deps import Deps
from shared import logs
from shared.clock import SystemClock
from shared.connections import SOCKET_TIMEOUT_S, connect_events, connect_frames
from shared.errors import Unavailable
from shared.health import HealthBoard
from shared.keys import load_ring

STOP_WITHIN_S = 3
"""How long open streams keep a stopping server waiting."""
_log = logs.get("web")


def compose(settings: ApiSettings) -> Deps:
    """Make what the app stands on.

    Raises:
        Unavailable: the media keys are missing, or TLS is half set.
    """
    if (settings.api.tls_cert is None) != (settings.api.tls_key is None):
        raise Unavailable("NERO_API__TLS_CERT and NERO_API__TLS_KEY belong together: set both or neither")
    engine = make_engine(settings.database)
    migrate(engine)
    audit.anchor_at(engine, settings.audit_head)
    events = connect_events(settings, "api-web")
    return Deps(
        settings=settings,
        engine=engine,
        events=events,
        frames=connect_frames(settings, "api-web"),
        connect_frames=partial(
            AsyncRedis.from_url,
            settings.frames_url,
            client_name="api-web",
            socket_timeout=SOCKET_TIMEOUT_S,
            protocol=2,
        ),
        media=load_ring(settings.keys_dir, "media"),
        clock=SystemClock(),
        health=HealthBoard(),
        throttle=Throttle(events),
    )


def serve(settings: ApiSettings) -> None:
    """Serve until SIGINT or SIGTERM."""
    api = settings.api
    deps = compose(settings)
    app = create_app(deps)
    mount_pages(app, deps)
    listening = _listen(api.host, api.port)
    host, port = listening.getsockname()[:2]
    _log.info("web listens", url=f"{'https' if api.tls_cert else 'http'}://{host}:{port}")
    config = uvicorn.Config(
        app,
        ssl_certfile=str(api.tls_cert) if api.tls_cert else None,
        ssl_keyfile=str(api.tls_key) if api.tls_key else None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=api.behind_tls,
        forwarded_allow_ips=api.trusted_proxies,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    _Server(config, app).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends on a signal by itself, its streams first; uvicorn's own raises the signal again, which reads as a crash."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would go on for ever, and then what is left."""
        self._app.state.kiosk_feed.stop()
        await self._app.state.live_hub.stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let the first signal stop the server, and the second at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        raise Unavailable(
            f"can't listen on {host}:{port}: {error.strerror}; set NERO_API__PORT to a free one"
        ) from error
