"""A folder of images as a camera: `folder:PATH?pace=real|own&loop=1&base=ISO8601&simulated=1&fps=5`.

In real time and without a loop it goes on with the images that come later: a camera's drop folder.
"""

import time
from collections.abc import Callable
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

    def open(self) -> None:
        if not self._folder.is_dir():
            raise Unavailable(f"folder {self._folder.name}: there is no such folder")
        self._look_for_more()
        if not self._waiting and (self._options.own_clock or self._options.loop):
            raise Unavailable(f"folder {self._folder.name}: no JPEG, PNG or WebP in it")

    def read(self) -> Picture | None:
        at_s = self._shown / (self._options.fps or self._settings.folder_fps)
        wait_s = self._timeline.wait_s(at_s)
        if wait_s > 0:
            self._sleep(min(wait_s, _LONGEST_WAIT_S))
        if wait_s > _LONGEST_WAIT_S:
            return None
        self._look_for_more()
        self._shown += 1  # a bad image and a missing one have their turn too
        return self._picture(at_s) if self._waiting else None

    def _picture(self, at_s: float) -> Picture:
        path = self._waiting.pop(0)
        last = self._options.own_clock and not self._options.loop and not self._waiting
        try:
            data = _read_at_most(path, self._settings.max_image_bytes)
            image = decode(data, self._settings.max_image_pixels, self._settings.max_image_bytes)
        except BadImage as error:
            raise BadImage(error.code, f"{path.name}: {str(error).partition(': ')[2]}") from error
        except OSError as error:
            raise Invalid(f"{path.name}: {error.strerror}") from error
        return Picture(self._timeline.captured_at(at_s), image=image, last=last)

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
