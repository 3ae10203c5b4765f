"""Embeddings as numbers: unit vectors, which the decisions compare without knowing any network."""

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable

Vector = NDArray[np.float32]
"""Shape (d,), unit length."""
Vectors = NDArray[np.float32]
"""Shape (n, d), each row of unit length."""


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Scale each row to length 1.

    Raises:
        Unavailable: a row is zero or holds no numbers, so the network is broken.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < 1e-9).any():
        raise Unavailable("the face network gave an empty or infinite embedding: check its file and accelerator")
    return np.asarray(vectors / lengths, np.float32)
