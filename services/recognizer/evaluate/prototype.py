"""The path to compare with: one `DeepFace.represent` on the whole picture, its own Haar detector and alignment."""

import os
from collections.abc import Sequence

import numpy as np

from services.recognizer.alignment import Image
from services.recognizer.vectors import Vector, unit
from shared.model_list import DLIB
from shared.models import ModelCache


class PrototypePath:
    """dlib's network stands in for FaceNet, whose weights can't be had everywhere."""

    model_id = "prototype:Dlib:opencv"
    dims = 128

    def __init__(self, cache: ModelCache) -> None:
        cache.ensure(DLIB)
        os.environ["DEEPFACE_HOME"] = str(cache.deepface_home)
        os.environ.setdefault("DEEPFACE_LOG_LEVEL", "40")

    def vectors(self, pictures: Sequence[Image]) -> list[Vector | None]:
        """Return the first face that is found, as the prototype takes it; None where none is."""
        return [self._vector(picture) for picture in pictures]

    def _vector(self, picture: Image) -> Vector | None:
        from deepface import DeepFace

        try:
            found = DeepFace.represent(picture, model_name="Dlib", detector_backend="opencv")
        except ValueError:  # "Face could not be detected"
            return None
        first: Vector = unit(np.asarray([found[0]["embedding"]], np.float32))[0]
        return first
