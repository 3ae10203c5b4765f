"""The WebSocket server for browsers' webcams: one event loop, in a thread of the capture process."""

import asyncio
import os
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from services.capture.browser.admission import kiosk_of_path, origin_allowed, refusal
from services.capture.browser.inbox import Inboxes
from services.capture.browser.protocol import HEAD_BYTES, ByeReason, parse_hello, text_message
from services.capture.browser.session import WebcamSession, say_bye
from services.capture.settings import CaptureSection
from shared import logs, metrics
from shared.clock import Clock
from shared.errors import Invalid, Unavailable
from shared.schedule import KioskView

_log = logs.get("webcam")
_ROOM_FOR_REASON = 64 * 1024
"""Above the largest picture: a message a little too large is answered, a huge one closes the connection."""
_MAX_STRANGERS = 64
"""Connections that have not shown a token yet: what they may make this process hold is bounded."""
_STOP_S = 3.0


class WebcamServer:
    """Takes pages' pictures into the inboxes. `kiosk_of` says which kiosks are served here now."""

    def __init__(
        self,
        settings: CaptureSection,
        inboxes: Inboxes,
        kiosk_of: Callable[[str], KioskView | None],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._inboxes = inboxes
        self._kiosk_of = kiosk_of
        self._clock = clock
        self._sessions: dict[str, WebcamSession] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._strangers = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="webcams", daemon=True)
        self._server: Server | None = None

    def start(self) -> None:
        """Listen.

        Raises:
            Unavailable: the port is taken, or the certificate cannot be used.
        """
        self._thread.start()
        self._started.wait()
        if self._problem is not None:
            where = f"{self._settings.ws_host}:{self._settings.ws_port}"
            why = os.strerror(self._problem.errno) if self._problem.errno else str(self._problem)
            raise Unavailable(f"browser webcams cannot be taken on {where}: {why}") from self._problem
        _log.info("taking browser webcams", host=self._settings.ws_host, port=self._settings.ws_port)

    def stop(self) -> None:
        """Tell every page, and close."""
        if self._thread.is_alive() and not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._server = self._loop.run_until_complete(self._listen())
        except OSError as error:  # ssl.SSLError is one
            self._problem = error
            return
        finally:
            self._started.set()
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self) -> Server:
        return await serve(
            self._serve,
            self._settings.ws_host,
            self._settings.ws_port,
            ssl=_tls(self._settings),
            process_request=self._admit,
            max_size=HEAD_BYTES + self._settings.ws_max_image_bytes + _ROOM_FOR_REASON,
            max_queue=4,
            compression=None,  # JPEG does not shrink
            ping_interval=10,
            ping_timeout=10,
            server_header=None,
        )

    async def _stop(self) -> None:
        await asyncio.gather(*(session.bye("stopping") for session in self._sessions.values()))
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._loop.stop()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Judge the HTTP request, before there is a WebSocket."""
        if kiosk_of_path(request.path) is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "connect to /ws/kiosk/{kiosk_id}\n")
        if not origin_allowed(request.headers.get("Origin"), self._settings.ws_origins):
            metrics.WEBCAM_REFUSED.labels("origin").inc()
            return connection.respond(HTTPStatus.FORBIDDEN, "this page's origin is not allowed\n")
        if self._strangers >= _MAX_STRANGERS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        kiosk_id = kiosk_of_path(connection.request.path) if connection.request else None
        with suppress(ConnectionClosed):
            await self._serve_kiosk(connection, kiosk_id or "")

    async def _serve_kiosk(self, connection: ServerConnection, kiosk_id: str) -> None:
        self._strangers += 1
        try:
            token = await self._token(connection)
        finally:
            self._strangers -= 1
        reason = "protocol" if token is None else refusal(self._kiosk_of(kiosk_id), token)
        if token is None or reason is not None:
            await self._send_away(connection, kiosk_id, reason or "protocol")
            return
        session = WebcamSession(
            connection,
            kiosk_id,
            self._inboxes.of(kiosk_id),
            self._settings,
            self._clock,
            still_welcome=lambda: refusal(self._kiosk_of(kiosk_id), token) is None,
        )
        self._replace(kiosk_id, session)
        try:
            await connection.send(
                text_message("welcome", max_width=self._settings.max_width, max_bytes=self._settings.ws_max_image_bytes)
            )
            await session.serve()
        finally:
            self._forget(kiosk_id, session)

    async def _token(self, connection: ServerConnection) -> str | None:
        """Return the token of the first message; None when it is none, or late."""
        try:
            return parse_hello(await asyncio.wait_for(connection.recv(), self._settings.ws_auth_timeout_s)).token
        except (TimeoutError, Invalid):
            return None

    async def _send_away(self, connection: ServerConnection, kiosk_id: str, reason: ByeReason) -> None:
        metrics.WEBCAM_REFUSED.labels("token" if reason == "token" else "protocol").inc()
        _log.warning("webcam refused", kiosk=kiosk_id, reason=reason)
        await say_bye(connection, reason)

    def _replace(self, kiosk_id: str, session: WebcamSession) -> None:
        older = self._sessions.get(kiosk_id)
        self._sessions[kiosk_id] = session
        self._inboxes.of(kiosk_id).connected = True
        metrics.WEBCAM_CONNECTIONS.set(len(self._sessions))
        _log.info("webcam connected", kiosk=kiosk_id)
        if older is not None:
            metrics.WEBCAM_REFUSED.labels("replaced").inc()
            _log.warning("webcam replaced by a newer connection", kiosk=kiosk_id)
            farewell = asyncio.create_task(older.bye("replaced"))  # it may take its time to close
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)

    def _forget(self, kiosk_id: str, session: WebcamSession) -> None:
        if self._sessions.get(kiosk_id) is session:
            del self._sessions[kiosk_id]
            self._inboxes.of(kiosk_id).connected = False
            metrics.WEBCAM_CONNECTIONS.set(len(self._sessions))
            _log.info("webcam disconnected", kiosk=kiosk_id)


def _tls(settings: CaptureSection) -> ssl.SSLContext | None:
    if settings.ws_tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.ws_tls_cert, settings.ws_tls_key)
    return context
