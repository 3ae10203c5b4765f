"""The liveness worker: serves the kiosks that it holds a lease on, frame by frame."""

import threading
from collections.abc import Callable
from datetime import datetime

from redis.exceptions import RedisError

from services.liveness.station import Station
from shared import logs, metrics
from shared.broker_errors import SENTENCES, kind_of
from shared.clock import Clock
from shared.events import Policy
from shared.frame_ring import FrameReaders, ReadFrame
from shared.health import HealthBoard
from shared.leases import LeaseKeeper
from shared.schedule import Schedule, ScheduleStore

_log = logs.get("liveness")
_BLOCK_MS = 100
"""How long one read waits: leases are looked at and what could not be sent is tried again at least so often."""
_BACKOFF_S = 0.5

NewStation = Callable[[str, int], Station]
"""Makes a kiosk's state, given its id and the lease's fence."""


class ScheduleFollower:
    """The schedule as it is known here: asked for now and then, and kept while the broker is away."""

    def __init__(self, store: ScheduleStore, clock: Clock, every_s: float) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._schedule = Schedule()
        self._next_s = float("-inf")

    def now(self) -> Schedule:
        """Return the newest schedule known."""
        if self._clock.monotonic_s() >= self._next_s:
            self._next_s = self._clock.monotonic_s() + self._every_s
            try:
                self._schedule = self._store.read()
            except RedisError as error:
                _log.warning("schedule not read, going on with the last", why=SENTENCES[kind_of(error)])
        return self._schedule

    def kiosks(self) -> list[str]:
        """Return the kiosks to be served."""
        return [kiosk.kiosk_id for kiosk in self.now().kiosks if kiosk.enabled]

    def policy(self, kiosk_id: str, at: datetime) -> Policy | None:
        """Return the policy at a kiosk; None when nothing is in play there."""
        schedule = self.now()
        kiosk = schedule.kiosk(kiosk_id)
        return schedule.policy_for(kiosk, at) if kiosk is not None else None


class LivenessWorker:
    """One process's loop. It ends itself when told to stop: results owed are sent, leases given up."""

    def __init__(
        self,
        readers: FrameReaders,
        keeper: LeaseKeeper,
        schedule: ScheduleFollower,
        new_station: NewStation,
        health: HealthBoard,
    ) -> None:
        self._readers = readers
        self._keeper = keeper
        self._schedule = schedule
        self._new_station = new_station
        self._health = health
        self._stations: dict[str, Station] = {}

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop`."""
        while not stop.is_set():
            self._keeper.beat()
            try:
                self.turn(stop)
                self._health.set("broker", True, "frames come in and results go out")
            except RedisError as error:
                metrics.BROKER_ERRORS.labels("frames", kind_of(error)).inc()
                self._health.set("broker", False, SENTENCES[kind_of(error)])
                stop.wait(_BACKOFF_S)
        self._leave()

    def turn(self, stop: threading.Event | None = None) -> int:
        """Take up and let go of kiosks, handle what came, and return how many frames that was.

        Raises:
            RedisError: a broker is away or refuses.
        """
        self._follow_leases()
        if not self._stations:
            (stop or threading.Event()).wait(_BLOCK_MS / 1000)
            return 0
        for station in self._stations.values():
            station.send()
        reads = self._readers.read(_BLOCK_MS)
        for read in reads:
            self._handle(read)
        return len(reads)

    def busy(self) -> frozenset[str]:
        """Return the kiosks with somebody in a challenge: let go of last."""
        return frozenset(kiosk_id for kiosk_id, station in list(self._stations.items()) if station.session.busy)

    def _handle(self, read: ReadFrame) -> None:
        station = self._stations.get(read.frame.kiosk_id)
        if station is None or station.lost or station.fence != self._keeper.held().get(station.kiosk_id):
            return
        station.take(read, self._schedule.policy(station.kiosk_id, read.frame.captured_at))
        if read.frame.in_order:
            self._readers.done(station.kiosk_id, read.frame.sequence)

    def _follow_leases(self) -> None:
        held = self._keeper.held()
        for kiosk_id, station in list(self._stations.items()):
            if station.lost or held.get(kiosk_id) != station.fence:
                station.lost = True
                self._drop(kiosk_id)
        for kiosk_id, fence in held.items():
            if kiosk_id not in self._stations:
                self._stations[kiosk_id] = self._new_station(kiosk_id, fence)
                self._readers.follow(kiosk_id)

    def _drop(self, kiosk_id: str) -> None:
        self._readers.drop(kiosk_id)
        self._stations.pop(kiosk_id).stop()
        self._health.drop(f"landmarks of {kiosk_id}")

    def _leave(self) -> None:
        """Stop in order: results first, then the leases."""
        for kiosk_id in list(self._stations):
            try:
                self._drop(kiosk_id)
            except RedisError as error:
                _log.warning("results owed could not be sent", kiosk_id=kiosk_id, why=SENTENCES[kind_of(error)])
        self._keeper.stop()
        _log.info("stopped: results sent, leases given up")
