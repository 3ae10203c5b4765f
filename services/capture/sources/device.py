"""A webcam on this machine, by index, with fallback over backends and over indices 0 to 3."""

import platform
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from services.capture.settings import CaptureSection
from services.capture.sources import opencv
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from shared.clock import Clock
from shared.errors import Unavailable
from shared.schedule import KioskView

FALLBACK_INDICES = range(4)
OpenDevice: TypeAlias = Callable[[int, int], opencv.Video | None]
"""Opens (index, backend); None where it does not open."""


class Devices:
    """Which indices are spoken for in this process, so that a fallback never takes another kiosk's camera."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._named: dict[str, int] = {}
        self._open: dict[int, str] = {}

    def plan(self, kiosks: Iterable[KioskView]) -> None:
        """Hear which kiosks are served here now: an index that one of them names is no other's fallback."""
        named = {kiosk.kiosk_id: int(kiosk.source) for kiosk in kiosks if kiosk.source.strip().isdecimal()}
        with self._lock:
            self._named = named

    def claim(self, kiosk_id: str, index: int) -> bool:
        """Take an index for a kiosk, unless another has it open, or names it and this one does not."""
        with self._lock:
            named_elsewhere = index in self._named.values() and self._named.get(kiosk_id) != index
            if named_elsewhere or self._open.get(index, kiosk_id) != kiosk_id:
                return False
            self._open[index] = kiosk_id
            return True

    def release(self, kiosk_id: str, index: int) -> None:
        """Give an index back."""
        with self._lock:
            if self._open.get(index) == kiosk_id:
                del self._open[index]


class DeviceSource(SourceBase):
    """A webcam."""

    def __init__(
        self,
        kiosk_id: str,
        index: int,
        devices: Devices,
        open_device: OpenDevice,
        backends: tuple[int, ...],
        clock: Clock,
        fallback: bool,
    ) -> None:
        self.index = index
        self.claimed: int | None = None
        self._kiosk_id = kiosk_id
        self._devices = devices
        self._open_device = open_device
        self._backends = backends
        self._clock = clock
        self._fallback = fallback
        self._video: opencv.Video | None = None

    def open(self) -> None:
        for index in self._candidates():
            self._video = self._open_index(index)
            if self._video is not None:
                self.detail = "" if index == self.index else f"device {self.index} does not open: using {index}"
                return
        raise Unavailable(f"device {self.index}: no camera opens{' there nor at 0 to 3' if self._fallback else ''}")

    def read(self) -> Picture | None:
        if self._video is None:
            raise Unavailable(f"device {self.index}: not open")
        if not self._video.grab():
            raise Unavailable(f"device {self.claimed}: the camera has gone")
        return Picture(self._clock.now(), retrieve=self._video.retrieve)

    def close(self) -> None:
        if self._video is not None:
            self._video.release()
        if self.claimed is not None:
            self._devices.release(self._kiosk_id, self.claimed)
        self._video = self.claimed = None

    def _candidates(self) -> Iterator[int]:
        yield self.index
        if self._fallback:
            yield from (index for index in FALLBACK_INDICES if index != self.index)

    def _open_index(self, index: int) -> opencv.Video | None:
        if not self._devices.claim(self._kiosk_id, index):
            return None
        for backend in self._backends:
            video = self._open_device(index, backend)
            if video is not None:
                self.claimed = index
                return video
        self._devices.release(self._kiosk_id, index)
        return None


class DeviceFactory:
    """Makes webcam sources that know of each other."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    def __call__(self, address: Address, context: SourceContext) -> Source:
        """Make the source of an index."""
        settings = context.settings.capture
        return DeviceSource(
            context.kiosk.kiosk_id,
            int(address.path),
            self._devices,
            _opener(settings),
            opencv.device_backends(platform.system()),
            context.clock,
            settings.device_fallback,
        )


def _opener(settings: CaptureSection) -> OpenDevice:
    def open_device(index: int, backend: int) -> opencv.Video | None:
        return opencv.open_device(index, backend, settings.device_width, settings.device_height, settings.device_fps)

    return open_device
