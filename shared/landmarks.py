"""Face landmarks: one `Landmarker`, two interfaces of MediaPipe behind it.

`mp.solutions.face_mesh`, refined, where the installed version has it; Tasks' `FaceLandmarker`, which
needs the model file `face_landmarker.task`, where not. Without refinement the eyes barely close.
"""

import contextlib
import importlib
import os
import re
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.face import Face, Landmarks

Image = NDArray[np.uint8]
"""Shape (height, width, 3), BGR."""
Interface = Literal["solutions", "tasks"]
TASKS_MODEL = "face_landmarker.task"
_WARM_UP_SIDE_PX = 192
_MESH_POINTS = 478
_CHATTER = re.compile(rb"[IW]\d{4} |INFO: Created TensorFlow Lite|WARNING: All log messages before absl")


class Landmarker(Protocol):
    """Finds faces. One is made per camera, because in video it follows faces from frame to frame."""

    interface: Interface

    def find(self, image_bgr: Image, timestamp_ms: int = 0) -> list[Face]:
        """Return the faces in one image, in no special order.

        `timestamp_ms` is the frame's time; it must grow from call to call (stills ignore it).

        Raises:
            Unavailable: the library failed on the image; the landmarker must be opened again.
        """

    def close(self) -> None:
        """Free the model; no call after this."""


class _Closing(ABC):
    """Lets an adapter be used in a `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Free the model."""


class SolutionsLandmarker(_Closing):
    """`mp.solutions.face_mesh`, refined; the wheel carries its models. About 5 ms a frame of 640×480."""

    interface: Interface = "solutions"

    def __init__(self, max_faces: int = 3, still: bool = False) -> None:
        mediapipe = _import("mediapipe.python.solutions.face_mesh")
        self._mesh: Any = mediapipe.FaceMesh(static_image_mode=still, max_num_faces=max_faces, refine_landmarks=True)
        self._warned = False
        self.find(_blank())

    def find(self, image_bgr: Image, timestamp_ms: int = 0) -> list[Face]:  # noqa: ARG002 - the Protocol's
        """See `Landmarker`. This interface keeps its own time."""
        try:
            found = self._process(_rgb(image_bgr))
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"MediaPipe failed on a frame: {_first_line(error)}") from error
        height, width = image_bgr.shape[:2]
        return [Face(_in_pixels(face.landmark, width, height)) for face in found]

    def close(self) -> None:
        """See `Landmarker`."""
        self._mesh.close()

    def _process(self, image_rgb: Image) -> Sequence[Any]:
        """MediaPipe warns once more, with the first face that it follows."""
        if self._warned:
            return self._mesh.process(image_rgb).multi_face_landmarks or []
        with quiet_stderr():
            found = self._mesh.process(image_rgb).multi_face_landmarks or []
        self._warned = bool(found)
        return found


class TasksLandmarker(_Closing):
    """Tasks' `FaceLandmarker`, from `face_landmarker.task`. About 11 ms a frame of 640×480."""

    interface: Interface = "tasks"

    def __init__(self, model: Path, max_faces: int = 3, still: bool = False) -> None:
        self._mp = _import("mediapipe")
        vision = _import("mediapipe.tasks.python.vision")
        base = _import("mediapipe.tasks.python.core.base_options")
        mode = vision.RunningMode.IMAGE if still else vision.RunningMode.VIDEO
        options = vision.FaceLandmarkerOptions(
            base_options=base.BaseOptions(model_asset_buffer=_read(model)),
            running_mode=mode,
            num_faces=max_faces,
            output_face_blendshapes=False,
        )
        self._landmarker: Any = vision.FaceLandmarker.create_from_options(options)
        self._still = still
        self._last_ms = -1
        self.find(_blank())

    def find(self, image_bgr: Image, timestamp_ms: int = 0) -> list[Face]:
        """See `Landmarker`."""
        picture = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=_rgb(image_bgr))
        try:
            found = self._detect(picture, timestamp_ms).face_landmarks
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"MediaPipe failed on a frame: {_first_line(error)}") from error
        height, width = image_bgr.shape[:2]
        return [Face(_in_pixels(face, width, height)) for face in found]

    def close(self) -> None:
        """See `Landmarker`."""
        self._landmarker.close()

    def _detect(self, picture: Any, timestamp_ms: int) -> Any:
        if self._still:
            return self._landmarker.detect(picture)
        self._last_ms = max(timestamp_ms, self._last_ms + 1)  # the graph refuses a time that does not grow
        return self._landmarker.detect_for_video(picture, self._last_ms)


def open_landmarker(tasks_model: Path | None = None, *, max_faces: int = 3, still: bool = False) -> Landmarker:
    """Return a landmarker of the best interface there is.

    `tasks_model` is a checked `face_landmarker.task`, or None where there is none. `still` is for
    unrelated pictures (enrolment); otherwise faces are followed from frame to frame.

    Raises:
        Unavailable: neither interface works here.
    """
    reasons = []
    for name, make in _interfaces(tasks_model, max_faces, still):
        try:
            with quiet_stderr():
                return make()
        except Exception as error:  # noqa: BLE001 - a broken wheel or model raises whatever it likes; all mean "not here"
            reasons.append(f"{name}: {_first_line(error)}")
    raise Unavailable(
        f"no face landmarks ({'; '.join(reasons)}); liveness and enrolment cannot work: "
        f"install mediapipe 0.10.21, or run `nero models pull` for {TASKS_MODEL}"
    )


def _interfaces(
    tasks_model: Path | None, max_faces: int, still: bool
) -> Sequence[tuple[str, Callable[[], Landmarker]]]:
    ways: list[tuple[str, Callable[[], Landmarker]]] = [("mp.solutions", lambda: SolutionsLandmarker(max_faces, still))]
    if tasks_model is not None:
        ways.append(("mp.tasks", lambda: TasksLandmarker(tasks_model, max_faces, still)))
    return ways


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep MediaPipe's C++ chatter off the log: it writes to file descriptor 2 itself, whatever it is told.

    Only its information and warnings are dropped; whatever else is written meanwhile comes after.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            sink.seek(0)
            os.write(2, b"".join(line for line in sink if not _CHATTER.match(line)))


def _import(module: str) -> Any:
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return importlib.import_module(module)


def _read(model: Path) -> bytes:
    try:
        return model.read_bytes()
    except OSError as error:
        raise Unavailable(f"{model} cannot be read: {error.strerror}") from error


def _in_pixels(points: Sequence[Any], width: int, height: int) -> Landmarks:
    """Return shape (478, 3). MediaPipe scales z as x, by the image's width."""
    if len(points) < _MESH_POINTS:
        raise Unavailable(f"MediaPipe gave {len(points)} landmarks, not {_MESH_POINTS}: it is not refined here")
    scale = np.array([width, height, width], dtype=np.float32)
    flat = np.fromiter((c for p in points for c in (p.x, p.y, p.z)), dtype=np.float32, count=3 * len(points))
    return flat.reshape(-1, 3)[:_MESH_POINTS] * scale


def _rgb(image_bgr: Image) -> Image:
    if image_bgr.ndim != 3 or image_bgr.shape[2] != 3 or image_bgr.dtype != np.uint8:
        raise ValueError(f"a picture must be (height, width, 3) of bytes, not {image_bgr.shape} {image_bgr.dtype}")
    return np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _blank() -> Image:
    return np.zeros((_WARM_UP_SIDE_PX, _WARM_UP_SIDE_PX, 3), dtype=np.uint8)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
