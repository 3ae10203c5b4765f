"""The prototype's own loop, for comparison only.

Every frame goes through `mp.solutions`; after one eye aspect ratio under 0.20, each fifth frame goes
whole through `DeepFace.represent` with its OpenCV detector; a Python loop compares with pickled
encodings; an UPDATE marks the row in SQLite. It runs on recorded footage at once, and the time at which
each frame would have come is counted with: no frame is begun before it has come, or the one before it is done.
"""

import os
import pickle
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from services.launcher.bench.figures import Missing, Prototype, spread
from services.launcher.bench.walkups import FPS, PEOPLE, Show
from services.launcher.people.samples import photo_path
from shared.errors import NeroError, Unavailable
from shared.images import Image, decode
from shared.landmarks import SolutionsLandmarker, quiet_stderr
from shared.model_list import DLIB
from shared.models import ModelCache

_EAR_BELOW = 0.20
_EACH = 5
_NETWORK = "Dlib"
"""The only DeepFace network whose weights a pip package carries; the prototype's own was FaceNet."""
_DISTANCE = 0.4
_ABSENT_S = 1.0
"""Nobody in view for so long: the next face must blink again."""


@dataclass
class _Loop:
    """The prototype's state, and what was measured."""

    encodings: bytes
    database: sqlite3.Connection
    blinked_at_s: float | None = None
    since_blink: int = 0
    seen_at_s: float = 0.0
    marked: bool = False
    latencies_ms: list[float] = field(default_factory=list)
    represent_ms: list[float] = field(default_factory=list)
    landmarks_ms: list[float] = field(default_factory=list)


def measure_prototype(show: Show, cache: ModelCache, folder: Path) -> Prototype | Missing:
    """Play the show through the prototype's loop: from each blink's frame to its row in SQLite."""
    try:
        represent, landmarker = _represent(cache), SolutionsLandmarker(max_faces=1)
    except NeroError as error:
        return Missing(not_available=str(error))
    known = {student: represent(_picture(photo)) for student, photo in PEOPLE.items()}
    loop = _Loop(pickle.dumps(known), _database(folder / "prototype.db"))
    free_s = 0.0
    for number, frame in enumerate(show.frames):
        came_s = number / FPS
        begins_s = max(came_s, free_s)
        begun = time.perf_counter()
        _frame(loop, frame, came_s, landmarker, represent)
        free_s = begins_s + time.perf_counter() - begun
        _note_marked(loop, free_s)
    landmarker.close()
    loop.database.close()
    if not loop.latencies_ms:
        return Missing(not_available="the prototype's loop recognised nobody on this footage")
    return Prototype(
        spread=spread(loop.latencies_ms),
        landmarks_ms=round(median(loop.landmarks_ms), 2),
        represent_ms=round(median(loop.represent_ms), 1),
        network=_NETWORK,
        recognised=len(loop.latencies_ms),
        walkups=len(show.walkups_at_s),
    )


def _frame(loop: _Loop, frame: Image, came_s: float, landmarker: SolutionsLandmarker, represent: Any) -> None:
    begun = time.perf_counter()
    faces = landmarker.find(frame)
    loop.landmarks_ms.append((time.perf_counter() - begun) * 1000)
    if not faces:
        if came_s - loop.seen_at_s > _ABSENT_S:
            loop.blinked_at_s, loop.marked = None, False
        return
    loop.seen_at_s = came_s
    if loop.blinked_at_s is None and not loop.marked and (faces[0].ear_left + faces[0].ear_right) / 2 < _EAR_BELOW:
        loop.blinked_at_s, loop.since_blink = came_s, 0
    if loop.blinked_at_s is None or loop.marked:
        return
    loop.since_blink += 1
    if loop.since_blink % _EACH == 0:
        _recognise(loop, frame, represent)


def _recognise(loop: _Loop, frame: Image, represent: Any) -> None:
    begun = time.perf_counter()
    probe = represent(frame)
    loop.represent_ms.append((time.perf_counter() - begun) * 1000)
    if probe is None:
        return
    best, least = None, _DISTANCE
    for student, known in pickle.loads(loop.encodings).items():  # noqa: S301 - our own bytes; it is what is compared with
        distance = 1 - float(np.dot(probe, known) / (np.linalg.norm(probe) * np.linalg.norm(known)))
        if distance < least:
            best, least = student, distance
    if best is not None:
        loop.database.execute("UPDATE attendance SET status = 'present' WHERE student_id = ?", (best,))
        loop.database.commit()
        loop.marked = True


def _note_marked(loop: _Loop, now_s: float) -> None:
    """Note the latency once: from the blink's frame to the row."""
    if loop.marked and loop.blinked_at_s is not None:
        loop.latencies_ms.append((now_s - loop.blinked_at_s) * 1000)
        loop.blinked_at_s = None


def _represent(cache: ModelCache) -> Any:
    """Return the prototype's `represent`: a whole picture to an embedding, or None without a face.

    Raises:
        Unavailable: DeepFace, or dlib's weights, are not here.
    """
    cache.ensure(DLIB)
    os.environ["DEEPFACE_HOME"] = str(cache.deepface_home)
    os.environ.setdefault("DEEPFACE_LOG_LEVEL", "40")
    try:
        from deepface import DeepFace
    except ImportError as error:
        raise Unavailable(f"DeepFace is not installed: {error}") from error

    def represent(image: Image) -> Any:
        try:
            found: Sequence[Any] = DeepFace.represent(image, model_name=_NETWORK, detector_backend="opencv")
        except ValueError:  # "Face could not be detected"
            return None
        return np.asarray(found[0]["embedding"], np.float32)

    represent(np.zeros((64, 64, 3), np.uint8))
    return represent


def _picture(photo: str) -> Image:
    with quiet_stderr():  # libpng has a complaint about the astronaut's colour profile
        return decode(photo_path(photo).read_bytes())


def _database(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE attendance (student_id TEXT PRIMARY KEY, status TEXT)")
    database.executemany("INSERT INTO attendance VALUES (?, 'expected')", [(student,) for student in PEOPLE])
    database.commit()
    return database
