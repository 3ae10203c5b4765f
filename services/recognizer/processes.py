"""The two processes of this service: composed, run, and stopped by a signal."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import RedisError

from services.recognizer.enrolment.job import QUEUE, ready
from services.recognizer.enrolment.worker import enrolment_worker, slot_watch
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import model_cache, recognizer_stage
from shared import logs
from shared.broker_errors import SENTENCES, kind_of
from shared.connections import connect_events
from shared.due_jobs import DueJobs
from shared.errors import NeroError
from shared.health import HealthBoard, HealthServer
from shared.models_told import FACE_FILES, LANDMARK_FILES, ModelsTeller
from shared.settings import load

_log = logs.get("recognizer")
_TRY_EVERY_S = 0.5
T = TypeVar("T")


def run_stage() -> int:
    """Identify live faces until SIGTERM or SIGINT; the step in hand is finished."""
    settings = load(RecognizerSettings)
    logs.configure(settings, "recognizer")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        events = connect_events(settings, "recognizer")
        told = ModelsTeller(events, "recognizer", model_cache(settings), FACE_FILES)
        stage = once_redis_answers(lambda: recognizer_stage(settings, events, health, told), health, stop)
        if stage is not None:
            with told:
                stage.run(stop)
    except NeroError as error:
        _log.error("cannot go on", why=str(error))
        return 1
    finally:
        server.stop()
    return 0


def run_enrolment() -> int:
    """Take enrolment jobs until SIGTERM or SIGINT, which RQ handles: the job in hand is finished."""
    settings = load(RecognizerSettings)
    logs.configure(settings, "enrolment")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # until RQ's own handlers take over
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        files = {**FACE_FILES, **LANDMARK_FILES}
        told = ModelsTeller(connect_events(settings, "enrolment-models"), "enrolment", model_cache(settings), files)
        worker = once_redis_answers(lambda: enrolment_worker(settings, health, told), health, threading.Event())
        if worker is not None:
            due = DueJobs(connect_events(settings, "enrolment-retries"), QUEUE)
            with told, due.looked_for(), slot_watch(settings, ready().embedder):
                worker.work()
    except NeroError as error:
        _log.error("cannot go on", why=str(error))
        return 1
    finally:
        server.stop()
    return 0


def once_redis_answers(start: Callable[[], T], health: HealthBoard, stop: threading.Event) -> T | None:
    """Start what asks Redis which network the gallery was enrolled with; wait while Redis is away.

    None: stop was asked for before.

    Raises:
        RedisError: it answers what waiting does not mend.
    """
    while not stop.is_set():
        try:
            started = start()
        except RedisError as error:
            kind = kind_of(error)
            if kind == "other":
                raise
            health.set("redis", False, SENTENCES[kind])
            stop.wait(_TRY_EVERY_S)
        else:
            health.set("redis", True, "it answered at the start")
            return started
    return None
