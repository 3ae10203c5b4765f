"""A kiosk's landmarks: opened when needed, reopened when broken, never worked around."""

from collections.abc import Callable
from contextlib import suppress

from shared import logs, metrics
from shared.clock import Clock
from shared.errors import Unavailable
from shared.face import Face
from shared.health import HealthBoard
from shared.landmarks import Landmarker
from shared.quality import Image

_log = logs.get("liveness")
OpenLandmarker = Callable[[], Landmarker]


class Eyes:
    """One landmarker, for one kiosk. While it is missing or broken, `see` says so and tries again now and then."""

    def __init__(
        self, kiosk_id: str, open_landmarker: OpenLandmarker, clock: Clock, retry_s: float, health: HealthBoard
    ) -> None:
        self._kiosk_id = kiosk_id
        self._part = f"landmarks of {kiosk_id}"
        self._open = open_landmarker
        self._clock = clock
        self._retry_s = retry_s
        self._health = health
        self._landmarker: Landmarker | None = None
        self._next_try_s = float("-inf")

    def see(self, image_bgr: Image, timestamp_ms: int) -> list[Face] | None:
        """Return the faces in a frame; None while landmarks are not to be had."""
        landmarker = self._landmarker or self._try_to_open()
        if landmarker is None:
            return None
        try:
            return landmarker.find(image_bgr, timestamp_ms)
        except Unavailable as error:
            self._broke(error)
            return None

    def close(self) -> None:
        """Free the model; the kiosk is another worker's, or served no more."""
        self._health.drop(self._part)
        with suppress(KeyError):  # it was never opened
            metrics.LIVENESS_UNAVAILABLE.remove(self._kiosk_id)
        self._free()

    def _try_to_open(self) -> Landmarker | None:
        if self._clock.monotonic_s() < self._next_try_s:
            return None
        try:
            self._landmarker = self._open()
        except Unavailable as error:
            self._broke(error)
            return None
        metrics.MODEL_INFO.labels("landmarks", f"mp.{self._landmarker.interface}").set(1)
        metrics.LIVENESS_UNAVAILABLE.labels(self._kiosk_id).set(0)
        self._health.set(self._part, True, f"landmarks by mp.{self._landmarker.interface}")
        return self._landmarker

    def _broke(self, error: Unavailable) -> None:
        self._next_try_s = self._clock.monotonic_s() + self._retry_s
        metrics.LIVENESS_UNAVAILABLE.labels(self._kiosk_id).set(1)
        self._health.set(self._part, False, str(error))
        self._free()

    def _free(self) -> None:
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is None:
            return
        try:
            landmarker.close()
        except Exception as error:  # noqa: BLE001 - a broken graph may refuse to close; it is given up all the same
            _log.warning("landmarker would not close", kiosk=self._kiosk_id, why=str(error))
