"""The engine of every durable stage: it reads, calls the step, hands on, acknowledges, and tries again.

Only this loop catches. For an entry's own trouble a step returns `Transient` (tried again later, with
a count) or `Invalid` (dead letter). For the stage's trouble it raises `Unavailable` or `Transient`
(the database is away): the stage waits, says so, and calls the step again with the same entries, and
nothing is counted. Anything else raised is a bug: the entry at fault is found by calling the step with
one at a time, and a run of them stops the worker.

Order of stopping: finish the step, hand on, acknowledge, give back what is not done, leave the group.
"""

import socket
import threading
from collections.abc import Sequence
from secrets import token_hex

from redis import Redis
from redis.exceptions import RedisError

from shared import dead, faults, logs, metrics
from shared.broker_room import measure_room
from shared.clock import Clock, SystemClock
from shared.durable import open_entry, trace_of
from shared.errors import Invalid, Transient, Unavailable
from shared.group import Claimed, Consumer
from shared.health import HealthBoard
from shared.keys import KeyRing
from shared.patience import Patience, StageBroken, StopAsked
from shared.redis_replies import id_time
from shared.renewal import Renewal
from shared.settlement import Bug, Settlement
from shared.stage import Delivery, Result, Step
from shared.stage_settings import StageSection

__all__ = ["StageBroken", "StageSection", "StageWorker"]

_log = logs.get("stage")
_DAY_S = 86_400


