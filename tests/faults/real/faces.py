"""The faces of the synthetic students: real photos, landmarked once, embedded once, kept as files for the doors."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.alignment import aligned
from services.recognizer.embedder import Embedder
from services.recognizer.vectors import Vector
from shared import images
from shared.events import Crop, Moment
from shared.landmarks import Landmarker, open_landmarker
from shared.models import ModelCache
from shared.quality import measure

MOMENTS: tuple[Moment, ...] = ("start", "middle", "end")
_BRIGHTER = (0, 6, 12)
"""Added to the luma of each moment's crop: three looks at one face are never the same bytes."""


@dataclass(frozen=True)
class Face:
    """What a door shows of one person."""

    crops: tuple[Crop, ...]
    jpegs: tuple[bytes, ...]


def make_faces(materials: Path, folder: Path, count: int) -> tuple[list[Vector], str]:
    """Write `count` people's faces into `folder`; return the embedding of each, and the network's id.

    Each student has a face of their own: one that is more like somebody else is never admitted by a number.

    Raises:
        ValueError: there are fewer people.
    """
    embedder = load_intel(ModelCache(folder / "models", materials / "models"), threads=1)
    landmarker = open_landmarker(max_faces=2, still=True)
    vectors: list[Vector] = []
    try:
        for photo in sorted((materials / "faces" / "lfw").glob("*/*_0001.jpg")):
            if len(vectors) == count:
                break
            vector = _make(photo, folder / f"face{len(vectors)}", landmarker, embedder)
            vectors += [] if vector is None else [vector]
    finally:
        landmarker.close()
    if len(vectors) < count:
        raise ValueError(f"{materials} has faces for {len(vectors)} check-ins, not for {count}")
    return vectors, embedder.model_id


def read_face(folder: Path, number: int) -> Face:
    """Read what `make_faces` wrote of the student of this number."""
    return _read(folder / f"face{number}")


def _make(photo: Path, folder: Path, landmarker: Landmarker, embedder: Embedder) -> Vector | None:
    """Write one person's face; None where none is found on the photo."""
    picture = images.decode(photo.read_bytes())
    face = max(landmarker.find(picture), key=lambda found: found.box.width, default=None)
    if face is None:
        return None
    folder.mkdir()
    height, width = picture.shape[:2]
    crops = []
    for moment, brighter in zip(MOMENTS, _BRIGHTER, strict=True):
        look = np.clip(picture.astype(np.int16) + brighter, 0, 255).astype(np.uint8)
        (folder / f"{moment}.jpg").write_bytes(images.encode_jpeg(look, 90))
        quality = measure(look, face).model_copy(update={"yaw_deg": 0.0, "pitch_deg": 0.0})
        crop = Crop(
            moment=moment,
            captured_at=datetime(2026, 1, 1, tzinfo=UTC),
            width=width,
            height=height,
            points=face.points,
            quality=quality,
        )
        crops.append(crop.model_dump(mode="json"))
    (folder / "crops.json").write_text(json.dumps(crops))
    vector: Vector = embedder.embed([aligned(picture, face.points, embedder.template)])[0]
    return vector


def _read(folder: Path) -> Face:
    crops = tuple(Crop.model_validate(crop) for crop in json.loads((folder / "crops.json").read_text()))
    return Face(crops, tuple((folder / f"{moment}.jpg").read_bytes() for moment in MOMENTS))
