"""What a face network is to the rest: aligned faces in, unit vectors out."""

from collections.abc import Sequence
from typing import Literal, Protocol

from services.recognizer.alignment import Image, Template
from services.recognizer.vectors import Vectors

Accelerator = Literal["cpu", "cuda", "openvino", "directml"]


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
