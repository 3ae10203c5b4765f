"""Every camera of this process: added, changed, removed, and replaced when a driver hangs."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from redis import Redis

from services.capture.camera import Camera
from services.capture.condition import camera_state
from services.capture.plan import changes
from services.capture.settings import CaptureSettings
from services.capture.sources.base import Source, SourceContext, SourceRegistry
from shared import logs
from shared.clock import Clock
from shared.events import CameraState
from shared.kiosk_channel import CameraStatus
from shared.schedule import KioskView

_log = logs.get("fleet")
_STOP_S = 3.0
_MAX_HUNG = 3
"""Threads of one kiosk that may hang in a driver; each holds its memory until the driver returns."""


class Fleet:
    """The cameras by kiosk. Safe from any thread."""

    def __init__(
        self,
        settings: CaptureSettings,
        registry: SourceRegistry,
        redis: Redis,
        clock: Clock,
        planned: Callable[[Iterable[KioskView]], None] = lambda _kiosks: None,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._redis = redis
        self._clock = clock
        self._planned = planned
        self._lock = threading.Lock()
        self._kiosks: dict[str, KioskView] = {}
        self._cameras: dict[str, Camera] = {}
        self._hung: dict[str, list[Camera]] = {}

    def apply(self, wanted: Mapping[str, KioskView]) -> None:
        """Start, change and stop cameras so that `wanted` runs."""
        self._planned(wanted.values())
        with self._lock:
            todo = changes((camera.kiosk for camera in self._cameras.values()), wanted)
            stopped = [self._cameras.pop(name) for name in todo.stop]
            self._kiosks = dict(wanted)
        for camera in stopped:
            _log.info("kiosk stopped", kiosk=camera.kiosk.kiosk_id)
        _stop(stopped)
        started = {kiosk.kiosk_id: self._camera(kiosk) for kiosk in todo.start}
        with self._lock:
            self._cameras.update(started)
        for kiosk_id, camera in started.items():
            _log.info("kiosk added", kiosk=kiosk_id, node=self._settings.node)
            camera.start()

    def kiosk(self, kiosk_id: str) -> KioskView | None:
        """Return a kiosk that is served here, as the schedule has it now."""
        with self._lock:
            return self._kiosks.get(kiosk_id)

    def kiosk_ids(self) -> tuple[str, ...]:
        """The kiosks served here."""
        with self._lock:
            return tuple(self._cameras)

    def face_in_view(self, kiosk_id: str) -> None:
        """Hear from liveness that there is a face at a kiosk."""
        with self._lock:
            camera = self._cameras.get(kiosk_id)
        if camera is not None:
            camera.pace.face_in_view(self._clock.monotonic_s())

    def statuses(self) -> dict[str, CameraStatus]:
        """Return how every camera is."""
        with self._lock:
            cameras = list(self._cameras.values())
        return {camera.kiosk.kiosk_id: self._status(camera) for camera in cameras}

    def replace_hung(self) -> None:
        """Give each camera whose driver hangs in a call a new thread; the old one ends when the driver returns."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            hung = [camera for camera in self._cameras.values() if self._hangs(camera, now_s)]
        for camera in hung:
            self._replace(camera)

    def all_ended(self) -> bool:
        """Tell whether there are cameras, and the footage of every one has ended."""
        with self._lock:
            return bool(self._cameras) and all(camera.ended for camera in self._cameras.values())

    def stop(self) -> None:
        """Stop every camera."""
        with self._lock:
            cameras = list(self._cameras.values())
            self._cameras.clear()
            self._kiosks.clear()
        _stop(cameras)

    def _camera(self, kiosk: KioskView) -> Camera:
        context = SourceContext(self._clock, self._redis, self._settings, kiosk)

        def make_source() -> Source:
            return self._registry.make(context)

        return Camera(kiosk, make_source, self._redis, self._settings.capture, self._clock)

    def _status(self, camera: Camera) -> CameraStatus:
        now_s = self._clock.monotonic_s()
        state: CameraState = camera_state(camera.vitals.seen(), now_s, self._settings.capture)
        detail = "its driver hangs" if self._hangs(camera, now_s) else camera.vitals.detail
        width, height = camera.vitals.size
        return CameraStatus(
            state=state,
            fps=round(camera.vitals.fps(now_s), 1),
            last_frame_at=camera.vitals.last_frame_at,
            detail=detail,
            width=width,
            height=height,
            node=self._settings.node,
        )

    def _hangs(self, camera: Camera, now_s: float) -> bool:
        busy_since_s = camera.vitals.busy_since_s
        return busy_since_s is not None and now_s - busy_since_s > self._settings.capture.hung_after_s

    def _replace(self, camera: Camera) -> None:
        kiosk_id = camera.kiosk.kiosk_id
        still_hung = [old for old in self._hung.get(kiosk_id, []) if not old.join(0)]
        if len(still_hung) >= _MAX_HUNG:
            return
        _log.error("camera driver hangs: trying anew in another thread", kiosk=kiosk_id)
        camera.stop()
        fresh = self._camera(camera.kiosk)
        fresh.vitals.lost("its driver hung; trying anew")
        with self._lock:
            if self._cameras.get(kiosk_id) is not camera:
                return
            self._cameras[kiosk_id] = fresh
            self._hung[kiosk_id] = [*still_hung, camera]
        fresh.start()


def _stop(cameras: list[Camera]) -> None:
    """Stop them together: those whose drivers hang share one wait."""
    for camera in cameras:
        camera.stop()
    deadline_s = time.monotonic() + _STOP_S
    for camera in cameras:
        if not camera.join(max(0.0, deadline_s - time.monotonic())):
            _log.warning("camera thread does not end: its driver hangs", kiosk=camera.kiosk.kiosk_id)
