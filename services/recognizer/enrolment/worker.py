"""The enrolment worker: RQ without forks, so that the model stays loaded, and without pickles."""

import logging

from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.enroller import Enroller
from services.recognizer.enrolment.job import JOB, JOB_OF_MANY, QUEUE, make_ready
from services.recognizer.enrolment.photo import PhotoReader
from services.recognizer.enrolment.slots import SlotLookAlikes, SlotWatch
from services.recognizer.follower import GalleryFollower
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import embedder_for, model_cache
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from shared.clock import SystemClock
from shared.connections import connect_events
from shared.durable import DurableStreams
from shared.health import HealthBoard
from shared.keys import load_ring
from shared.landmarks import open_landmarker
from shared.model_list import FACE_LANDMARKER
from shared.schedule import ScheduleStore

_SWEEP_S = 30
HELD_S = 20
"""A job that has been at work for longer was a dead worker's, and is tried again. One that was not does no harm twice."""


class EnrolmentWorker(SimpleWorker):  # type: ignore[misc]  # rq gives its workers no types
    """Does enrolments, whatever the queue says: a job's name is code that somebody else chose."""

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return how long a job is this worker's without a word."""
        return HELD_S

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the job, or fail it unread where it is not an enrolment."""
        if job.func_name not in (JOB, JOB_OF_MANY):
            why = f"{job.func_name!r} is no job of this worker"
            self.handle_job_failure(job, queue, exc_string=why, execution=execution)
            return False
        return bool(super().perform_job(job, queue, execution))


def open_enroller(settings: RecognizerSettings, redis: Redis) -> Enroller:
    """Compose what a job needs.

    Raises:
        Unavailable: a key ring, the landmarks or the network is not there.
    """
    template_ring, media_ring = load_ring(settings.keys_dir, "template"), load_ring(settings.keys_dir, "media")
    cache = model_cache(settings)
    tasks_model = cache.ensure(FACE_LANDMARKER) if cache.has(FACE_LANDMARKER) else None
    embedder = embedder_for(settings, redis)
    section = settings.recognizer
    photos = PhotoReader(open_landmarker(tasks_model, max_faces=4, still=True), embedder.template, section.enrolment)
    keys = TemplateKeys(redis, template_ring)
    return Enroller(redis, media_ring, embedder, thresholds_of(embedder.model_id), photos, keys, section)


def slot_watch(settings: RecognizerSettings, embedder: Embedder) -> SlotWatch:
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
    return SlotWatch(look)


def enrolment_worker(settings: RecognizerSettings, health: HealthBoard) -> EnrolmentWorker:
    """Compose the worker; `.work()` runs it until it is told to stop.

    RQ has a connection of its own, because it lengthens its timeouts.

    Raises:
        Unavailable: see `open_enroller`.
    """
    make_ready(open_enroller(settings, connect_events(settings, "enrolment")))
    redis = connect_events(settings, "enrolment-queue")
    health.set("enrolment", True, f"taking jobs from the queue {QUEUE}")
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    return EnrolmentWorker(
        [Queue(QUEUE, connection=redis, serializer=JSONSerializer)],
        connection=redis,
        serializer=JSONSerializer,
        maintenance_interval=_SWEEP_S,
        log_job_description=False,
    )
