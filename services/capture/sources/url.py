"""An RTSP or HTTP camera."""

from services.capture.settings import CaptureSection
from services.capture.sources import opencv
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext, without_secrets
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


def url_source(address: Address, context: SourceContext) -> Source:
    """Make the source of a URL."""
    return UrlSource(address.path, context.settings.capture, context.clock)
