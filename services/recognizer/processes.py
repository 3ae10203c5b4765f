"""The two processes of this service: composed, run, and stopped by a signal."""

import signal
import sys
import threading

from services.recognizer.enrolment.job import QUEUE
from services.recognizer.enrolment.retries import DueJobs
from services.recognizer.enrolment.worker import enrolment_worker
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import recognizer_stage
from shared import logs
from shared.connections import connect_events
from shared.errors import NeroError
from shared.health import HealthBoard, HealthServer
from shared.settings import load

_log = logs.get("recognizer")


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
        recognizer_stage(settings, connect_events(settings, "recognizer"), health).run(stop)
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
        worker = enrolment_worker(settings, health)
        with DueJobs(connect_events(settings, "enrolment-retries"), QUEUE):
            worker.work()
    except NeroError as error:
        _log.error("cannot go on", why=str(error))
        return 1
    finally:
        server.stop()
    return 0
