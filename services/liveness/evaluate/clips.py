"""Annotated clips, and what this service sees in them at a given frame rate and phase."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from services.liveness.observation import Observation
from services.liveness.observe import observe
from shared.errors import Unavailable
from shared.face import Face
from shared.landmarks import Image, Landmarker

MOST_WIDTH_PX = 640
"""Capture sends frames no wider or higher."""


@dataclass(frozen=True)
class Turn:
    """An annotated turn of the head."""

    from_s: float
    to_s: float
    yaw_deg: float


@dataclass(frozen=True)
class Clip:
    """One file with what a person saw in it."""

    path: Path
    blinks_s: tuple[float, ...]
    turns: tuple[Turn, ...]
    mixed: bool
    """Partly an attack, and blinks in it are not annotated."""


def read_clips(folder: Path) -> list[Clip]:
    """Read `annotations.json` of a folder of clips.

    Raises:
        Unavailable: it is not there, or not such a file.
    """
    try:
        document = json.loads((folder / "annotations.json").read_text())
        return [_clip(folder / name, fields) for name, fields in document["clips"].items()]
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(f"{folder}/annotations.json: {error}") from error


def frame_rate(path: Path) -> float:
    """Return the clip's frames per second."""
    return float(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS))


def frames(path: Path) -> Iterator[tuple[float, Image]]:
    """Return every frame with its time in seconds, as capture would size it."""
    video = cv2.VideoCapture(str(path))
    fps = video.get(cv2.CAP_PROP_FPS)
    number = 0
    while True:
        there, image = video.read()
        if not there:
            return
        yield number / fps, _sized(np.asarray(image, dtype=np.uint8))
        number += 1


def follow(pictures: Sequence[tuple[float, Image]], landmarker: Landmarker) -> list[Observation]:
    """Return the numbers of one face through a clip: the largest at first, then the one nearest to it."""
    seen: list[Observation] = []
    for t_s, image in pictures:
        faces = landmarker.find(image, int(t_s * 1000))
        if faces:
            seen.append(observe(image, _same(faces, seen), t_s))
    return seen


def thinned(count: int, fps: float, wanted_fps: float) -> list[range]:
    """Return, for each phase, the frames that remain when a clip is thinned to about `wanted_fps`."""
    step = max(1, round(fps / wanted_fps))
    return [range(phase, count, step) for phase in range(step)]


def _same(faces: Sequence[Face], before: Sequence[Observation]) -> Face:
    if not before:
        return max(faces, key=lambda face: face.box.width)
    last = before[-1].box.centre
    return min(faces, key=lambda face: abs(face.box.centre.x - last.x) + abs(face.box.centre.y - last.y))


def _clip(path: Path, fields: dict[str, Any]) -> Clip:
    turns = tuple(Turn(turn["t"][0], turn["t"][1], turn["yaw"]) for turn in fields["turns"])
    return Clip(path, tuple(fields["blinks"]), turns, fields["label"] != "live")


def _sized(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = MOST_WIDTH_PX / max(height, width)
    if scale >= 1:
        return image
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
