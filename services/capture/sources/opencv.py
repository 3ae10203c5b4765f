"""OpenCV's `VideoCapture`, with its errors and waits made ours. The one adapter to it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from shared.errors import Unavailable
from shared.images import Image

# FFmpeg's own complaints go to stderr unstructured, and OpenCV's too; what matters we log ourselves.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")

import cv2

cv2.setLogLevel(0)


class Video(Protocol):
    """What the sources need of a `VideoCapture`."""

    def grab(self) -> bool:
        """Fetch the next frame without converting it; False at the end or when the camera has gone."""

    def retrieve(self) -> Image:
        """Return the grabbed frame's pixels.

        Raises:
            Unavailable: there are none.
        """

    def position_s(self) -> float:
        """Return the grabbed frame's time in the footage."""

    def release(self) -> None:
        """Close it."""


class OpenCvVideo:
    """A `VideoCapture` that is open."""

    def __init__(self, capture: "cv2.VideoCapture") -> None:
        self._capture = capture

    def grab(self) -> bool:
        try:
            return bool(self._capture.grab())
        except cv2.error as error:
            raise Unavailable(f"the driver failed: {error}") from error

    def retrieve(self) -> Image:
        try:
            done, image = self._capture.retrieve()
        except cv2.error as error:
            raise Unavailable(f"the driver failed: {error}") from error
        if not done or image is None:
            raise Unavailable("the driver gave a frame without a picture")
        return np.asarray(image, np.uint8)

    def position_s(self) -> float:
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def release(self) -> None:
        self._capture.release()


def open_file(path: Path) -> Video:
    """Open a video file (or an animated GIF).

    Raises:
        Unavailable: it is not there, or no video.
    """
    if not path.is_file():
        raise Unavailable(f"file {path.name}: there is no such file")
    return _opened(str(path), cv2.CAP_FFMPEG, (), f"file {path.name}: no video that can be read")


def open_url(url: str, open_timeout_s: float, read_timeout_s: float, shown: str) -> Video:
    """Open an RTSP or HTTP camera. `shown` names it in messages, without its password.

    Raises:
        Unavailable: nothing answers there in time.
    """
    timeouts = (
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(open_timeout_s * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(read_timeout_s * 1000)),
    )
    return _opened(url, cv2.CAP_FFMPEG, timeouts, f"{shown}: no camera answers there")


def open_device(index: int, backend: int, width: int, height: int, fps: float) -> Video | None:
    """Open a webcam through one backend; None where it does not open or gives no frame.

    MJPG is asked for: uncompressed 640×480 at 30 fps fills a USB 2 bus with two cameras.
    """
    try:
        capture = cv2.VideoCapture(index, backend)
    except cv2.error:
        return None
    if not capture.isOpened():
        return None
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)  # V4L2: an old frame in a long queue would be a late one
    if not capture.grab():
        capture.release()
        return None
    return OpenCvVideo(capture)


def device_backends(system: str) -> tuple[int, ...]:
    """Return the backends to try, in order, by `platform.system()`."""
    known = {
        "Windows": (cv2.CAP_DSHOW, cv2.CAP_MSMF, cv2.CAP_ANY),
        "Darwin": (cv2.CAP_AVFOUNDATION, cv2.CAP_ANY),
        "Linux": (cv2.CAP_V4L2, cv2.CAP_ANY),
    }
    return known.get(system, (cv2.CAP_ANY,))


def _opened(name: str, backend: int, options: Sequence[int], problem: str) -> Video:
    # One decoder thread: several would hold frames back, and take cores from the other cameras.
    try:
        capture = cv2.VideoCapture(name, backend, [*options, cv2.CAP_PROP_N_THREADS, 1])
    except cv2.error as error:
        raise Unavailable(problem) from error
    if not capture.isOpened():
        raise Unavailable(problem)
    return OpenCvVideo(capture)
