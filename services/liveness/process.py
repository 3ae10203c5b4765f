"""The process: settings, connections, signals, and the worker's loop."""

import signal
import threading

from services.liveness.compose import Landmarkers, liveness_worker
from services.liveness.settings import LivenessSettings
from shared import logs
from shared.connections import connect_events, connect_frames
from shared.errors import NeroError
from shared.health import HealthBoard, HealthServer
from shared.keys import load_ring
from shared.models import ModelCache
from shared.models_told import LANDMARK_FILES, ModelsTeller
from shared.settings import load

_log = logs.get("liveness")


def main() -> int:
    """Serve kiosks until SIGTERM or SIGINT; the frame in hand is finished, leases are given up."""
    settings = load(LivenessSettings)
    logs.configure(settings, "liveness")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        events, frames = connect_events(settings, "liveness"), connect_frames(settings, "liveness")
        ring = load_ring(settings.keys_dir, "media")
        cache = ModelCache(settings.models_dir, settings.models_mirror)
        told = ModelsTeller(connect_events(settings, "liveness-models"), "liveness", cache, LANDMARK_FILES)
        landmarkers = Landmarkers(settings, health, told)
        landmarkers.warm()
        worker, keeper = liveness_worker(settings, events, frames, ring, health, open_eyes=landmarkers)
        keeper.start()
        with told:
            worker.run(stop)
    except NeroError as error:
        _log.error("cannot go on", why=str(error))
        return 1
    finally:
        server.stop()
    return 0
