"""The enrolment worker: the model is loaded once, and stays."""

from contextlib import AbstractContextManager
from pathlib import Path

from redis import Redis

from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.enroller import Enroller
from services.recognizer.enrolment.job import JOB, JOB_LOOK, JOB_OF_MANY, QUEUE, make_ready
from services.recognizer.enrolment.photo import PhotoReader
from services.recognizer.enrolment.slots import SlotLookAlikes, watching_slots
from services.recognizer.follower import GalleryFollower
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import embedder_for, model_cache
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from shared.clock import SystemClock
from shared.connections import connect_events
from shared.durable import DurableStreams
from shared.errors import Unavailable
from shared.health import HealthBoard
from shared.keys import load_ring
from shared.landmarks import Landmarker, open_landmarker
from shared.model_list import FACE_LANDMARKER
from shared.models_told import ModelInUse, Tell, tell_nobody
from shared.queue_worker import QueueWorker
from shared.schedule import ScheduleStore

HELD_S = 20
"""A job whose worker is silent for longer is tried again: one that is done twice does no harm."""


class EnrolmentWorker(QueueWorker):
    """Does enrolments."""

    functions = frozenset({JOB, JOB_LOOK, JOB_OF_MANY})
    held_s = HELD_S


def open_enroller(settings: RecognizerSettings, redis: Redis, tell: Tell = tell_nobody) -> Enroller:
    """Compose what a job needs, and tell which models it is.

    Raises:
        Unavailable: a key ring, the landmarks or the network is not there.
    """
    template_ring, media_ring = load_ring(settings.keys_dir, "template"), load_ring(settings.keys_dir, "media")
    cache = model_cache(settings)
    tasks_model = cache.ensure(FACE_LANDMARKER) if cache.has(FACE_LANDMARKER) else None
    embedder = embedder_for(settings, redis, tell)
    section = settings.recognizer
    landmarker = _landmarker(tasks_model, tell)
    photos = PhotoReader(landmarker, embedder.template, section.enrolment)
    keys = TemplateKeys(redis, template_ring)
    return Enroller(redis, media_ring, embedder, thresholds_of(embedder.model_id), photos, keys, section)


def _landmarker(tasks_model: Path | None, tell: Tell) -> Landmarker:
    try:
        landmarker = open_landmarker(tasks_model, max_faces=4, still=True)
    except Unavailable as error:
        tell(ModelInUse(task="landmarks", problem=str(error)))
        raise
    tell(ModelInUse(task="landmarks", model=f"mp.{landmarker.interface}"))
    return landmarker


def slot_watch(settings: RecognizerSettings, embedder: Embedder) -> AbstractContextManager[None]:
    """Compose what looks for look-alikes when rosters change; it follows the gallery for itself, from its thread.

    Raises:
        Unavailable: a key ring is not there.
    """
    redis = connect_events(settings, "enrolment-look-alikes")
    keys = TemplateKeys(redis, load_ring(settings.keys_dir, "template"))
    streams = DurableStreams(redis, load_ring(settings.keys_dir, "media"))
    gallery = GalleryFollower(redis, keys, embedder.model_id, embedder.dims)
    rule = thresholds_of(embedder.model_id)
    look = SlotLookAlikes(gallery, ScheduleStore(redis), streams, rule, settings.recognizer, SystemClock())
    return watching_slots(look)


def enrolment_worker(settings: RecognizerSettings, health: HealthBoard, tell: Tell = tell_nobody) -> EnrolmentWorker:
    """Compose the worker; `.work()` runs it until it is told to stop.

    Raises:
        Unavailable: see `open_enroller`.
    """
    make_ready(open_enroller(settings, connect_events(settings, "enrolment"), tell))
    health.set("enrolment", True, f"taking jobs from the queue {QUEUE}")
    return EnrolmentWorker.on(connect_events(settings, "enrolment-queue"), QUEUE)
