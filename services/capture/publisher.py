"""Frames of one camera on their way into the frames Redis."""

import threading

from redis import Redis
from redis.exceptions import RedisError

from services.capture.backoff import Backoff
from services.capture.condition import Vitals
from services.capture.outgoing import Encoded, Session
from services.capture.settings import CaptureSection
from services.capture.sources.base import Picture
from shared import logs, metrics, names
from shared.clock import Clock
from shared.frame_ring import FrameRing

_log = logs.get("publisher")
_PAUSE_S = 1.0
"""After a failure nothing is tried for so long: a broker that hangs must not hold up the camera."""
_POLL_S = 0.002


class Publisher:
    """Publishes what the camera's thread gives it; live frames are dropped while the broker is away."""

    def __init__(
        self, redis: Redis, session: Session, settings: CaptureSection, clock: Clock, stop: threading.Event
    ) -> None:
        self._redis = redis
        self._session = session
        self._settings = settings
        self._clock = clock
        self._stop = stop
        self._ring = FrameRing(redis, session.kiosk_id, settings.ring_s, settings.ring_bytes)
        self._sequence = 0
        self._not_before_s = float("-inf")

    def send(self, picture: Picture, image: Encoded, vitals: Vitals) -> None:
        """Publish a frame; of footage in order, also wait until it is handled."""
        if self._session.in_order:
            self._send_in_order(picture, image, vitals)
        elif not self._published(picture, image):
            metrics.FRAMES_UNSENT.labels(self._session.kiosk_id, "broker").inc()

    def _published(self, picture: Picture, image: Encoded) -> bool:
        if self._clock.monotonic_s() < self._not_before_s:
            return False
        try:
            self._publish(picture, image, self._sequence + 1)
        except RedisError as error:
            self._not_before_s = self._clock.monotonic_s() + _PAUSE_S
            _log.warning("frame not published", kiosk=self._session.kiosk_id, error=str(error)[:200])
            return False
        self._sequence += 1
        return True

    def _publish(self, picture: Picture, image: Encoded, sequence: int) -> None:
        frame = self._session.frame(picture, image, sequence, self._clock.now())
        self._ring.publish(frame, image.jpeg)
        metrics.FRAMES_SENT.labels(self._session.kiosk_id).inc()

    def _send_in_order(self, picture: Picture, image: Encoded, vitals: Vitals) -> None:
        backoff = Backoff(0.1, _PAUSE_S)
        vitals.waits_for_reader(True)
        self._sequence += 1
        published = False
        while not self._stop.is_set():
            try:
                if not published:
                    self._publish(picture, image, self._sequence)
                    published = True
                if self._handled():
                    break
                published = bool(self._redis.exists(names.frames(self._session.kiosk_id)))
            except RedisError as error:
                _log.warning("footage waits for the broker", kiosk=self._session.kiosk_id, error=str(error)[:200])
                self._stop.wait(backoff.next_s())
        vitals.waits_for_reader(False)

    def _handled(self) -> bool:
        """Wait until liveness has handled the frame, or until a stop."""
        deadline_s = self._clock.monotonic_s() + self._settings.in_order_timeout_s
        while not self._stop.is_set() and self._clock.monotonic_s() < deadline_s:
            if self._ring.is_done(self._sequence):
                return True
            self._stop.wait(_POLL_S)
        if not self._stop.is_set():
            _log.warning("footage waits for liveness", kiosk=self._session.kiosk_id, sequence=self._sequence)
        return False
