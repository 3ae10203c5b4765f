"""The process `python -m services.api ingest`: composed, run, and stopped by a signal."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.api import audit
from services.api.db.engine import make_engine
from services.api.db.migrate import migrate
from services.api.ingest.beside import Beside, reason_of
from services.api.ingest.brokers import Brokers
from services.api.ingest.office import Office
from services.api.ingest.publisher import Publisher
from services.api.ingest.step import Ingest
from services.api.settings import ApiSettings
from shared import logs, metrics, names
from shared.clock import Clock, SystemClock
from shared.connections import connect_events, connect_frames
from shared.health import HealthBoard, HealthServer
from shared.keys import load_ring
from shared.worker import StageBroken, StageWorker

_log = logs.get("ingest")


def run(settings: ApiSettings) -> None:
    """Ingest until SIGTERM or SIGINT; the step in hand is finished.

    Raises:
        Unavailable: the key ring is missing.
        SystemExit: the stage is broken, with code 1.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health = HealthBoard()
    server = HealthServer(health, settings)
    server.start()
    try:
        ingest(settings, connect_events(settings, "ingest"), connect_frames(settings, "ingest"), health, stop)
    except StageBroken as error:
        _log.error("cannot go on", why=str(error))
        raise SystemExit(1) from error
    finally:
        server.stop()


def ingest(
    settings: ApiSettings,
    events: "Redis",
    frames: "Redis",
    health: HealthBoard,
    stop: threading.Event,
    clock: Clock | None = None,
) -> None:
    """Run the stage, and the views' publisher beside it, until `stop` is set.

    Raises:
        Unavailable: the key ring is missing.
        StageBroken: the step fails whatever it is given.
    """
    clock = clock or SystemClock()
    office = Office(settings.api, load_ring(settings.keys_dir, "media"))
    engine = ready_engine(settings, health, stop)
    if engine is None:
        return
    wake = threading.Event()
    step = Ingest(
        engine,
        events,
        frames,
        office,
        clock,
        health,
        accept_simulated=settings.accept_simulated,
        committed=wake.set,
    )
    publisher = Publisher(engine, events, clock, settings.api)
    beside = Beside(publisher, engine, Brokers(events, frames), clock, health)
    try:
        with _running(beside, wake, stop):
            _stage(settings, events, office, step, health).run(stop)
    finally:
        engine.dispose()


def _stage(settings: ApiSettings, events: "Redis", office: Office, step: Ingest, health: HealthBoard) -> StageWorker:
    return StageWorker(
        events,
        office.media,
        (names.ATTEMPTS, names.FAILURES, names.ENROLLED),
        names.INGEST_GROUP,
        step,
        settings=settings.api.stage,
        health=health,
    )


@contextmanager
def _running(beside: Beside, wake: threading.Event, stop: threading.Event) -> Iterator[None]:
    """Run what is done beside the stage in a thread, for as long as the block."""
    thread = threading.Thread(target=beside.run, args=(wake, stop), name="views")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        wake.set()
        thread.join()


def ready_engine(settings: ApiSettings, health: HealthBoard, stop: threading.Event) -> Engine | None:
    """Return an engine on a migrated database, waiting for one that is away; None when stopped before."""
    engine = make_engine(settings.database)
    audit.anchor_at(engine, settings.audit_head)
    wait_s = 0.2
    while not stop.is_set():
        try:
            migrate(engine)
        except DBAPIError as error:
            metrics.DATABASE_UP.labels(engine.dialect.name).set(0)
            health.set("database", ok=False, sentence=f"waiting for the database: {reason_of(error)}")
            stop.wait(wait_s)
            wait_s = min(2.0, wait_s * 2)
        else:
            metrics.DATABASE_UP.labels(engine.dialect.name).set(1)
            health.set("database", ok=True, sentence="migrated")
            return engine
    return None
