"""One page that sends its webcam: its clock, its pictures, what it is told."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from services.capture.browser.inbox import Inbox, Received
from services.capture.browser.page_clock import PageClock, frame_time
from services.capture.browser.protocol import (
    CLOSE_CODES,
    ByeReason,
    WebcamPicture,
    parse_picture,
    parse_pong,
    text_message,
)
from services.capture.rate import Rate
from services.capture.settings import CaptureSection
from shared import logs, metrics
from shared.clock import Clock
from shared.errors import Invalid
from shared.image_header import BadImage, check

_log = logs.get("webcam")
_TELL_EVERY_S = 0.2
_QUICK_MEASUREMENTS = 4
"""The first exchanges follow each other at once: the first frames shall have a measured clock."""


class WebcamSession:
    """Serves one connection, after its token was seen. Lives in the server's event loop."""

    def __init__(
        self,
        connection: ServerConnection,
        kiosk_id: str,
        inbox: Inbox,
        settings: CaptureSection,
        clock: Clock,
        still_welcome: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._kiosk_id = kiosk_id
        self._still_welcome = still_welcome
        self._inbox = inbox
        self._settings = settings
        self._clock = clock
        self._page_clock = PageClock()
        self._pings: dict[int, datetime] = {}
        self._ping_id = 0
        self._rate = Rate()
        self._refused_in_row = 0
        self._previous: datetime | None = None
        self._skew_alarmed = False
        self._over = False

    async def serve(self) -> None:
        """Serve until the page goes or is sent away."""
        teller = asyncio.create_task(self._tell())
        try:
            async for message in self._connection:
                if self._over:  # sent away, and still talking
                    break
                await self._hear(message)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == 1009:
                metrics.IMAGES_REFUSED.labels("webcam", "too_large").inc()
        finally:
            teller.cancel()

    async def bye(self, reason: ByeReason) -> None:
        """Say why, and close."""
        self._over = True
        await say_bye(self._connection, reason)

    async def _hear(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._pong(message)
        else:
            await self._picture(message)

    async def _pong(self, message: str) -> None:
        received_at = self._clock.now()
        try:
            pong = parse_pong(message)
        except Invalid as error:
            await self._refuse("protocol", str(error))
            return
        sent_at = self._pings.pop(pong.id, None)
        if sent_at is None:
            return
        self._page_clock.measured(sent_at, received_at, pong.at_ms)
        self._report_skew()
        if self._page_clock.measurements < _QUICK_MEASUREMENTS:
            await self._ping()

    def _report_skew(self) -> None:
        offset_s = self._page_clock.offset_s or 0.0
        metrics.CLOCK_SKEW.labels(f"browser:{self._kiosk_id}").set(offset_s)
        alarm = abs(offset_s) > self._settings.skew_alarm_s
        if alarm and not self._skew_alarmed:
            _log.warning("a page's clock is off; its frame times are corrected", kiosk=self._kiosk_id, skew_s=offset_s)
        self._skew_alarmed = alarm

    async def _picture(self, message: bytes) -> None:
        received_at = self._clock.now()
        if not self._rate.take(self._clock.monotonic_s(), self._settings.ws_max_fps):
            metrics.FRAMES_UNSENT.labels(self._kiosk_id, "pace").inc()
            return
        try:
            picture = parse_picture(message)
            self._check(picture.jpeg)
        except BadImage as error:
            await self._refuse(error.code, str(error))
        except Invalid as error:
            await self._refuse("protocol", str(error))
        else:
            self._refused_in_row = 0
            self._inbox.put(Received(self._time(picture, received_at), picture.jpeg))

    def _check(self, jpeg: bytes) -> None:
        header = check(jpeg, max_pixels=self._settings.max_image_pixels, max_bytes=self._settings.ws_max_image_bytes)
        if header.format != "jpeg":
            raise BadImage("unsupported", f"{header.format}: a webcam's pictures are JPEG")

    def _time(self, picture: WebcamPicture, received_at: datetime) -> datetime:
        time = frame_time(
            picture.at_ms,
            self._page_clock.offset_s,
            received_at,
            self._settings.max_clock_skew_s,
            self._previous,
        )
        if time.clamped:
            metrics.CLOCK_CLAMPED.labels(f"browser:{self._kiosk_id}").inc()
        self._previous = time.captured_at
        return time.captured_at

    async def _refuse(self, code: str, reason: str) -> None:
        metrics.IMAGES_REFUSED.labels("webcam", code).inc()
        metrics.FRAMES_UNSENT.labels(self._kiosk_id, "bad_image").inc()
        _log.info("picture refused", kiosk=self._kiosk_id, reason=reason)
        self._refused_in_row += 1
        if self._refused_in_row >= self._settings.ws_max_refused:
            metrics.WEBCAM_REFUSED.labels("protocol").inc()
            await self.bye("bad_images")
        else:
            await self._connection.send(text_message("refused", reason=reason))

    async def _ping(self) -> None:
        self._ping_id += 1
        self._pings = {id_: at for id_, at in self._pings.items() if id_ > self._ping_id - 8}
        self._pings[self._ping_id] = self._clock.now()
        await self._connection.send(text_message("ping", id=self._ping_id))

    async def _tell(self) -> None:
        """Measure the clock, and pass on what the camera wants, until the kiosk is taken away from this page."""
        told_fps, next_ping_s = 0.0, 0.0
        while self._still_welcome():
            if self._clock.monotonic_s() >= next_ping_s:
                next_ping_s = self._clock.monotonic_s() + self._settings.ws_ping_s
                await self._ping()
            if self._inbox.wanted_fps != told_fps:
                told_fps = self._inbox.wanted_fps
                await self._connection.send(text_message("pace", fps=told_fps))
            while (reason := self._inbox.take_refusal()) is not None:
                await self._connection.send(text_message("refused", reason=reason))
            await asyncio.sleep(_TELL_EVERY_S)
        await self.bye("no_webcam")


async def say_bye(connection: ServerConnection, reason: ByeReason) -> None:
    """Tell a page why it is sent away, and close; a page that is gone already is no error."""
    try:
        await connection.send(text_message("bye", reason=reason))
        await connection.close(CLOSE_CODES[reason], reason)
    except ConnectionClosed:
        pass
