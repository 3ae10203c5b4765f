"""A folder of people's photos as vectors: the path that is measured, kept on disk between runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.recognizer.alignment import Image, aligned
from services.recognizer.embedder import Embedder
from services.recognizer.vectors import Vector
from shared import images
from shared.face import Face
from shared.landmarks import Landmarker

_BATCH = 16
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Photo:
    """One photo of one person; `number` is the photo's, as the pairs name it."""

    person: str
    number: int
    path: Path


@dataclass(frozen=True)
class Embedded:
    """Photos and their vectors, in the same order. A row of zeros: no face was found (failure to acquire)."""

    model_id: str
    people: NDArray[np.str_]
    numbers: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @property
    def acquired(self) -> NDArray[np.bool_]:
        """Which photos gave a vector."""
        return np.asarray(np.abs(self.vectors).sum(axis=1) > 0)

    def of(self, people: frozenset[str]) -> "Embedded":
        """Keep only these people."""
        keep = np.isin(self.people, list(people))
        return Embedded(self.model_id, self.people[keep], self.numbers[keep], self.vectors[keep])


class Way(Protocol):
    """From an image to a vector, however a system does it."""

    model_id: str
    dims: int

    def vectors(self, pictures: Sequence[Image]) -> list[Vector | None]:
        """Return one unit vector per picture, None where no face was found."""


class OwnPath:
    """Nero's: landmarks, alignment, network. Of several faces the one nearest the picture's middle is meant."""

    def __init__(self, landmarker: Landmarker, embedder: Embedder) -> None:
        self._landmarker = landmarker
        self._embedder = embedder
        self.model_id = embedder.model_id
        self.dims = embedder.dims

    def vectors(self, pictures: Sequence[Image]) -> list[Vector | None]:
        """See `Way`."""
        faces = [_central(self._landmarker.find(picture), picture) for picture in pictures]
        chips = [
            aligned(picture, face.points, self._embedder.template)
            for picture, face in zip(pictures, faces, strict=True)
            if face is not None
        ]
        rows: Iterator[Vector] = iter(self._embedder.embed(chips))
        return [None if face is None else next(rows) for face in faces]


def photos_of(lfw: Path) -> list[Photo]:
    """List a folder laid out as LFW is: `Person_Name/Person_Name_0001.jpg`."""
    return [
        Photo(path.parent.name, int(path.stem.rsplit("_", 1)[1]), path) for path in sorted(lfw.glob("*/*_[0-9]*.jpg"))
    ]


def embed_photos(photos: Sequence[Photo], way: Way, kept: Path, progress: Progress) -> Embedded:
    """Return the photos' vectors, from `kept` where an earlier run of the same model and photos left them."""
    found = _read(kept, way.model_id, photos)
    if found is not None:
        return found
    vectors = np.zeros((len(photos), way.dims), np.float32)
    for start in range(0, len(photos), _BATCH):
        batch = photos[start : start + _BATCH]
        for row, vector in enumerate(way.vectors([images.decode(photo.path.read_bytes()) for photo in batch]), start):
            if vector is not None:
                vectors[row] = vector
        progress(start + len(batch), len(photos))
    embedded = Embedded(
        way.model_id,
        np.array([photo.person for photo in photos]),
        np.array([photo.number for photo in photos]),
        vectors,
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        kept, model_id=way.model_id, people=embedded.people, numbers=embedded.numbers, vectors=embedded.vectors
    )
    return embedded


def _read(kept: Path, model_id: str, photos: Sequence[Photo]) -> Embedded | None:
    if not kept.exists():
        return None
    with np.load(kept, allow_pickle=False) as file:
        embedded = Embedded(str(file["model_id"]), file["people"], file["numbers"], file["vectors"])
    same = embedded.model_id == model_id and [(p.person, p.number) for p in photos] == list(
        zip(embedded.people.tolist(), embedded.numbers.tolist(), strict=True)
    )
    return embedded if same else None


def _central(faces: Sequence[Face], picture: Image) -> Face | None:
    height, width = picture.shape[:2]
    middle = np.array([width / 2, height / 2])
    return min(faces, key=lambda face: float(np.linalg.norm(np.array(face.box.centre) - middle)), default=None)
