"""Networks are loaded from checked files, run on what was asked for, and never change silently."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from services.recognizer.adapters.deepface_network import load_deepface
from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.embedder import Embedder
from services.recognizer.model_ids import name_of
from services.recognizer.networks import choose, open_embedder
from services.recognizer.settings import RecognizerSection
from services.recognizer.stage import stored_model_id
from services.recognizer.vectors import unit
from shared import names
from shared.errors import Unavailable
from shared.model_list import DEEPFACE_FILES, FACENET
from shared.models import ModelCache
from tests.recognizer.conftest import Faces
from tests.recognizer.onnx_graph import DIMS, SIDE, facenet_like, reference, weight

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("network", "same_above", "other_below"), [("intel", 0.6, 0.3), ("dlib", 0.95, 0.93)])
def test_ada_is_like_herself_and_not_like_mallory(
    network: str, same_above: float, other_below: float, faces: Faces, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(network)
    chips = [faces.chip(who, n, embedder) for who, n in (("ada", 1), ("ada", 2), ("mallory", 1))]
    vectors = embedder.embed(chips)
    assert vectors.shape == (3, embedder.dims)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > same_above
    assert vectors[0] @ vectors[2] < other_below


@pytest.mark.parametrize("network", ["intel", "dlib"])
def test_one_face_alone_and_among_others_is_the_same(
    network: str, faces: Faces, request: pytest.FixtureRequest
) -> None:
    embedder: Embedder = request.getfixturevalue(network)
    chips = [faces.chip("ada", 1, embedder), faces.chip("grace", 1, embedder)]
    together = embedder.embed(chips)
    np.testing.assert_allclose(embedder.embed(chips[:1])[0], together[0], atol=1e-4)
    assert embedder.embed([]).shape == (0, embedder.dims)


def facenet_cache(folder: Path, data: bytes, given: str | None) -> ModelCache:
    mirror = folder / "mirror"
    mirror.mkdir()
    (mirror / FACENET).write_bytes(data)
    return ModelCache(folder / "cache", mirror, {FACENET: given} if given else None)


@pytest.fixture
def no_kept_models() -> None:
    """DeepFace keeps what it built for the whole process."""
    from deepface.modules import modeling

    for built in getattr(modeling, "cached_models", {}).values():
        built.pop("Facenet", None)


@pytest.mark.usefixtures("no_kept_models")
@pytest.mark.parametrize("threads", [0, 1])
def test_facenets_arithmetic_is_deepfaces(tmp_path: Path, threads: int) -> None:
    graph = facenet_like(weight())
    cache = facenet_cache(tmp_path, graph, hashlib.sha256(graph).hexdigest())
    embedder = load_deepface("Facenet", cache, threads=threads)
    assert (embedder.template.width_px, embedder.template.height_px, embedder.dims) == (SIDE, SIDE, DIMS)
    assert embedder.model_id == f"deepface:Facenet:{hashlib.sha256(graph).hexdigest()[:8]}:a1"
    faces = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.uint8)
    expected = unit(reference(faces.astype(np.float32) / 255, weight()))
    np.testing.assert_allclose(embedder.embed(list(faces)), expected, atol=2e-4)
    np.testing.assert_allclose(embedder.embed([faces[1]]), expected[1:2], atol=2e-4)


def test_facenet_is_not_loaded_without_a_hash_to_check(tmp_path: Path) -> None:
    cache = facenet_cache(tmp_path, facenet_like(weight()), given=None)
    with pytest.raises(Unavailable, match="NERO_RECOGNIZER__FACENET_SHA256"):
        load_deepface("Facenet", cache)


def test_another_file_of_the_right_name_is_not_loaded(tmp_path: Path) -> None:
    cache = facenet_cache(tmp_path, facenet_like(weight()), given="0" * 64)
    with pytest.raises(Unavailable, match="missing"):
        load_deepface("Facenet", cache)


def test_a_network_that_cannot_be_checked_is_refused(cache: ModelCache) -> None:
    with pytest.raises(Unavailable, match="one of Facenet, Dlib"):
        load_deepface("Buffalo_L", cache)


@pytest.mark.parametrize("accelerator", ["cuda", "directml"])
def test_an_accelerator_that_is_not_there_is_an_error(accelerator: str, cache: ModelCache, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not by"):
        load_intel(cache, accelerator)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="runs on the CPU only"):
        load_deepface("Dlib", cache, accelerator)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_kept_models")
def test_a_silent_cpu_is_an_error_too(tmp_path: Path) -> None:
    graph = facenet_like(weight())
    cache = facenet_cache(tmp_path, graph, hashlib.sha256(graph).hexdigest())
    with pytest.raises(Unavailable, match="cuda was asked for and is not there"):
        load_deepface("Facenet", cache, "cuda")


def test_auto_takes_intels_network_without_facenets_weights(cache: ModelCache) -> None:
    assert choose("auto", None, cache).network == "intel"


def test_auto_takes_dlibs_where_there_is_only_the_pip_package(tmp_path: Path) -> None:
    assert choose("auto", None, ModelCache(tmp_path)).network == "Dlib"


def test_auto_takes_facenet_where_its_checked_weights_are(tmp_path: Path) -> None:
    graph = facenet_like(weight())
    assert choose("auto", None, facenet_cache(tmp_path, graph, hashlib.sha256(graph).hexdigest())).network == "Facenet"


def test_auto_stays_with_what_the_gallery_was_enrolled_with(cache: ModelCache, dlib: Embedder) -> None:
    assert choose("auto", dlib.model_id, cache).network == "Dlib"
    with pytest.raises(Unavailable, match="enrolled with Dlib"):
        choose("intel", dlib.model_id, cache)


def test_another_file_than_the_gallery_was_enrolled_with_stops_the_start(cache: ModelCache, intel: Embedder) -> None:
    other = intel.model_id.replace("241229ca", "00000000")
    with pytest.raises(Unavailable, match="bring the former file back"):
        open_embedder(RecognizerSection(), cache, other)
    assert open_embedder(RecognizerSection(), cache, intel.model_id).model_id == intel.model_id


def test_the_choice_is_read_from_the_gallery(redis: Redis, intel: Embedder) -> None:
    assert stored_model_id(redis) is None
    redis.hset(names.GALLERY_META, "model_id", intel.model_id)
    assert stored_model_id(redis) == intel.model_id
    assert name_of(intel.model_id) == "intel"


def test_a_network_that_gives_no_numbers_is_broken_not_somebody() -> None:
    with pytest.raises(Unavailable, match="empty or infinite"):
        unit(np.zeros((1, 4), np.float32))
    with pytest.raises(Unavailable, match="empty or infinite"):
        unit(np.full((1, 4), np.nan, np.float32))


def test_importing_the_recognizers_decisions_loads_no_network() -> None:
    code = "import services.recognizer.matching, sys; assert not {'deepface','openvino','dlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_deepface_names_are_those_that_deepface_builds() -> None:
    from deepface.modules import modeling

    assert set(DEEPFACE_FILES) <= set(modeling.AVAILABLE_MODELS["facial_recognition"])
