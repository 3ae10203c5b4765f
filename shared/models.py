"""The cache of model files: verified before every use, filled only by `pull` or from what is on this machine.

`path` gives a file that is there; `ensure` also takes it from the mirror folder or from an installed
pip package, without network; `pull` may download. Nothing is downloaded while serving.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Unavailable
from shared.model_io import (
    OnProgress,
    chunks_of,
    https_chunks,
    package_folder,
    put,
    reporting,
    sha256_of,
    unpacked,
)
from shared.model_list import MODELS, ON_REQUEST, ModelFile

__all__ = ["ModelCache", "ModelStatus", "OnProgress", "https_chunks", "package_folder", "sha256_of"]

Fetch = Callable[[str, float], Iterator[tuple[bytes, int | None]]]
"""From a URL and a timeout in seconds to chunks, each with the size in all where it is known."""

_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class ModelStatus:
    """One line of `nero models`."""

    name: str
    present: bool
    source: str
    """Where it is, or where it would come from: `cache`, `mirror`, `package NAME`, `download`."""
    licence: str
    size_mb: float
    disables: str
    """What it disables while it is missing."""
    problem: str = ""
    """Why it cannot be used, where it is there and cannot."""


class ModelCache:
    """The pinned files in one folder, with the sources to fill it from."""

    def __init__(
        self,
        models_dir: Path,
        mirror: Path | None = None,
        given_sha256: Mapping[str, str] | None = None,
        *,
        files: tuple[ModelFile, ...] = (*MODELS, *ON_REQUEST),
        fetch: Fetch = https_chunks,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._dir = models_dir.expanduser().resolve()
        self._mirror = mirror.expanduser().resolve() if mirror else None
        self._given = {name: value.lower() for name, value in (given_sha256 or {}).items()}
        self._files = {file.name: file for file in files}
        self._fetch = fetch
        self._timeout_s = timeout_s

    @property
    def deepface_home(self) -> Path:
        """What `DEEPFACE_HOME` must be for DeepFace to find the checked files."""
        return self._dir

    def path(self, name: str) -> Path:
        """Return where `name` lies, after checking its hash.

        Raises:
            Unavailable: it is missing, broken, or no hash is known for it.
        """
        file = self._file(name)
        expected = self._expected(file)
        place = self._place(file)
        if not place.is_file():
            raise Unavailable(f"{name} is missing, which disables {file.disables}: run `nero models pull`")
        if sha256_of(place) != expected:
            raise Unavailable(f"{place} is not the file that the list pins: run `nero models pull`")
        return place

    def ensure(self, name: str) -> Path:
        """Return `name` checked, taking it from the mirror or a pip package where the cache lacks it. No network.

        A broken file is cleared and taken again, once.

        Raises:
            Unavailable: it is in none of these places, or broken in all.
        """
        file = self._file(name)
        expected = self._expected(file)
        place = self._place(file)
        if place.is_file() and sha256_of(place) == expected:
            return place
        for source in self._local_sources(file):
            if sha256_of(source) == expected:
                put(place, chunks_of(source))
                return self.path(name)
        if place.is_file():
            place.unlink(missing_ok=True)
            raise Unavailable(
                f"{name} was broken and is cleared, which disables {file.disables}: run `nero models pull`"
            )
        return self.path(name)

    def pull(self, name: str, on_progress: OnProgress | None = None) -> Path:
        """Return `name` checked, downloading it where no nearer source has it. A broken download is tried once more.

        Raises:
            Unavailable: no source gave the pinned file; the message names each and what was wrong.
        """
        file = self._file(name)
        expected = self._expected(file)
        try:
            return self.ensure(name)
        except Unavailable:
            pass
        wrong = []
        for url in file.urls:
            for _ in range(2):
                try:
                    return self._download(file, url, expected, on_progress)
                except (OSError, ValueError, Unavailable) as error:
                    wrong.append(f"{url}: {error}")
        raise Unavailable(
            f"{name} is to be had from no source, which disables {file.disables}. "
            f"Put it into a folder named by NERO_MODELS_MIRROR. Tried: {'; '.join(dict.fromkeys(wrong))}"
        )

    def status(self) -> list[ModelStatus]:
        """Tell of each file of the default list, and of each other that is there, what a missing one disables."""
        default = {file.name for file in MODELS}
        return [
            self._status(file) for file in self._files.values() if file.name in default or self._place(file).is_file()
        ]

    def has(self, name: str) -> bool:
        """Tell whether `ensure` would succeed."""
        try:
            self.ensure(name)
        except Unavailable:
            return False
        return True

    def _status(self, file: ModelFile) -> ModelStatus:
        place = self._place(file)
        problem = ""
        present = False
        source = "download"
        try:
            expected = self._expected(file)
            near = [(where, path) for where, path in self._near(file) if sha256_of(path) == expected]
            present = bool(near)
            source = near[0][0] if near else "download"
            if place.is_file() and source != "cache":
                problem = "the file in the cache is broken"
        except Unavailable as error:
            problem = str(error)
        return ModelStatus(
            file.name,
            present,
            source,
            file.licence,
            file.size_mb,
            file.disables,
            problem,
        )

    def _near(self, file: ModelFile) -> list[tuple[str, Path]]:
        places = [("cache", self._place(file))]
        if self._mirror:
            places.append(("mirror", self._mirror / file.name))
        if file.carried_by:
            package, inside = file.carried_by
            folder = package_folder(package)
            places += [(f"package {package}", folder / inside)] if folder else []
        return [(where, path) for where, path in places if path.is_file()]

    def _local_sources(self, file: ModelFile) -> list[Path]:
        return [path for where, path in self._near(file) if where != "cache"]

    def _download(self, file: ModelFile, url: str, expected: str, on_progress: OnProgress | None) -> Path:
        chunks = reporting(self._fetch(url, self._timeout_s), on_progress)
        place = self._place(file)
        put(place, unpacked(chunks) if file.packed == "bz2" else chunks, expected)
        return place

    def _file(self, name: str) -> ModelFile:
        file = self._files.get(name)
        if file is None:
            raise Unavailable(f"{name} is no model of the list: {', '.join(sorted(self._files))}")
        return file

    def _expected(self, file: ModelFile) -> str:
        expected = file.sha256 or self._given.get(file.name)
        if expected is None:
            raise Unavailable(
                f"no hash is pinned for {file.name}, so it is not loaded, which disables {file.disables}: "
                f"check the file you trust with sha256sum and set {file.hash_setting}"
            )
        return expected

    def _place(self, file: ModelFile) -> Path:
        return self._dir / file.folder / file.name
