"""What the adapters cost beyond the runtimes that they call, and what an exact search costs."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from services.launcher.bench.figures import Missing, Network, Search, time_both_ms, time_ms
from services.recognizer.adapters.deepface_network import DeepFaceEmbedder
from services.recognizer.adapters.openvino_network import OpenVinoEmbedder
from services.recognizer.alignment import Image
from services.recognizer.embedder import Embedder
from services.recognizer.gallery import Matrix
from services.recognizer.networks import load
from services.recognizer.settings import RecognizerSection
from shared.errors import Unavailable
from shared.models import ModelCache

NETWORKS = ("intel", "Dlib", "Facenet")
"""One whose files are not here is told as missing; no network of random weights stands in for it."""
GALLERIES = (1_000, 10_000, 100_000)
_DIMS = 128


def measure_networks(cache: ModelCache, names: Sequence[str]) -> dict[str, Network | Missing]:
    """Time every network on one face and one thread; one that cannot be had says why."""
    return {name: _measure(name, cache) for name in names}


def available(cache: ModelCache, network: str) -> Missing | None:
    """Return why a network cannot be had here, or None where it can."""
    try:
        open_network(cache, network)
    except Unavailable as error:
        return Missing(not_available=str(error))
    return None


def open_network(cache: ModelCache, network: str) -> Embedder:
    """Load a network on one thread.

    Raises:
        Unavailable: its files are not here, or broken.
    """
    return load(network, cache, RecognizerSection(network=network, threads=1))


def measure_search() -> tuple[Search, ...]:
    """Time the exact search of whole galleries of random templates."""
    return tuple(_search(count) for count in GALLERIES)


def _measure(name: str, cache: ModelCache) -> Network | Missing:
    try:
        embedder = open_network(cache, name)
    except Unavailable as error:
        return Missing(not_available=str(error))
    template = embedder.template
    shape = (template.height_px, template.width_px, 3)
    face = cast(Image, np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8))
    repeats = 3 if name == "Dlib" else 20
    embed_ms, bare_ms = time_both_ms(lambda: embedder.embed([face]), _bare(embedder, face), repeats)
    return Network(embed_ms=embed_ms, bare_ms=bare_ms, ratio=round(embed_ms / bare_ms, 3), model_id=embedder.model_id)


def _bare(embedder: Embedder, face: Image) -> Callable[[], object]:
    """Return the runtime's own call, on an input that is ready."""
    if isinstance(embedder, OpenVinoEmbedder):
        compiled: Any = embedder._compiled  # noqa: SLF001 - the measurement is of exactly this part
        planes = np.ascontiguousarray(face.astype(np.float32).transpose(2, 0, 1)[None])
        return lambda: compiled(planes)
    if not isinstance(embedder, DeepFaceEmbedder):
        raise TypeError(f"no bare call is known of {type(embedder).__name__}")
    model: Any = embedder._client.model  # noqa: SLF001
    if hasattr(model, "model"):  # DeepFace's wrapper of dlib's
        return lambda: model.model.compute_face_descriptor(face)
    name, ready = model.get_inputs()[0].name, (face.astype(np.float32) / 255)[None]
    return lambda: model.run(None, {name: ready})


def _search(count: int) -> Search:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((count, _DIMS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery = Matrix(_DIMS)
    for number, vector in enumerate(vectors):
        gallery.put(f"S{number}", vector)
    return Search(
        templates=count, dims=_DIMS, ms=time_ms(lambda: gallery.search(vectors[7], None), 200 if count < 50_000 else 20)
    )
