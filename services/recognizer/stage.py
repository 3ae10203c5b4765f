"""The recognizer's stage, composed: the same for production and tests."""

from redis import Redis

from services.recognizer.embedder import Embedder
from services.recognizer.follower import GalleryFollower
from services.recognizer.networks import open_embedder
from services.recognizer.settings import RecognizerSettings
from services.recognizer.step import Identify
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from shared import metrics, names
from shared.errors import Unavailable
from shared.health import HealthBoard
from shared.keys import KeyRing, load_ring
from shared.models import ModelCache
from shared.models_told import ModelInUse, Tell, tell_nobody
from shared.redis_replies import text
from shared.schedule import ScheduleStore
from shared.worker import StageWorker


def model_cache(settings: RecognizerSettings) -> ModelCache:
    """Return the cache of model files, with the hashes that the operator vouches for."""
    return ModelCache(settings.models_dir, settings.models_mirror, settings.recognizer.given_sha256)


def stored_model_id(redis: Redis) -> str | None:
    """Return what the gallery was enrolled with, or None before the first enrolment."""
    stored = redis.hget(names.GALLERY_META, "model_id")
    return text(stored) if stored is not None else None


def embedder_for(settings: RecognizerSettings, redis: Redis, tell: Tell = tell_nobody) -> Embedder:
    """Open the face network of this installation, and tell which it is or why there is none.

    Raises:
        Unavailable: see `networks.open_embedder`.
    """
    try:
        embedder = open_embedder(settings.recognizer, model_cache(settings), stored_model_id(redis))
    except Unavailable as error:
        tell(ModelInUse(task="face", problem=str(error)))
        raise
    tell(ModelInUse(task="face", model=embedder.model_id))
    metrics.MODEL_INFO.labels("face", embedder.model_id).set(1)
    return embedder


def identify_step(settings: RecognizerSettings, redis: Redis, embedder: Embedder, template_ring: KeyRing) -> Identify:
    """Compose the step."""
    keys = TemplateKeys(redis, template_ring)
    gallery = GalleryFollower(redis, keys, embedder.model_id, embedder.dims)
    return Identify(embedder, thresholds_of(embedder.model_id), gallery, ScheduleStore(redis), settings.recognizer)


def recognizer_stage(
    settings: RecognizerSettings, redis: Redis, health: HealthBoard, tell: Tell = tell_nobody
) -> StageWorker:
    """Compose the whole stage: network, gallery, step, engine.

    Raises:
        Unavailable: a key ring or the network is not there.
    """
    template_ring, media_ring = load_ring(settings.keys_dir, "template"), load_ring(settings.keys_dir, "media")
    embedder = embedder_for(settings, redis, tell)
    step = identify_step(settings, redis, embedder, template_ring)
    return StageWorker(
        redis,
        media_ring,
        names.FACES,
        names.RECOGNIZER_GROUP,
        step,
        settings=settings.recognizer.stage,
        health=health,
    )
