"""The two processes of this service: composed, run, and stopped by a signal."""

import signal
import threading

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
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        enrolment_worker(settings, health).work(with_scheduler=True)
    except NeroError as error:
        _log.error("cannot go on", why=str(error))
        return 1
    finally:
        server.stop()
    return 0
