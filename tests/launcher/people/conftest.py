"""Landmarks as the pipeline finds them, and both sample people ready to walk up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.launcher.people.portrait import Portrait, load_portrait
from services.launcher.people.samples import SAMPLES, photo_path
from shared.landmarks import Landmarker, open_landmarker


@pytest.fixture(scope="session")
def stills() -> Iterator[Landmarker]:
    """A landmarker of unrelated pictures."""
    landmarker = open_landmarker(still=True)
    yield landmarker
    landmarker.close()


@pytest.fixture(scope="session")
def lfw_photos(materials: Path) -> list[Path]:
    """Photos of twelve people of Labeled Faces in the Wild, drawn once, by their place in the list only."""
    return sorted((materials / "faces" / "lfw").glob("*/*_0001.jpg"))[100::190][:12]


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest, stills: Landmarker) -> Portrait:
    """Eileen Collins, then Grace Hopper."""
    return load_portrait(photo_path(request.param), stills.find)
