"""A webcam on this machine, by index, with fallback over backends and over indices 0 to 3."""

import platform
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import TypeAlias

from services.capture.settings import CaptureSection
from services.capture.sources import opencv
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from shared.clock import Clock
from shared.errors import Unavailable

FALLBACK_INDICES = range(4)
OpenDevice: TypeAlias = Callable[[int, int], opencv.Video | None]
"""Opens (index, backend); None where it does not open."""


class Devices:
    """Which indices are spoken for in this process, so that a fallback never takes another kiosk's camera."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: weakref.WeakSet[DeviceSource] = weakref.WeakSet()

    def add(self, source: "DeviceSource") -> None:
        """Remember a source for as long as it exists."""
        with self._lock:
            self._sources.add(source)

    def claim(self, source: "DeviceSource", index: int) -> bool:
        """Take an index for `source`, unless another source has it open, or names it and it is a fallback."""
        with self._lock:
            others = [other for other in self._sources if other is not source]
            open_elsewhere = any(other.claimed == index for other in others)
            named_elsewhere = index != source.index and any(other.index == index for other in others)
            if not open_elsewhere and not named_elsewhere:
                source.claimed = index
                return True
            return False


class DeviceSource(SourceBase):
    """A webcam."""

    def __init__(
        self,
        index: int,
        devices: Devices,
        open_device: OpenDevice,
        backends: tuple[int, ...],
        clock: Clock,
        fallback: bool,
    ) -> None:
        self.index = index
        self.claimed: int | None = None
        self._devices = devices
        self._open_device = open_device
        self._backends = backends
        self._clock = clock
        self._fallback = fallback
        self._video: opencv.Video | None = None
        devices.add(self)

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
        self._video = self.claimed = None

    def _candidates(self) -> Iterator[int]:
        yield self.index
        if self._fallback:
            yield from (index for index in FALLBACK_INDICES if index != self.index)

    def _open_index(self, index: int) -> opencv.Video | None:
        if not self._devices.claim(self, index):
            return None
        for backend in self._backends:
            video = self._open_device(index, backend)
            if video is not None:
                return video
        self.claimed = None
        return None


class DeviceFactory:
    """Makes webcam sources that know of each other."""

    def __init__(self) -> None:
        self._devices = Devices()

    def __call__(self, address: Address, context: SourceContext) -> Source:
        """Make the source of an index."""
        settings = context.settings.capture
        return DeviceSource(
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