class StageWorker:
    """One worker of one durable stage. Any number may run, in any number of processes."""

    def __init__(
        self,
        redis: Redis,
        media_ring: KeyRing,
        streams: str | Sequence[str],
        group: str,
        step: Step,
        *,
        settings: StageSection | None = None,
        consumer: str | None = None,
        health: HealthBoard | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare; nothing is read before `run`.

        Args:
            redis: the events Redis.
            media_ring: opens and seals the images of entries.
            streams: what is read.
            group: the consumer group; also the stage's name in metrics, health and fault points.
            step: see `shared.stage`.
            settings: how often, how many, how long.
            consumer: a name that no other worker has; one is made by default.
            health: where the stage says how it is, under its group's name.
            clock: only its monotonic time is used.
        """
        name = consumer or f"{socket.gethostname()}-{token_hex(4)}"
        self._redis = redis
        self._ring = media_ring
        self._group = group
        self._step = step
        self._settings = settings or StageSection()
        self._clock = clock or SystemClock()
        self._consumer = Consumer(redis, [streams] if isinstance(streams, str) else streams, group, name)
        self._renewal = Renewal(self._consumer, self._settings.reclaim_after_s / 3)
        self._patience = Patience(group, self._settings.backoff_max_s, self._consumer.join, health)
        self._settlement = Settlement(
            redis, media_ring, self._consumer, self._renewal, self._patience, self._settings, self._clock
        )
        self._next_s = {"tidy": 0.0, "reclaim": 0.0}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish the step in hand.

        Raises:
            StageBroken: the step fails whatever it is given, or Redis answers what waiting does not mend.
        """
        self._patience.stop = stop
        with self._renewal:
            try:
                self._patience.insist(self._consumer.join)
                while not stop.is_set():
                    self._patience.insist(self._go_round)
            except StopAsked:
                _log.info("stopped while waiting", group=self._group)
            self._leave()

    def _go_round(self) -> None:
        if self._is_time_for("tidy", self._settings.tidy_every_s):
            self._tidy()
        if self._is_time_for("reclaim", self._settings.reclaim_every_s):
            self._reclaim()
        while (entry := self._settlement.take_due()) is not None:
            self._work([entry])
        self._point("before_read")
        claimed = self._consumer.read(self._settings.batch, self._block_ms())
        self._point("after_read")
        self._renewal.hold(claimed)
        for stream in self._consumer.streams:
            self._work([entry for entry in claimed if entry.stream == stream])
        self._patience.all_well(f"reading {', '.join(self._consumer.streams)}")

    def _work(self, claimed: Sequence[Claimed]) -> None:
        """Take entries of one stream all the way: open, step, settle."""
        if not claimed:
            return
        began_s = self._clock.monotonic_s()
        self._renewal.hold(claimed)
        opened = [(entry, delivery) for entry in claimed if (delivery := self._open(entry)) is not None]
        if opened:
            self._point("before_step")
            results = self._call([delivery for _, delivery in opened])
            self._point("after_step")
            for (entry, delivery), result in zip(opened, results, strict=True):
                self._settlement.settle(entry, delivery.event.trace_id, result)
        metrics.STAGE_SECONDS.labels(self._group).observe(self._clock.monotonic_s() - began_s)

    def _open(self, entry: Claimed) -> Delivery | None:
        """Decode an entry; what cannot be read, or ended its workers too often, goes to the dead letters.

        After too many of those in a row the stage is suspect, and an entry is tried once more instead:
        with the stage mended it succeeds, and ends the run.
        """
        if entry.deliveries > self._settings.deliveries_max and not self._settlement.too_many_dead():
            self._settlement.bury(
                entry, f"{entry.deliveries - 1} deliveries ended without a result", trace_of(entry.fields)
            )
            return None
        try:
            event, images = open_entry(self._ring, entry.fields)
        except Invalid as error:
            self._settlement.bury(entry, str(error), trace_of(entry.fields))
            return None
        received_at = id_time(entry.entry_id)
        return Delivery(entry.stream, entry.entry_id, event, images, received_at, entry.deliveries)

    def _call(self, batch: Sequence[Delivery]) -> Sequence[Result]:
        """Call the step, as often as it takes while what it needs is away."""
        while True:
            try:
                results = self._step(batch)
                if len(results) != len(batch):
                    raise ValueError(f"{len(results)} results for {len(batch)} entries")
                return results
            except (Unavailable, Transient) as error:
                self._patience.wait_for(str(error))
            except RedisError as error:
                self._patience.wait_out(error)
            except Exception as error:  # noqa: BLE001 - whatever else a step raises is a bug of its
                if len(batch) > 1:
                    return [self._call([delivery])[0] for delivery in batch]
                return [_bug(error, batch[0])]

    def _reclaim(self) -> None:
        """Work on what dead workers left, one at a time."""
        idle_ms = int(self._settings.reclaim_after_s * 1000)
        while not self._patience.stop.is_set() and (entry := self._consumer.reclaim(idle_ms)) is not None:
            self._work([entry])

    def _tidy(self) -> None:
        measure_room(self._redis, "events")
        self._consumer.tidy()
        for stream in self._consumer.streams:
            dead.expire(self._redis, stream, self._settings.dead_kept_days * _DAY_S)

    def _leave(self) -> None:
        idle_ms = int(self._settings.reclaim_after_s * 1000)
        try:
            self._consumer.give_back(self._renewal.held(), idle_ms)
            self._consumer.leave()
            _log.info("left the group", group=self._group)
        except RedisError as error:
            _log.warning("left without a word", group=self._group, why=str(error))

    def _is_time_for(self, what: str, every_s: float) -> bool:
        now = self._clock.monotonic_s()
        if now < self._next_s[what]:
            return False
        self._next_s[what] = now + every_s
        return True

    def _block_ms(self) -> int:
        """Wait for new entries until something else is due."""
        nearest_s = min(self._settlement.next_due_s(), *self._next_s.values()) - self._clock.monotonic_s()
        return max(1, min(self._settings.block_ms, int(nearest_s * 1000)))

    def _point(self, name: str) -> None:
        faults.point(f"{self._group}.{name}")


def _bug(error: Exception, delivery: Delivery) -> Bug:
    """Note where the step broke; the error's message is not logged, for it may hold a name."""
    where = logs.place_of(error)
    _log.error("the step broke", trace_id=delivery.event.trace_id, error=type(error).__name__, where=where)
    return Bug(f"{type(error).__name__} in {where}")
