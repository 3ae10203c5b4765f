"""What is shown to the cameras: walk-ups of the sample people, an empty room, and real clips where they are there."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from services.launcher.people.script import Script, WalkUp
from services.launcher.people.stage import Stage, load_portraits
from shared.errors import Unavailable
from shared.images import Image, encode_jpeg, fit_width
from shared.landmarks import open_landmarker

FPS = 15
JPEG_QUALITY = 85
PEOPLE = {"S1": "sample:eileen_collins", "S2": "sample:grace_hopper"}
"""Student ids and photos. They take turns, so that nobody comes back within the repeat interval."""
_STAY_S, _PAUSE_S = 4.5, 1.0
_IDLE_S = 4
_CLIP_FRAMES = 60
_WIDTH = 640


@dataclass(frozen=True)
class Show:
    """Frames at 15 fps, decoded."""

    frames: tuple[Image, ...]
    walkups_at_s: tuple[float, ...]
    """When each walk-up begins."""

    def jpegs(self) -> list[bytes]:
        """Return the frames as capture sends them."""
        return [encode_jpeg(frame, JPEG_QUALITY) for frame in self.frames]


def busy(rounds: int = 1) -> Show:
    """Return both sample people walking up in turn, `rounds` times each; they blink without being asked."""
    walkups = [
        WalkUp(photo=photo, behaviour="blink", stay_max_s=_STAY_S, pause_before_s=_PAUSE_S)
        for _ in range(rounds)
        for photo in PEOPLE.values()
    ]
    stage = _stage(Script(walkups=tuple(walkups), seed=7))
    frames: list[Image] = []
    while not stage.over:
        frames.append(stage.picture(len(frames) / FPS))
    return Show(tuple(frames), tuple(visit.began_s for visit in stage.visits))


def idle() -> Show:
    """Return the empty room, with its sensor's noise."""
    stage = _stage(Script(walkups=(WalkUp(photo=PEOPLE["S1"], pause_before_s=3600),), seed=7))
    return Show(tuple(stage.picture(number / FPS) for number in range(_IDLE_S * FPS)), ())


def clip(video: Path) -> tuple[Image, ...]:
    """Return the first frames of a real clip, as wide as capture sends them.

    Raises:
        Unavailable: it cannot be read.
    """
    reader = cv2.VideoCapture(str(video))
    frames: list[Image] = []
    try:
        while len(frames) < _CLIP_FRAMES:
            found, frame = reader.read()
            if not found:
                break
            frames.append(fit_width(frame, _WIDTH))
    finally:
        reader.release()
    if not frames:
        raise Unavailable(f"{video.name}: no frame can be read from it")
    return tuple(frames)


def _stage(script: Script) -> Stage:
    landmarker = open_landmarker(still=True)
    try:
        return Stage(script, load_portraits(script, Path(), landmarker.find))
    finally:
        landmarker.close()
