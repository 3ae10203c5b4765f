"""A browser's webcam as a camera: `browser:`. Its pictures come through the WebSocket server's inbox."""

from services.capture.browser.inbox import Inbox, Inboxes
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from shared.errors import Unavailable

_WAIT_S = 0.25


class BrowserSource(SourceBase):
    """Takes what the page sent last."""

    def __init__(self, inbox: Inbox, port: int) -> None:
        self._inbox = inbox
        self._port = port

    def open(self) -> None:
        if not self._port:
            raise Unavailable("browser webcams are not taken here: set NERO_CAPTURE__WS_PORT")

    def read(self) -> Picture | None:
        self._inbox.wanted_fps = self.wanted_fps
        received = self._inbox.take(_WAIT_S)
        self.detail = "" if self._inbox.connected else "no browser is connected"
        return Picture(received.captured_at, jpeg=received.jpeg) if received else None

    def refused(self, reason: str) -> None:
        self._inbox.refuse(reason)


class BrowserFactory:
    """Makes sources that share the server's inboxes."""

    def __init__(self, inboxes: Inboxes) -> None:
        self._inboxes = inboxes

    def __call__(self, address: Address, context: SourceContext) -> Source:
        """Make the source of a kiosk's page."""
        address.only()
        return BrowserSource(self._inboxes.of(context.kiosk.kiosk_id), context.settings.capture.ws_port)
