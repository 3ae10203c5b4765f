"""Pre-encoded frames as a camera: what a load generator sends, at no cost of drawing or encoding.

The source is `reel:FILE?from=FRAME`; the file is length-prefixed JPEGs; it plays at 15 fps and loops.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.capture.sources.base import Address, Picture, SourceBase, SourceContext
from shared.clock import Clock
from shared.errors import Invalid, Unavailable
from shared.events import pack_images, unpack_images

SCHEME = "reel"
FPS = 15
_MOST_WAIT_S = 0.5


class ReelSource(SourceBase):
    """A camera that is always on time. See `services.capture.sources.base.Source`."""

    simulated = True

    def __init__(self, file: Path, first: int, clock: Clock) -> None:
        self._file = file
        self._first = first
        self._clock = clock
        self._frames: tuple[bytes, ...] = ()
        self._began_s = 0.0
        self._number = 0

    def open(self) -> None:
        """Read the whole reel into memory."""
        try:
            self._frames = unpack_images(self._file.read_bytes())
        except (OSError, Invalid) as error:
            raise Unavailable(f"reel:{self._file}: {error}") from error
        if not self._frames:
            raise Unavailable(f"reel:{self._file}: it holds no frames")
        self._began_s, self._number = self._clock.monotonic_s(), 0

    def read(self) -> Picture | None:
        """Return the next frame when it is due, as a camera does, wanted or not."""
        wait_s = self._began_s + self._number / FPS - self._clock.monotonic_s()
        if wait_s > 0:
            time.sleep(min(wait_s, _MOST_WAIT_S))
        jpeg = self._frames[(self._first + self._number) % len(self._frames)]
        late_s = max(0.0, -wait_s)
        self._number += 1
        return Picture(captured_at=self._clock.now() - timedelta(seconds=late_s), jpeg=jpeg)


def write_reel(frames: Sequence[bytes], file: Path) -> None:
    """Write JPEGs as a reel."""
    file.write_bytes(pack_images(frames))


def make_reel_source(address: Address, context: SourceContext) -> ReelSource:
    """Make a source of `reel:FILE?from=FRAME`."""
    address.only("from")
    first = address.options.get("from", "0")
    if not first.isdecimal():
        raise Unavailable(f"reel: from={first!r} is no number of a frame")
    return ReelSource(Path(address.path), int(first), context.clock)
