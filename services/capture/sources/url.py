"""An RTSP or HTTP camera."""

from urllib.parse import urlsplit

from services.capture.settings import CaptureSection
from services.capture.sources import opencv
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from shared.clock import Clock
from shared.errors import Unavailable


class UrlSource(SourceBase):
    """A network camera; every frame is fetched, and turned into pixels only when it is wanted."""

    def __init__(self, url: str, settings: CaptureSection, clock: Clock) -> None:
        self._url = url
        self._shown = without_secrets(url)
        self._settings = settings
        self._clock = clock
        self._video: opencv.Video | None = None

    def open(self) -> None:
        self._video = opencv.open_url(
            self._url, self._settings.open_timeout_s, self._settings.lost_after_s, self._shown
        )

    def read(self) -> Picture | None:
        if self._video is None:
            raise Unavailable(f"{self._shown}: not open")
        if not self._video.grab():
            raise Unavailable(f"{self._shown}: the camera has gone")
        return Picture(self._clock.now(), retrieve=self._video.retrieve)

    def close(self) -> None:
        if self._video is not None:
            self._video.release()
        self._video = None


def without_secrets(url: str) -> str:
    """Return a URL as it may be shown and logged: no user, password or query.

    >>> without_secrets("rtsp://admin:secret@10.0.0.9:554/ch1?key=abc")
    'rtsp://10.0.0.9:554/ch1'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def url_source(address: Address, context: SourceContext) -> Source:
    """Make the source of a URL."""
    return UrlSource(address.path, context.settings.capture, context.clock)
