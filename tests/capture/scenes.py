"""Pictures and videos that the capture tests make themselves, and a way to wait for threads."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from shared.images import Image, encode_jpeg


def scene(number: int = 0, width: int = 320, height: int = 240) -> Image:
    """A room with noise, and its number written so that it can be read back."""
    rng = np.random.default_rng(number)
    image = rng.integers(90, 110, (height, width, 3), dtype=np.uint8)
    for bit in range(8):
        image[8:40, 8 + 36 * bit : 40 + 36 * bit] = 255 if number >> bit & 1 else 0
    return image


def number_of(image: Image) -> int:
    """Read the number back."""
    return sum(1 << bit for bit in range(8) if image[12:36, 12 + 36 * bit : 36 + 36 * bit].mean() > 127)


def scene_jpeg(number: int = 0, width: int = 320, height: int = 240) -> bytes:
    return encode_jpeg(scene(number, width, height), 85)


def write_video(path: Path, frames: int, fps: float = 20.0, first: int = 0, width: int = 320) -> Path:
    """Write numbered scenes as a video."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, 240))
    assert writer.isOpened()
    for number in range(first, first + frames):
        writer.write(scene(number, width))
    writer.release()
    return path


def eventually(condition: Callable[[], object], timeout_s: float = 10.0, what: str = "") -> None:
    """Wait until a real thread or process got there."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what or condition}"
        time.sleep(0.01)
