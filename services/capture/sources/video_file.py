"""A video file (or animated GIF) as a camera: `file:PATH?pace=real|own&loop=1&base=ISO8601&real=1&fps=15`.

Its people are `simulated` unless capture's own command line says `real=1`.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from services.capture.rate import Rate
from services.capture.sources import opencv
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from services.capture.sources.footage import Playback, Timeline, playback
from shared.clock import Clock
from shared.errors import Unavailable
from shared.images import Image

_LONGEST_WAIT_S = 0.2
_LATE_S = 0.2
"""Playing in real time, a frame that is later than this is left out."""


class _Ahead(NamedTuple):
    at_s: float
    image: Image


class FileSource(SourceBase):
    """Plays a file. One frame is read ahead, so that the last one is known to be the last."""

    def __init__(
        self, path: Path, options: Playback, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.in_order = options.own_clock
        self.simulated = options.simulated
        self._path = path
        self._options = options
        self._clock = clock
        self._sleep = sleep
        self._video: opencv.Video | None = None
        self._timeline = Timeline(options, clock)
        self._rate = Rate()
        self._ahead: _Ahead | None = None
        self._loop_from_s = 0.0
        self._newest_s = 0.0
        self._interval_s = 0.04

    def open(self) -> None:
        self._video = opencv.open_file(self._path)
        self._ahead = self._next()
        if self._ahead is None:
            raise Unavailable(f"file {self._path.name}: no frame in it")

    def read(self) -> Picture | None:
        frame = self._ahead
        if frame is None:
            raise Unavailable(f"file {self._path.name}: at its end")
        wait_s = self._timeline.wait_s(frame.at_s)
        if wait_s > 0:
            self._sleep(min(wait_s, _LONGEST_WAIT_S))
        if wait_s > _LONGEST_WAIT_S:
            return None
        self._ahead = self._next()
        last = self._ahead is None
        captured_at = self._timeline.captured_at(frame.at_s)
        if wait_s < -_LATE_S and not last:
            return Picture(captured_at)
        return Picture(captured_at, image=frame.image, last=last)

    def close(self) -> None:
        if self._video is not None:
            self._video.release()
        self._video = None

    def _next(self) -> _Ahead | None:
        """Read the next frame at the wanted rate; begin again at the end of a loop."""
        while self._video is not None:
            if not self._video.grab() and not self._grab_after_rewind():
                return None
            at_s = self._time()
            if self._options.fps is None or self._rate.take(at_s, self._options.fps):
                return _Ahead(at_s, self._video.retrieve())
        return None

    def _time(self) -> float:
        """Return the grabbed frame's time, counted on through loops."""
        at_s = self._loop_from_s + self._video.position_s() if self._video else 0.0
        if at_s > self._newest_s:
            self._interval_s = at_s - self._newest_s
            self._newest_s = at_s
        return at_s

    def _grab_after_rewind(self) -> bool:
        """Begin the next round of a loop, one frame's time after the newest; False where there is none."""
        if not self._options.loop:
            return False
        if self._video is not None:
            self._video.release()
        self._video = opencv.open_file(self._path)
        self._loop_from_s = self._newest_s = self._newest_s + self._interval_s
        return self._video.grab()


def file_source(address: Address, context: SourceContext) -> Source:
    """Make the source of a video file."""
    return FileSource(Path(address.path).expanduser(), playback(address), context.clock)
