"""Several crops, one decision: whether they are one person, and their mean."""

from collections.abc import Sequence

import numpy as np

from services.recognizer.vectors import Vector, Vectors
from shared.events import Crop


def agreement(vectors: Vectors) -> float | None:
    """Return the smallest similarity between two rows; None with fewer than two."""
    if len(vectors) < 2:
        return None
    similarities = vectors @ vectors.T
    return float(similarities[np.triu_indices(len(vectors), k=1)].min())


def fuse(vectors: Vectors, weights: Sequence[float]) -> Vector:
    """Return the mean of the rows, weighted by quality, of unit length; shape (d,)."""
    weighted = np.maximum(np.asarray(weights, np.float32), 1e-3)[:, None] * vectors
    mean = weighted.sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def tells_a_story(crops: Sequence[Crop]) -> bool:
    """Tell whether crops come from at least two moments of the challenge: one moment says nothing of the others."""
    return len({crop.moment for crop in crops}) >= 2
