"""DeepFace as a zoo of networks: `build_model`, fed with faces that are aligned already.

DeepFace itself would download a missing file and load any file of the right name. So it is pointed at
the checked cache, and the file it will look for is checked first.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.recognizer.alignment import Image, template_for
from services.recognizer.embedder import Accelerator
from services.recognizer.model_ids import model_id
from services.recognizer.vectors import Vectors, unit
from shared.errors import Unavailable
from shared.model_list import DEEPFACE_FILES
from shared.models import ModelCache, sha256_of

_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "directml": "DmlExecutionProvider",
}
_TASK = "facial_recognition"


class DeepFaceEmbedder:
    """Any face network that DeepFace builds from one file."""

    def __init__(self, network: str, weights: Path, accelerator: Accelerator = "cpu", threads: int = 0) -> None:
        client = _build(network, accelerator)
        _check_accelerator(network, client, accelerator)
        if threads:
            _limit_threads(client, weights, threads)
        width_px, height_px = client.input_shape  # DeepFace's order, as DeepID's 47×55 shows
        self._client = client
        self._takes_bytes = network == "Dlib"
        self.model_id = model_id("deepface", network, sha256_of(weights))
        self.dims = int(client.output_shape)
        self.template = template_for(network, width_px, height_px)

    def embed(self, faces: Sequence[Image]) -> Vectors:
        """See `Embedder`. DeepFace answers a flat list for one face and a list of lists for several."""
        if not faces:
            return np.zeros((0, self.dims), np.float32)
        answer = self._client.forward(self._input(np.stack(faces)))
        return unit(np.asarray(answer, np.float32).reshape(len(faces), self.dims))

    def _input(self, faces: NDArray[np.uint8]) -> NDArray[Any]:
        """Scale to 0 to 1, DeepFace's "base" normalisation; dlib's client cuts such numbers back to bytes, so it gets bytes."""
        return faces if self._takes_bytes else faces.astype(np.float32) / 255


def load_deepface(
    network: str, cache: ModelCache, accelerator: Accelerator = "cpu", threads: int = 0
) -> DeepFaceEmbedder:
    """Check the network's file, and let DeepFace build the network from it.

    Raises:
        Unavailable: no such network, its file is missing or unchecked, or the accelerator is not there.
    """
    file = DEEPFACE_FILES.get(network)
    if file is None:
        raise Unavailable(f"{network!r} is no face network that can be checked: one of {', '.join(DEEPFACE_FILES)}")
    weights = cache.ensure(file)
    os.environ["DEEPFACE_HOME"] = str(cache.deepface_home)
    return DeepFaceEmbedder(network, weights, accelerator, threads)


def _build(network: str, accelerator: Accelerator) -> Any:
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
    os.environ["DEEPFACE_ONNX_PROVIDERS"] = accelerator
    os.environ.setdefault("DEEPFACE_LOG_LEVEL", "40")
    from deepface import DeepFace  # its import makes folders and reads these variables

    try:
        return DeepFace.build_model(model_name=network, task=_TASK)
    except (ValueError, RuntimeError, ImportError) as error:
        raise Unavailable(f"DeepFace cannot build {network}: {str(error).splitlines()[0]}") from error


def _check_accelerator(network: str, client: Any, accelerator: Accelerator) -> None:
    """DeepFace drops a missing accelerator without a word; here it is an error."""
    if accelerator == "cpu":
        return
    if network == "Dlib":
        _check_dlib(accelerator)
        return
    running = client.model.get_providers()
    if running[0] != _PROVIDERS[accelerator]:
        raise Unavailable(
            f"{accelerator} was asked for and is not there: onnxruntime runs {network} on {running[0]}. "
            f"Install the onnxruntime build for it, or set NERO_RECOGNIZER__ACCELERATOR=cpu"
        )


def _check_dlib(accelerator: Accelerator) -> None:
    import dlib

    if accelerator != "cuda" or not dlib.DLIB_USE_CUDA or not dlib.cuda.get_num_devices():
        raise Unavailable(
            f"{accelerator} was asked for and this dlib runs on the CPU only: "
            f"install a dlib built with CUDA, or set NERO_RECOGNIZER__ACCELERATOR=cpu"
        )


def _limit_threads(client: Any, weights: Path, threads: int) -> None:
    """DeepFace gives no way to set onnxruntime's threads, so its session is opened again with them."""
    import onnxruntime

    if not isinstance(client.model, onnxruntime.InferenceSession):
        return  # dlib: one thread on a CPU, whatever is asked
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    client.model = onnxruntime.InferenceSession(str(weights), options, providers=client.model.get_providers())
