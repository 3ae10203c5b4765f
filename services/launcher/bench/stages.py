"""Milliseconds of each step of a frame's way, one by one, on one core."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

from services.capture.look import look_at_jpeg
from services.launcher.bench import walkups
from services.launcher.bench.figures import time_each_ms
from services.recognizer.alignment import INTEL_0095, aligned
from shared.face import Face
from shared.images import MAX_BYTES, MAX_PIXELS, Image, decode, encode_jpeg
from shared.landmarks import Landmarker, open_landmarker

_FRAME_MS = round(1000 / walkups.FPS)


def measure_stages(show: walkups.Show, footage: Path | None) -> dict[str, dict[str, float]]:
    """Time the steps on the sample people's walk-ups, and on every real clip there is."""
    clips = sorted(footage.glob("*.mp4")) if footage else []
    sources = {"sample people": show.frames} | {path.stem: walkups.clip(path) for path in clips}
    return {name: _steps(frames) for name, frames in sources.items()}


def _steps(frames: Sequence[Image]) -> dict[str, float]:
    jpegs = [encode_jpeg(frame, walkups.JPEG_QUALITY) for frame in frames]
    landmarker = open_landmarker()
    try:
        landmarks_ms, faces = _landmarks(landmarker, frames)
    finally:
        landmarker.close()
    steps = {
        "jpeg_encode": time_each_ms([partial(encode_jpeg, frame, walkups.JPEG_QUALITY) for frame in frames]),
        "look_for_motion": time_each_ms([partial(look_at_jpeg, jpeg, MAX_PIXELS, MAX_BYTES) for jpeg in jpegs]),
        "jpeg_decode": time_each_ms([partial(decode, jpeg) for jpeg in jpegs]),
        "landmarks": landmarks_ms,
    }
    if faces:
        steps["align"] = time_each_ms([partial(aligned, frame, face.points, INTEL_0095) for frame, face in faces])
    return steps


def _landmarks(landmarker: Landmarker, frames: Sequence[Image]) -> tuple[float, list[tuple[Image, Face]]]:
    """Find the faces frame by frame, as video; time the frames that show one."""
    times_ms, found = [], []
    for number, frame in enumerate(frames):
        begun_s = time.perf_counter()
        faces = landmarker.find(frame, number * _FRAME_MS)
        if faces:
            times_ms.append((time.perf_counter() - begun_s) * 1000)
            found.append((frame, faces[0]))
    return (round(median(times_ms), 3) if times_ms else float("nan")), found
