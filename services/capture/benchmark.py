"""`python -m services.capture.benchmark`: milliseconds to refuse bad images, and what a camera costs.

Images are refused by their headers, so the figures hold for every door. The cost of a camera is
CPU time of the whole process (all threads) over wall time, with a real Redis at `NERO_REDIS_URL`.
"""

import argparse
import random
import resource
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from services.capture.compose import compose
from services.capture.settings import CaptureSettings
from services.capture.sources.base import Picture, SourceBase
from shared import logs
from shared.clock import Clock
from shared.images import BadImage, Image, decode, encode_jpeg
from shared.settings import load

_WARM_UP_S = 4.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="services.capture.benchmark", description=__doc__)
    parser.add_argument("--cameras", action="store_true", help="also measure cameras; needs a Redis")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each camera is measured")
    given = parser.parse_args()
    bad_images()
    if given.cameras:
        settings = load(CaptureSettings)
        logs.configure(settings, "capture")
        with tempfile.TemporaryDirectory() as folder:
            for what, still, source in _cameras(Path(folder)):
                _say(f"{what}: {100 * camera_cost(settings, source, still, given.seconds):.2f}% of a core")
    return 0


def bad_images(rounds: int = 200) -> None:
    """Print how long each kind of bad image takes to be refused, and by how much memory grew."""
    jpeg = encode_jpeg(_noise(400, 300), 80)
    at = jpeg.index(b"\xff\xc0")
    cases = {
        f"a {len(jpeg) // 1000} KB JPEG that claims 30000x30000": jpeg[: at + 5]
        + struct.pack(">HH", 30000, 30000)
        + jpeg[at + 9 :],
        "a truncated JPEG": jpeg[: len(jpeg) // 2],
        "an empty one": b"",
        "78 KB of random bytes": random.Random(1).randbytes(78_000),
    }
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for what, data in cases.items():
        walls_ms, cpus_ms = zip(*(_refusal_ms(data) for _ in range(rounds)), strict=True)
        _say(
            f"{what}: refused in {statistics.median(walls_ms):.3f} ms;"
            f" worst of {rounds}: {max(walls_ms):.3f} ms, of which CPU at most {max(cpus_ms):.3f} ms"
        )
    _say(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb} KB more at its peak")


def camera_cost(settings: CaptureSettings, source: str, still: bool, seconds: float) -> float:
    """Return the cores that one camera takes, after it has settled."""
    extra = {"synthetic": lambda _address, context: _Synthetic(still, context.clock)}
    capture = compose(settings, extra, {"BENCH__door": source})
    thread = threading.Thread(target=capture.run)
    thread.start()
    time.sleep(_WARM_UP_S)
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    time.sleep(seconds)
    cost = (time.process_time() - cpu_s) / (time.perf_counter() - wall_s)
    capture.stop.set()
    thread.join()
    return cost


def _cameras(folder: Path) -> list[tuple[str, bool, str]]:
    video = _write_video(folder / "still.mp4")
    return [
        ("no decoding of its own (a webcam's grab), 640x480 at 30 fps, idle", True, "synthetic:"),
        ("the same, something moves", False, "synthetic:"),
        ("a video file, 640x480 at 30 fps, nothing moves (decoding included)", True, f"file:{video}?loop=1"),
        ("the same at 15 fps", True, f"file:{_write_video(folder / 'slow.mp4', 15)}?loop=1"),
    ]


class _Synthetic(SourceBase):
    """Thirty frames a second from memory: what capture itself costs, without a driver."""

    def __init__(self, still: bool, clock: Clock) -> None:
        self._clock = clock
        step = 0 if still else 40
        self._pictures = [_grainy(np.roll(_room(), step * number, axis=1), number) for number in range(8)]
        self._read = 0

    def open(self) -> None:
        """Nothing to open."""

    def read(self) -> Picture | None:
        time.sleep(1 / 30)
        self._read += 1
        return Picture(self._clock.now(), retrieve=self._retrieve)

    def _retrieve(self) -> Image:
        return self._pictures[self._read % len(self._pictures)]


def _noise(width: int, height: int) -> Image:
    return np.random.default_rng(width).integers(0, 255, (height, width, 3), dtype=np.uint8)


def _room() -> Image:
    """An image with the detail of a room, not of noise: noise would be dear to encode."""
    return np.asarray(cv2.resize(_noise(16, 12), (640, 480), interpolation=cv2.INTER_CUBIC), np.uint8)


def _grainy(image: Image, seed: int) -> Image:
    grain = np.random.default_rng(seed).normal(0, 2, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def _write_video(path: Path, fps: int = 30) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (640, 480))
    for number in range(10 * fps):
        writer.write(_grainy(_room(), number))
    writer.release()
    return path


def _refusal_ms(data: bytes) -> tuple[float, float]:
    """Return wall time and this thread's CPU time: on a busy machine the first has others' work in it."""
    started_s, cpu_s = time.perf_counter(), time.thread_time()
    refused = _refused(lambda: decode(data))
    elapsed_ms, cpu_ms = (time.perf_counter() - started_s) * 1000, (time.thread_time() - cpu_s) * 1000
    if not refused:
        raise RuntimeError("a bad image was taken for a picture")
    return elapsed_ms, cpu_ms


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except BadImage:
        return True
    return False


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
