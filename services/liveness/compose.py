"""The composition root: production and tests build the worker here."""

import itertools
import random
import secrets
from collections.abc import Iterator
from pathlib import Path

from redis import Redis

from services.liveness.eyes import Eyes, OpenLandmarker
from services.liveness.following import ScheduleFollower
from services.liveness.session import Session
from services.liveness.settings import LivenessSettings
from services.liveness.station import Station
from services.liveness.worker import LivenessWorker
from shared import logs, metrics
from shared.clock import Clock, SystemClock
from shared.errors import Unavailable
from shared.frame_ring import FrameReaders
from shared.health import HealthBoard
from shared.keys import KeyRing
from shared.kiosk_channel import KioskChannel
from shared.landmarks import TASKS_MODEL, Landmarker, open_landmarker
from shared.leases import LeaseKeeper, LeaseTerms, new_worker_id
from shared.models import ModelCache
from shared.models_told import ModelInUse, Tell, tell_nobody
from shared.schedule import ScheduleStore

_log = logs.get("liveness")
_EVERY_KIOSK = "*"
"""What the metric says where landmarks cannot be opened at all: no kiosk has this id."""


def liveness_worker(
    settings: LivenessSettings,
    events: Redis,
    frames: Redis,
    media_ring: KeyRing,
    health: HealthBoard,
    *,
    clock: Clock | None = None,
    open_eyes: OpenLandmarker | None = None,
    rng: random.Random | None = None,
    terms: LeaseTerms | None = None,
) -> tuple[LivenessWorker, LeaseKeeper]:
    """Build a worker and its leases. Nothing runs yet: `keeper.start()`, then `worker.run(stop)`."""
    clock = clock or SystemClock()
    section = settings.liveness
    schedule = ScheduleFollower(ScheduleStore(events), clock, section.schedule_every_s, health)
    known = ScheduleFollower(ScheduleStore(events), clock, section.schedule_every_s)
    worker_id = new_worker_id()
    track_ids = _counted(f"{secrets.token_hex(4)}")
    rng = rng or random.SystemRandom()
    open_eyes = open_eyes or Landmarkers(settings, health)
    worker: LivenessWorker | None = None

    def busy() -> frozenset[str]:
        return worker.busy() if worker is not None else frozenset()

    keeper = LeaseKeeper(
        events, media_ring, known.kiosks, worker_id=worker_id, terms=terms, busy=busy, clock=clock, health=health
    )

    def new_station(kiosk_id: str, fence: int) -> Station:
        session = Session(lambda: next(track_ids), lambda: secrets.token_hex(8), rng, section.needs)
        eyes = Eyes(kiosk_id, open_eyes, clock, section.retry_model_s, health)
        return Station(kiosk_id, fence, session, eyes, KioskChannel(frames, kiosk_id), keeper, section, clock)

    worker = LivenessWorker(FrameReaders(frames), keeper, schedule, new_station, health, clock)
    return worker, keeper


class Landmarkers:
    """Opens a landmarker for each kiosk; `warm` opens the first ahead, since loading the library takes seconds."""

    def __init__(self, settings: LivenessSettings, health: HealthBoard, tell: Tell = tell_nobody) -> None:
        self._health = health
        self._tell = tell
        self._cache = ModelCache(settings.models_dir, settings.models_mirror)
        self._max_faces = settings.liveness.max_faces
        self._spare: list[Landmarker] = []

    def warm(self) -> None:
        """Open one now. Where that fails, the kiosks will say so, and try again."""
        try:
            self._spare.append(self._open())
        except Unavailable as error:
            _log.error("no landmarks yet", why=str(error))

    def __call__(self) -> Landmarker:
        """Return a landmarker that nobody used.

        Raises:
            Unavailable: none can be had.
        """
        return self._spare.pop() if self._spare else self._open()

    def _open(self) -> Landmarker:
        try:
            landmarker = open_landmarker(_tasks_model(self._cache), max_faces=self._max_faces)
        except Unavailable as error:
            self._say(False, str(error))
            self._tell(ModelInUse(task="landmarks", problem=str(error)))
            raise
        self._say(True, f"landmarks by mp.{landmarker.interface}")
        self._tell(ModelInUse(task="landmarks", model=f"mp.{landmarker.interface}"))
        return landmarker

    def _say(self, ok: bool, sentence: str) -> None:
        metrics.LIVENESS_UNAVAILABLE.labels(_EVERY_KIOSK).set(not ok)
        self._health.set("landmarks", ok, sentence)


def _tasks_model(cache: ModelCache) -> Path | None:
    try:
        return cache.ensure(TASKS_MODEL)
    except Unavailable as error:
        _log.info("no model file for mp.tasks", why=str(error))
        return None


def _counted(run: str) -> Iterator[str]:
    """Track ids that no other run of any worker has."""
    return (f"{run}-{number}" for number in itertools.count(1))
