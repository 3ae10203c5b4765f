"""One camera and its thread: open, read, look, send; when it goes away, again, with backoff."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis

from services.capture.backoff import Backoff
from services.capture.condition import Vitals
from services.capture.look import Look, look_at_image, look_at_jpeg
from services.capture.outgoing import Session, encoded
from services.capture.pace import Pace, Skip
from services.capture.publisher import Publisher
from services.capture.settings import CaptureSection
from services.capture.sources.base import Picture, Source
from shared import logs, metrics
from shared.clock import Clock
from shared.errors import Invalid, Unavailable
from shared.image_header import BadImage
from shared.images import Image
from shared.schedule import KioskView

_log = logs.get("camera")
ENDED = "the footage has ended"


class Camera:
    """Runs one source in a thread of its own until it is stopped or its footage ends."""

    def __init__(
        self, kiosk: KioskView, make_source: Callable[[], Source], redis: Redis, settings: CaptureSection, clock: Clock
    ) -> None:
        self.kiosk = kiosk
        self.vitals = Vitals()
        self.pace = Pace(settings)
        self.ended = False
        self._make_source = make_source
        self._redis = redis
        self._settings = settings
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera {kiosk.kiosk_id}", daemon=True)

    def start(self) -> None:
        """Begin to read, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it finishes the frame at hand."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; tell whether it has ended (a driver may hang in its call)."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff(self._settings.backoff_min_s, self._settings.backoff_max_s)
        while not self._stop.is_set() and not self.ended:
            try:
                self._open_and_play(backoff)
            except Unavailable as error:
                self._lost(str(error))
            except Exception as error:  # noqa: BLE001 - one camera's bug must not end another's thread, nor its own
                _log.exception("camera failed", kiosk=self.kiosk.kiosk_id)
                self._lost(f"failed: {type(error).__name__}, see the log")
            if not self.ended and not self._stop.wait(backoff.next_s()):
                metrics.CAMERA_RECONNECTS.labels(self.kiosk.kiosk_id).inc()

    def _lost(self, detail: str) -> None:
        if detail != self.vitals.detail:
            _log.warning("camera lost", kiosk=self.kiosk.kiosk_id, detail=detail)
        self.vitals.lost(detail)

    def _open_and_play(self, backoff: Backoff) -> None:
        source = self._make_source()
        try:
            with self._in_driver():
                source.open()
            self.vitals.opened()
            _log.info("camera open", kiosk=self.kiosk.kiosk_id, in_order=source.in_order)
            self._play(source, backoff)
        finally:
            with self._in_driver():
                source.close()

    def _play(self, source: Source, backoff: Backoff) -> None:
        session = Session(self.kiosk.kiosk_id, self._clock.now(), source.in_order, source.simulated)
        publisher = Publisher(self._redis, session, self._settings, self._clock, self._stop)
        while not self._stop.is_set() and not self.ended:
            source.wanted_fps = self.pace.wanted_fps(self._clock.monotonic_s())
            picture = self._read(source)
            self.vitals.detail = source.detail
            if picture is not None:
                backoff.reset()
                self._handle(picture, source, publisher)

    def _read(self, source: Source) -> Picture | None:
        try:
            with self._in_driver():
                picture = source.read()
        except Invalid as error:
            self._refuse(source, error)
            return None
        if picture is not None:
            metrics.FRAMES_READ.labels(self.kiosk.kiosk_id).inc()
            self.vitals.frame(self._clock.monotonic_s(), picture.captured_at)
        return picture

    def _handle(self, picture: Picture, source: Source, publisher: Publisher) -> None:
        try:
            self._send(picture, source, publisher)
        except Invalid as error:
            self._refuse(source, error)
        if picture.last:
            self.ended = True
            self.vitals.lost(ENDED)
            _log.info("footage ended", kiosk=self.kiosk.kiosk_id)

    def _send(self, picture: Picture, source: Source, publisher: Publisher) -> None:
        if source.in_order:
            image, skip = _pixels(picture), None
        else:
            image, skip = self._judge(picture)
        if skip is not None and not picture.last:
            metrics.FRAMES_UNSENT.labels(self.kiosk.kiosk_id, skip).inc()
            return
        out = encoded(picture, image, self._settings)
        self.vitals.size = (out.width, out.height)
        publisher.send(picture, out, self.vitals)

    def _judge(self, picture: Picture) -> tuple[Image | None, Skip | None]:
        """Return the pixels, where they were needed for a look, and why the picture is not worth sending."""
        if not _has_pixels(picture):
            return None, "still"
        at_s = self._clock.monotonic_s()
        skip = self.pace.skip_before_look(at_s)
        if skip is not None and not picture.last:
            return None, skip
        image = _pixels(picture)
        look = self._look(picture, image)
        self.vitals.looked(at_s, look)
        return image, self.pace.skip_after_look(at_s, look.thumbnail)

    def _look(self, picture: Picture, image: Image | None) -> Look:
        if image is not None:
            return look_at_image(image)
        return look_at_jpeg(picture.jpeg or b"", self._settings.max_image_pixels, self._settings.max_image_bytes)

    def _refuse(self, source: Source, error: Invalid) -> None:
        code = error.code if isinstance(error, BadImage) else "invalid"
        metrics.IMAGES_REFUSED.labels("camera", code).inc()
        metrics.FRAMES_UNSENT.labels(self.kiosk.kiosk_id, "bad_image").inc()
        _log.info("picture refused", kiosk=self.kiosk.kiosk_id, reason=str(error))
        source.refused(str(error))

    @contextmanager
    def _in_driver(self) -> Iterator[None]:
        """Note since when the thread is inside the camera's driver, so that a hang is noticed."""
        self.vitals.busy_since_s = self._clock.monotonic_s()
        try:
            yield
        finally:
            self.vitals.busy_since_s = None


def _has_pixels(picture: Picture) -> bool:
    return picture.image is not None or picture.jpeg is not None or picture.retrieve is not None


def _pixels(picture: Picture) -> Image | None:
    """Return the pixels where the picture has them or can make them; None where it is JPEG."""
    if picture.image is not None or picture.retrieve is None:
        return picture.image
    return picture.retrieve()
