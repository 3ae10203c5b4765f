"""Which face network: the one that the gallery was enrolled with, else the one asked for, else the best there is."""

from collections.abc import Callable
from dataclasses import dataclass

from services.recognizer.adapters.deepface_network import load_deepface
from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.embedder import Embedder
from services.recognizer.model_ids import name_of
from services.recognizer.settings import RecognizerSection
from shared import logs
from shared.errors import Unavailable
from shared.model_list import DLIB, FACENET, INTEL_BIN, INTEL_XML
from shared.models import ModelCache

_log = logs.get("networks")
Load = Callable[[str, ModelCache, RecognizerSection], Embedder]


@dataclass(frozen=True)
class Choice:
    """A network by its setting's name, and why."""

    network: str
    because: str


def choose(asked: str, stored_model_id: str | None, cache: ModelCache) -> Choice:
    """Return the network to load. What is stored with the first enrolment never changes silently.

    Raises:
        Unavailable: another network is asked for than the gallery was enrolled with.
    """
    if stored_model_id is None:
        return _best(cache) if asked == "auto" else Choice(asked, "it is set")
    enrolled_with = name_of(stored_model_id)
    if asked not in ("auto", enrolled_with):
        raise Unavailable(
            f"NERO_RECOGNIZER__NETWORK={asked}, but the gallery was enrolled with {enrolled_with}: "
            f"set it to {enrolled_with} or auto, or enrol everybody anew"
        )
    return Choice(enrolled_with, "the gallery was enrolled with it")


def load(network: str, cache: ModelCache, section: RecognizerSection) -> Embedder:
    """Load a network by its setting's name.

    Raises:
        Unavailable: a file is missing or broken, or the accelerator is not there.
    """
    if network == "intel":
        return load_intel(cache, section.accelerator, section.threads)
    return load_deepface(network, cache, section.accelerator, section.threads)


def open_embedder(section: RecognizerSection, cache: ModelCache, stored_model_id: str | None) -> Embedder:
    """Choose and load the network, and say in the log which and why.

    Raises:
        Unavailable: it cannot be had, or its file is not the one that the gallery was enrolled with.
    """
    choice = choose(section.network, stored_model_id, cache)
    embedder = load(choice.network, cache, section)
    if stored_model_id is not None and embedder.model_id != stored_model_id:
        raise Unavailable(
            f"the gallery was enrolled with {stored_model_id}, the files here make {embedder.model_id}: "
            f"bring the former file back, or enrol everybody anew"
        )
    _log.info("face network", network=choice.network, because=choice.because, model_id=embedder.model_id)
    return embedder


def _best(cache: ModelCache) -> Choice:
    if cache.has(FACENET):
        return Choice("Facenet", "auto: its weights are here")
    if cache.has(INTEL_XML) and cache.has(INTEL_BIN):
        return Choice("intel", "auto: FaceNet's weights are not here, Intel's files are")
    if cache.has(DLIB):
        return Choice("Dlib", "auto: neither FaceNet's nor Intel's files are here; a pip package carries dlib's")
    raise Unavailable("no face network's files are here, so nobody can be recognised: run `nero models pull`")
