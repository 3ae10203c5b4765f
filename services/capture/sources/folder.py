"""A folder of images as a camera: `folder:PATH?pace=real|own&loop=1&base=ISO8601&real=1&fps=5`.

In real time and without a loop it goes on with the images that come later. Its people are `simulated` unless
capture's own command line says `real=1`: then it is a camera's drop folder.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from services.capture.settings import CaptureSection
from services.capture.sources.base import Address, Picture, Source, SourceBase, SourceContext
from services.capture.sources.footage import Playback, Timeline, playback
from shared.clock import Clock
from shared.errors import Invalid, Unavailable
from shared.images import BadImage, decode

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_LONGEST_WAIT_S = 0.2


class FolderSource(SourceBase):
    """Shows the images of a folder in the order of their names."""

    def __init__(
        self,
        folder: Path,
        options: Playback,
        settings: CaptureSection,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.in_order = options.own_clock
        self.simulated = options.simulated
        self._folder = folder
        self._options = options
        self._settings = settings
        self._sleep = sleep
        self._timeline = Timeline(options, clock)
        self._waiting: list[Path] = []
        self._newest_name = ""
        self._shown = 0
        self._held: Picture | None = None

    def open(self) -> None:
        if not self._folder.is_dir():
            raise Unavailable(f"folder {self._folder.name}: there is no such folder")
        self._look_for_more()
        if not self._waiting and (self._options.own_clock or self._options.loop):
            raise Unavailable(f"folder {self._folder.name}: no JPEG, PNG or WebP in it")

    def read(self) -> Picture | None:
        if self._options.own_clock and not self._options.loop:
            return self._one_ahead()
        wait_s = self._timeline.wait_s(self._turn_s())
        if wait_s > 0:
            self._sleep(min(wait_s, _LONGEST_WAIT_S))
        if wait_s > _LONGEST_WAIT_S:
            return None
        self._look_for_more()
        if not self._waiting:
            self._shown += 1  # a missing image has its turn too
            return None
        return self._picture()

    def _one_ahead(self) -> Picture:
        """Return the next image once it is known whether a good one follows: the last good one ends the footage."""
        while self._waiting:
            ready, self._held = self._held, self._picture()
            if ready is not None:
                return ready
        if self._held is None:
            raise Unavailable(f"folder {self._folder.name}: none of its images can be read")
        ready, self._held = self._held, None
        return replace(ready, last=True)

    def _turn_s(self) -> float:
        return self._shown / (self._options.fps or self._settings.folder_fps)

    def _picture(self) -> Picture:
        path, at_s = self._waiting.pop(0), self._turn_s()
        self._shown += 1  # a bad image has its turn too
        try:
            data = _read_at_most(path, self._settings.max_image_bytes)
            image = decode(data, self._settings.max_image_pixels, self._settings.max_image_bytes)
        except BadImage as error:
            raise BadImage(error.code, f"{path.name}: {str(error).partition(': ')[2]}") from error
        except OSError as error:
            raise Invalid(f"{path.name}: {error.strerror}") from error
        return Picture(self._timeline.captured_at(at_s), image=image)

    def _look_for_more(self) -> None:
        if self._waiting or (self._options.own_clock and self._shown and not self._options.loop):
            return
        after = "" if self._options.loop else self._newest_name
        self._waiting = [path for path in _images(self._folder) if path.name > after]
        if self._waiting:
            self._newest_name = self._waiting[-1].name


def _images(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise Unavailable(f"folder {folder.name}: {error.strerror}") from error


def _read_at_most(path: Path, max_bytes: int) -> bytes:
    """Read a file, one byte more than allowed at the most: enough to be refused, and no more memory."""
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def folder_source(address: Address, context: SourceContext) -> Source:
    """Make the source of a folder."""
    return FolderSource(Path(address.path).expanduser(), playback(address), context.settings.capture, context.clock)
