"""The faces of the synthetic students: real photos, landmarked once, embedded once, kept as files for the doors."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.alignment import aligned
from services.recognizer.embedder import Embedder, Vector
from shared import images
from shared.events import Crop, Moment
from shared.landmarks import Landmarker, open_landmarker
from shared.models import ModelCache
from shared.quality import measure

PEOPLE = ("Debbie_Reynolds", "Jennifer_Connelly", "Matt_Damon")
MOMENTS: tuple[Moment, ...] = ("start", "middle", "end")
_BRIGHTER = (0, 6, 12)
"""Added to the luma of each moment's crop: three looks at one face are never the same bytes."""
_VARIATION = 0.03
"""Standard deviation of what a student's template differs by, in each of its numbers, from the face's own."""


@dataclass(frozen=True)
class Face:
    """What a door shows of one person."""

    crops: tuple[Crop, ...]
    jpegs: tuple[bytes, ...]


def make_faces(materials: Path, folder: Path) -> tuple[list[Vector], str]:
    """Write every face into `folder`; return the embedding of each, and the network's id."""
    embedder = load_intel(ModelCache(folder / "models", materials / "models"), threads=1)
    landmarker = open_landmarker(max_faces=2, still=True)
    try:
        photos = [materials / "faces" / "lfw" / name / f"{name}_0001.jpg" for name in PEOPLE]
        vectors = [_make(photo, folder / f"face{at}", landmarker, embedder) for at, photo in enumerate(photos)]
    finally:
        landmarker.close()
    return vectors, embedder.model_id


def read_faces(folder: Path) -> list[Face]:
    """Read what `make_faces` wrote."""
    return [_read(path) for path in sorted(folder.glob("face*"))]


def template_of(face: Vector, number: int) -> Vector:
    """Return the template of student `number`, who has this face: its embedding, varied by the number."""
    varied = face + np.random.default_rng(number).normal(scale=_VARIATION, size=face.shape).astype(np.float32)
    return np.asarray(varied / np.linalg.norm(varied), np.float32)


def _make(photo: Path, folder: Path, landmarker: Landmarker, embedder: Embedder) -> Vector:
    folder.mkdir()
    picture = images.decode(photo.read_bytes())
    face = max(landmarker.find(picture), key=lambda found: found.box.width)
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
