"""What a face network is to the rest: aligned faces in, unit vectors out."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from services.recognizer.alignment import Image, Template
from shared.errors import Unavailable

Accelerator = Literal["cpu", "cuda", "openvino", "directml"]
Vector = NDArray[np.float32]
"""Shape (d,), unit length."""
Vectors = NDArray[np.float32]
"""Shape (n, d), each row of unit length."""

ALIGNMENT_VERSION = "a1"
"""Part of every model id: another alignment makes templates that may not be compared with these."""


class Embedder(Protocol):
    """A face network. Its templates are only compared with those of the same `model_id`."""

    model_id: str
    dims: int
    template: Template
    """The input: its size, and where in it the face belongs."""

    def embed(self, faces: Sequence[Image]) -> Vectors:
        """Return one unit vector per aligned face, shape (len(faces), dims), in order.

        Raises:
            Unavailable: the network gave no usable numbers.
        """


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Scale each row to length 1.

    Raises:
        Unavailable: a row is zero or holds no numbers, so the network is broken.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-9).any():
        raise Unavailable("the face network gave an empty or infinite embedding: check its file and accelerator")
    return np.asarray(vectors / lengths, np.float32)


def model_id(runtime: str, network: str, sha256: str) -> str:
    """Name a network, its weights and its alignment in one id.

    >>> model_id("deepface", "Dlib", "55533b28a958")
    'deepface:Dlib:55533b28:a1'
    """
    return f"{runtime}:{network}:{sha256[:8]}:{ALIGNMENT_VERSION}"
