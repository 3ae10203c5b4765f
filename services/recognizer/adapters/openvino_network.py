"""Intel's small face network, run by OpenVINO."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from services.recognizer.alignment import INTEL_0095, Image
from services.recognizer.embedder import Accelerator
from services.recognizer.model_ids import INTEL, model_id
from services.recognizer.vectors import Vectors, unit
from shared.errors import Unavailable
from shared.model_list import INTEL_BIN, INTEL_XML
from shared.models import ModelCache, sha256_of


class OpenVinoEmbedder:
    """256 numbers from a face of 128×128, BGR, 0 to 255. About 5 ms on one core."""

    def __init__(self, xml: Path, weights: Path, accelerator: Accelerator = "cpu", threads: int = 0) -> None:
        core = openvino.Core()
        device = _device(core.available_devices, accelerator)
        try:
            network = core.read_model(xml, weights)
            network.reshape([-1, 3, INTEL_0095.height_px, INTEL_0095.width_px])
            self._compiled: Any = core.compile_model(network, device, _config(device, threads))
        except RuntimeError as error:
            raise Unavailable(f"OpenVINO cannot load {xml.name} on {device}: {str(error).splitlines()[0]}") from error
        self.model_id = model_id("openvino", INTEL, sha256_of(weights))
        self.dims = int(self._compiled.output(0).get_partial_shape()[1].get_length())
        self.template = INTEL_0095

    def embed(self, faces: Sequence[Image]) -> Vectors:
        """See `Embedder`."""
        if not faces:
            return np.zeros((0, self.dims), np.float32)
        batch = np.stack(faces).astype(np.float32).transpose(0, 3, 1, 2)
        return unit(np.asarray(self._compiled(batch)[0]).reshape(len(faces), self.dims))


def load_intel(cache: ModelCache, accelerator: Accelerator = "cpu", threads: int = 0) -> OpenVinoEmbedder:
    """Load the network from its two checked files.

    Raises:
        Unavailable: a file is missing or broken, or the accelerator is not there.
    """
    return OpenVinoEmbedder(cache.ensure(INTEL_XML), cache.ensure(INTEL_BIN), accelerator, threads)


def _device(available: Sequence[str], accelerator: Accelerator) -> str:
    if accelerator == "cpu":
        return "CPU"
    if accelerator != "openvino":
        raise Unavailable(
            f"{INTEL} runs by OpenVINO, not by {accelerator}: set NERO_RECOGNIZER__ACCELERATOR to cpu or openvino"
        )
    devices = [device for device in available if device != "CPU"]
    if not devices:
        raise Unavailable("OpenVINO finds no accelerator here, only the CPU: set NERO_RECOGNIZER__ACCELERATOR=cpu")
    return devices[0]


def _config(device: str, threads: int) -> dict[str, Any]:
    """Full precision everywhere: templates made on one machine are compared on another."""
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads and device == "CPU":
        config["INFERENCE_NUM_THREADS"] = threads
    return config
