"""No model file is used before its hash is checked, and none is fetched while serving."""

import bz2
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import Unavailable
from shared.model_list import DEEPFACE_FILES, DLIB, FACENET, INTEL_BIN, MODELS, ON_REQUEST, ModelFile
from shared.models import ModelCache, https_chunks, package_folder, sha256_of

GOOD = b"the weights " * 1000


def pinned(name: str = "net.bin", data: bytes = GOOD, **fields: object) -> ModelFile:
    given: dict[str, object] = {
        "name": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_mb": 0.1,
        "licence": "MIT",
        "disables": "the test network",
        "urls": ("https://models.example/net.bin",),
        **fields,
    }
    return ModelFile(**given)  # type: ignore[arg-type]


class Site:
    """A download site that answers each call with the next of its answers."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []

    def __call__(self, url: str, timeout_s: float) -> Iterator[tuple[bytes, int | None]]:
        self.calls.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for at in range(0, len(answer), 5000):
            yield answer[at : at + 5000], len(answer)


def no_network(url: str, timeout_s: float) -> Iterator[tuple[bytes, int | None]]:
    raise AssertionError(f"{url} was fetched")


def test_a_missing_file_says_what_it_disables_and_what_to_do(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path, files=(pinned(),), fetch=no_network)
    with pytest.raises(Unavailable, match="disables the test network: run `nero models pull`"):
        cache.ensure("net.bin")


def test_a_changed_byte_is_found_before_use(tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(GOOD[:-1] + b"X")
    cache = ModelCache(tmp_path, files=(pinned(),), fetch=no_network)
    with pytest.raises(Unavailable, match="not the file that the list pins"):
        cache.path("net.bin")


def test_a_broken_file_is_taken_again_from_the_mirror(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "net.bin").write_bytes(GOOD)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "net.bin").write_bytes(b"cut short")
    cache = ModelCache(tmp_path / "cache", mirror, files=(pinned(),), fetch=no_network)
    assert cache.ensure("net.bin").read_bytes() == GOOD
    assert cache.path("net.bin") == tmp_path / "cache" / "net.bin"


def test_a_broken_file_with_no_other_source_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(b"cut short")
    cache = ModelCache(tmp_path, files=(pinned(),), fetch=no_network)
    with pytest.raises(Unavailable, match="broken and is cleared"):
        cache.ensure("net.bin")
    assert not (tmp_path / "net.bin").exists()


def test_a_broken_mirror_is_not_copied(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "net.bin").write_bytes(b"something else")
    cache = ModelCache(tmp_path / "cache", mirror, files=(pinned(),), fetch=no_network)
    with pytest.raises(Unavailable):
        cache.ensure("net.bin")
    assert not (tmp_path / "cache" / "net.bin").exists()


def test_a_pull_downloads_once_and_says_how_far_it_is(tmp_path: Path) -> None:
    site, seen = Site(GOOD), []
    cache = ModelCache(tmp_path, files=(pinned(),), fetch=site)
    path = cache.pull("net.bin", lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == GOOD
    assert seen[-1] == (len(GOOD), len(GOOD))
    assert cache.pull("net.bin") == path
    assert len(site.calls) == 1


def test_a_broken_download_is_tried_once_more_and_nothing_half_is_left(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path, files=(pinned(),), fetch=Site(GOOD[:100], GOOD))
    assert cache.pull("net.bin").read_bytes() == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["net.bin"]


def test_when_no_source_helps_there_is_one_clear_error(tmp_path: Path) -> None:
    site = Site(GOOD[:100], OSError("no route"), b"an error page", OSError("no route"))
    file = pinned(urls=("https://one.example/net.bin", "https://two.example/net.bin"))
    cache = ModelCache(tmp_path, files=(file,), fetch=site)
    with pytest.raises(Unavailable, match=r"NERO_MODELS_MIRROR.*one\.example.*SHA-256.*two\.example.*no route"):
        cache.pull("net.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_packed_download_is_unpacked_before_it_is_checked(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path, files=(pinned(packed="bz2"),), fetch=Site(bz2.compress(GOOD)))
    assert cache.pull("net.bin").read_bytes() == GOOD


def test_a_packed_download_that_ends_early_is_no_file(tmp_path: Path) -> None:
    cut = bz2.compress(GOOD)[:-20]
    cache = ModelCache(tmp_path, files=(pinned(packed="bz2"),), fetch=Site(cut, cut))
    with pytest.raises(Unavailable, match="middle of the bz2 stream"):
        cache.pull("net.bin")


def test_a_file_with_no_pinned_hash_needs_the_operators(tmp_path: Path) -> None:
    file = pinned(sha256=None, hash_setting="NERO_RECOGNIZER__FACENET_SHA256")
    (tmp_path / "net.bin").write_bytes(GOOD)
    with pytest.raises(Unavailable, match="set NERO_RECOGNIZER__FACENET_SHA256"):
        ModelCache(tmp_path, files=(file,), fetch=no_network).ensure("net.bin")
    given = {"net.bin": hashlib.sha256(GOOD).hexdigest().upper()}
    assert ModelCache(tmp_path, None, given, files=(file,), fetch=no_network).ensure("net.bin").exists()
    with pytest.raises(Unavailable):
        ModelCache(tmp_path, None, {"net.bin": "0" * 64}, files=(file,), fetch=no_network).path("net.bin")


def test_the_operators_hash_does_not_override_a_pinned_one(tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(b"forged")
    given = {"net.bin": hashlib.sha256(b"forged").hexdigest()}
    with pytest.raises(Unavailable, match="not the file"):
        ModelCache(tmp_path, None, given, files=(pinned(),), fetch=no_network).path("net.bin")


def test_only_https_is_downloaded_from() -> None:
    with pytest.raises(Unavailable, match="only https"):
        next(https_chunks("file:///etc/passwd", 1.0))


def test_dlibs_file_comes_from_the_pip_package_without_importing_it(tmp_path: Path) -> None:
    import sys

    cache = ModelCache(tmp_path, fetch=no_network)
    assert cache.ensure(DLIB).parent == tmp_path / ".deepface" / "weights"
    assert "face_recognition_models" not in sys.modules
    assert package_folder("no_such_package_anywhere") is None


def test_the_status_tells_what_is_there_from_where_and_what_is_disabled(materials: Path, tmp_path: Path) -> None:
    cache = ModelCache(tmp_path, materials / "models", fetch=no_network)
    cache.ensure(INTEL_BIN)
    status = {line.name: line for line in cache.status()}
    assert status[INTEL_BIN].source == "cache"
    assert status[DLIB].source == "package face_recognition_models"
    assert not status[FACENET].present
    assert "no hash is pinned" in status[FACENET].problem
    assert all(line.disables and line.licence for line in status.values())
    assert {line.name for line in status.values() if line.present} == {f.name for f in MODELS} - {FACENET}


def test_every_model_of_the_mirror_is_the_pinned_one(materials: Path) -> None:
    mirrored = {path.name: sha256_of(path) for path in (materials / "models").iterdir()}
    assert mirrored.items() <= {file.name: file.sha256 for file in MODELS}.items()


def test_every_deepface_network_has_its_file_in_the_list() -> None:
    listed = {file.name: file for file in (*MODELS, *ON_REQUEST)}
    for name in DEEPFACE_FILES.values():
        assert listed[name].sha256 or listed[name].hash_setting
