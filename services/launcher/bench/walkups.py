"""What is shown to the cameras: walk-ups of the sample people, an empty room, and real clips where they are there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

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
_CLIP_S, _BETWEEN_S = 12, 2.0
_WALL, _PHOTO_QUALITY = 92, 95


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


def clips_with_blinks(footage: Path) -> list[Path]:
    """Return the real clips in which somebody blinks, by the notes beside them."""
    notes = footage / "annotations.json"
    clips = json.loads(notes.read_text())["clips"] if notes.exists() else {}
    return [footage / name for name, said in clips.items() if said["blinks"] and (footage / name).exists()]


def real(clips: Sequence[Path], folder: Path) -> tuple[Show, dict[str, Path]]:
    """Return real clips one after the other, an empty picture between them, and a photo of each person to enrol.

    The photo is the clip's first frame. Frames are brought to 15 a second.
    """
    frames: list[Image] = []
    began_s: list[float] = []
    photos: dict[str, Path] = {}
    for video in clips:
        seen = _at_15_fps(video)
        photos[video.stem] = folder / f"{video.stem}.jpg"
        photos[video.stem].write_bytes(encode_jpeg(seen[0], _PHOTO_QUALITY))
        frames += [np.full_like(seen[0], _WALL)] * int(_BETWEEN_S * FPS)
        began_s.append(len(frames) / FPS)
        frames += seen
    return Show(tuple(frames), tuple(began_s)), photos


def _at_15_fps(video: Path) -> list[Image]:
    reader = cv2.VideoCapture(str(video))
    rate = reader.get(cv2.CAP_PROP_FPS) or FPS
    kept: list[Image] = []
    number = 0
    try:
        while len(kept) < _CLIP_S * FPS:
            found, frame = reader.read()
            if not found:
                break
            if number * FPS / rate >= len(kept):
                kept.append(fit_width(frame, _WIDTH))
            number += 1
    finally:
        reader.release()
    if not kept:
        raise Unavailable(f"{video.name}: no frame can be read from it")
    return kept


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
