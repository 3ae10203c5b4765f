"""The two public-domain portraits that pip packages carry. Found as files: nothing is imported, nothing downloaded."""

import importlib.util
from pathlib import Path

from shared.errors import Unavailable

PREFIX = "sample:"
_CARRIED_BY = {
    "eileen_collins": ("skimage", "data/astronaut.png", "scikit-image"),  # NASA, public domain
    "grace_hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "matplotlib"),  # US Navy, public domain
}
SAMPLES = tuple(PREFIX + name for name in _CARRIED_BY)


def photo_path(photo: str, beside: Path = Path()) -> Path:
    """Return the file of `sample:NAME`, or of a path relative to the folder `beside`.

    Raises:
        Unavailable: no such sample, or no such file.
    """
    path = _sample(photo.removeprefix(PREFIX)) if photo.startswith(PREFIX) else beside / photo
    if not path.is_file():
        raise Unavailable(f"photo {photo!r}: there is no file {path}")
    return path


def _sample(name: str) -> Path:
    if name not in _CARRIED_BY:
        raise Unavailable(f"photo {PREFIX + name!r}: there is no such sample; there are {', '.join(SAMPLES)}")
    package, inside, project = _CARRIED_BY[name]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Unavailable(f"photo {PREFIX + name!r} comes with the pip package {project}, which is not installed")
    return Path(found.origin).parent / inside
