"""The liveness worker: serves the kiosks that it holds a lease on, frame by frame."""

import threading
from collections.abc import Callable

from redis.exceptions import RedisError

from services.liveness.following import ScheduleFollower
from services.liveness.station import Station
from shared import logs, metrics
from shared.broker_errors import SENTENCES, kind_of
from shared.clock import Clock
from shared.frame_ring import FrameReaders, ReadFrame
from shared.health import HealthBoard
from shared.leases import LeaseKeeper

_log = logs.get("liveness")
_BLOCK_MS = 100
"""How long one read waits: leases are looked at and what could not be sent is tried again at least so often."""
_BACKOFF_S = 0.5
"""How long a Redis that failed is left alone."""

NewStation = Callable[[str, int], Station]
"""Makes a kiosk's state, given its id and the lease's fence."""


class LivenessWorker:
    """One process's loop. It ends itself when told to stop: results owed are sent, leases given up."""

    def __init__(
        self,
        readers: FrameReaders,
        keeper: LeaseKeeper,
        schedule: ScheduleFollower,
        new_station: NewStation,
        health: HealthBoard,
        clock: Clock,
    ) -> None:
        self._readers = readers
        self._keeper = keeper
        self._schedule = schedule
        self._new_station = new_station
        self._health = health
        self._clock = clock
        self._stations: dict[str, Station] = {}
        self._handled: dict[str, int] = {}
        """The last frame of footage that was handled at a kiosk, while its writer is not told so yet."""
        self._send_again_s = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop`."""
        while not stop.is_set():
            self._keeper.beat()
            try:
                self.turn(stop)
            except RedisError as error:
                self._no_frames(error)
                metrics.BROKER_UP.labels("frames").set(0)
                stop.wait(_BACKOFF_S)
            else:
                metrics.BROKER_UP.labels("frames").set(1)
                self._health.set("frames redis", True, "frames come in")
        self._leave()

    def turn(self, stop: threading.Event | None = None) -> int:
        """Take up and let go of kiosks, handle what came, and return how many frames that was.

        Raises:
            RedisError: the frames Redis is away or refuses.
        """
        self._follow_leases()
        if not self._stations:
            (stop or threading.Event()).wait(_BLOCK_MS / 1000)
            return 0
        for station in self._stations.values():
            station.look_for_silence()
            self._send(station)
        self._tell_writers()
        reads = self._readers.read(_BLOCK_MS)
        for read in reads:
            self._handle(read)
        self._tell_writers()
        return len(reads)

    def busy(self) -> frozenset[str]:
        """Return the kiosks with somebody in a challenge: let go of last."""
        return frozenset(kiosk_id for kiosk_id, station in list(self._stations.items()) if station.session.busy)

    def _handle(self, read: ReadFrame) -> None:
        """Handle one frame. One that the screen was not told of is handled all the same: nothing reads it again."""
        station = self._stations.get(read.frame.kiosk_id)
        if station is None or station.lost or station.fence != self._keeper.held().get(station.kiosk_id):
            return
        try:
            station.take(read, self._schedule.policy(station.kiosk_id, read.frame.captured_at))
        except RedisError as error:
            self._no_frames(error)
        finally:
            if read.frame.in_order:
                self._handled[station.kiosk_id] = read.frame.sequence
        self._send(station)

    def _send(self, station: Station) -> None:
        """Send what a kiosk has to tell. While that fails, frames are still read and screens still told."""
        if not station.waits or self._clock.monotonic_s() < self._send_again_s:
            return
        try:
            station.send()
        except RedisError as error:
            self._send_again_s = self._clock.monotonic_s() + _BACKOFF_S
            metrics.BROKER_ERRORS.labels("events", kind_of(error)).inc()
            why = SENTENCES[kind_of(error)]
            for trace_id in station.owed:
                _log.warning("a result waits", kiosk=station.kiosk_id, trace_id=trace_id, why=why)

    def _tell_writers(self) -> None:
        """Tell whoever plays footage that its frame is handled, once what it led to is sent: so it never runs ahead."""
        for kiosk_id, sequence in list(self._handled.items()):
            station = self._stations.get(kiosk_id)
            if station is None or not station.waits:
                if station is not None and not station.lost:
                    self._readers.done(kiosk_id, sequence)
                del self._handled[kiosk_id]

    def _no_frames(self, error: RedisError) -> None:
        kind = kind_of(error)
        metrics.BROKER_ERRORS.labels("frames", kind).inc()
        self._health.set("frames redis", False, SENTENCES[kind].replace("the events", "the frames"))

    def _follow_leases(self) -> None:
        held = self._keeper.held()
        for kiosk_id, station in list(self._stations.items()):
            if station.lost or held.get(kiosk_id) != station.fence:
                station.lost = True
                self._drop(kiosk_id)
        for kiosk_id, fence in held.items():
            if kiosk_id not in self._stations:
                self._readers.follow(kiosk_id)
                self._stations[kiosk_id] = self._new_station(kiosk_id, fence)

    def _drop(self, kiosk_id: str) -> None:
        self._readers.drop(kiosk_id)
        self._stations.pop(kiosk_id).stop()

    def _leave(self) -> None:
        """Stop in order: results first, then the leases."""
        for kiosk_id, station in list(self._stations.items()):
            try:
                self._drop(kiosk_id)
            except RedisError as error:
                why = SENTENCES[kind_of(error)]
                for trace_id in station.owed:
                    _log.warning("a result owed could not be sent", kiosk=kiosk_id, trace_id=trace_id, why=why)
        self._keeper.stop()
        _log.info("stopped: results sent, leases given up")
