"""The engine of every durable stage: it reads, calls the step, hands on, acknowledges, and tries again.

Only this loop catches. For an entry's own trouble a step returns `Transient` (tried again later, with
a count) or `Invalid` (dead letter). For the stage's trouble it raises `Unavailable` or `Transient`
(the database is away): the stage waits, says so, and calls the step again with the same entries, and
nothing is counted. Anything else raised is a bug: the entry at fault is found by calling the step with
one at a time, and a run of them stops the worker.

Order of stopping: finish the step, hand on, acknowledge, leave the group.
"""

import socket
import threading
import traceback
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from shared import dead, faults, logs, metrics, names
from shared.broker_errors import SENTENCES, kind_of
from shared.clock import Clock, SystemClock
from shared.durable import open_entry, seal_entry
from shared.errors import Invalid, NeroError, Transient, Unavailable
from shared.group import Claimed, Consumer
from shared.health import HealthBoard
from shared.keys import KeyRing
from shared.redis_replies import id_time
from shared.renewal import Renewal
from shared.stage import Delivery, Handoff, Result, Step
from shared.stage_settings import StageSection

_log = logs.get("stage")
_BACKOFF_FIRST_S = 0.05
_DAY_S = 86_400
T = TypeVar("T")


class StageBroken(NeroError):  # noqa: N818 - what happened, as in the log
    """The step fails whatever it is given: the process must end with an error, and a person must look."""


class _Bug(Transient):
    """What a step raised that it should not have; tried again, for it may be the entry."""


class _StopAskedError(Exception):
    """Stop was asked for while waiting for Redis, or for what the step needs."""


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
        self._health = health
        self._clock = clock or SystemClock()
        self._consumer = Consumer(redis, [streams] if isinstance(streams, str) else streams, group, name)
        self._renewal = Renewal(self._consumer, self._settings.reclaim_after_s / 3)
        self._stop = threading.Event()
        self._joined = False
        self._due: dict[tuple[str, str], float] = {}
        self._next_s = {"tidy": 0.0, "reclaim": 0.0}
        self._broken_by: list[str] = []
        self._dead_run: int | None = None
        self._backoff_s = _BACKOFF_FIRST_S

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish the step in hand.

        Raises:
            StageBroken: the step fails whatever it is given, or Redis answers what nobody expected.
        """
        self._stop = stop
        with self._renewal:
            while not stop.is_set():
                try:
                    self._go_round_or_wait()
                except _StopAskedError:
                    break
            self._leave()

    def _go_round_or_wait(self) -> None:
        try:
            self._go_round()
        except RedisError as error:
            self._wait_out(error)

    def _go_round(self) -> None:
        if not self._joined:
            self._consumer.join()
            self._joined = True
        if self._is_time_for("tidy", self._settings.tidy_every_s):
            self._tidy()
        if self._is_time_for("reclaim", self._settings.reclaim_every_s):
            self._reclaim()
        self._try_again()
        self._point("before_read")
        claimed = self._consumer.read(self._settings.batch, self._block_ms())
        self._point("after_read")
        if claimed:
            self._work(claimed)
        self._all_well()

    def _work(self, claimed: Sequence[Claimed]) -> None:
        """Take entries all the way: open, step, settle."""
        began_s = self._clock.monotonic_s()
        self._renewal.hold(claimed)
        opened = [(entry, delivery) for entry in claimed if (delivery := self._open(entry)) is not None]
        if opened:
            self._point("before_step")
            results = self._call([delivery for _, delivery in opened])
            self._point("after_step")
            for (entry, delivery), result in zip(opened, results, strict=True):
                self._settle(entry, delivery, result)
        metrics.STAGE_SECONDS.labels(self._group).observe(self._clock.monotonic_s() - began_s)

    def _open(self, entry: Claimed) -> Delivery | None:
        """Decode an entry; what cannot be read, or killed its workers too often, goes to the dead letters."""
        if entry.deliveries > self._settings.deliveries_max and self._dead_in_row() < self._settings.dead_in_row_max:
            self._bury(entry, f"{entry.deliveries - 1} deliveries ended without a result", "")
            return None
        try:
            event, images = open_entry(self._ring, entry.fields)
        except Invalid as error:
            self._bury(entry, str(error), "")
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
                self._say(False, str(error))
                self._pause()
            except RedisError as error:
                self._wait_out(error)
            except Exception as error:  # noqa: BLE001 - whatever else a step raises is a bug of its
                if len(batch) > 1:
                    return [self._call([delivery])[0] for delivery in batch]
                return [self._bug(error, batch[0])]

    def _settle(self, entry: Claimed, delivery: Delivery, result: Result) -> None:
        trace_id = delivery.event.trace_id
        self._note_bugs(entry, result)
        if isinstance(result, Invalid):
            self._bury(entry, str(result), trace_id)
        elif not isinstance(result, Transient):
            self._hand_on(entry, result)
        elif entry.deliveries < self._settings.deliveries_max:
            self._retry_later(entry, result, trace_id)
        else:
            self._bury(entry, f"tried {entry.deliveries} times: {result}", trace_id)

    def _hand_on(self, entry: Claimed, following: Sequence[Handoff]) -> None:
        sealed = [(h.stream, seal_entry(self._ring, h.event, h.images)) for h in following]
        self._point("before_hand_on")
        self._point("before_ack")
        first = self._insist(lambda: self._consumer.hand_on(entry.stream, entry.entry_id, sealed))
        self._point("after_hand_on")
        self._point("after_ack")
        self._renewal.release(entry.stream, entry.entry_id)
        self._count("done" if first else "duplicate")
        if self._dead_in_row():
            self._insist(lambda: dead.resume(self._redis, self._group))
            self._dead_run = 0

    def _retry_later(self, entry: Claimed, why: Transient, trace_id: str) -> None:
        wait_s = self._settings.retry_s * 2 ** (entry.deliveries - 1)
        self._due[entry.stream, entry.entry_id] = self._clock.monotonic_s() + wait_s
        self._count("retried")
        _log.warning("tried again later", trace_id=trace_id, deliveries=entry.deliveries, wait_s=wait_s, why=str(why))

    def _bury(self, entry: Claimed, reason: str, trace_id: str) -> None:
        if self._dead_in_row() >= self._settings.dead_in_row_max:
            raise StageBroken(
                f"{self._group}: {self._dead_in_row()} dead letters in a row, the next for: {reason}."
                f" See `nero dead`; once mended, `nero dead resume {self._group}`"
            )
        buried = self._insist(lambda: self._consumer.bury(entry.stream, entry.entry_id, reason, entry.deliveries))
        self._renewal.release(entry.stream, entry.entry_id)
        if buried:
            self._dead_run = self._insist(lambda: int(self._redis.incr(names.dead_run(self._group))))
            metrics.DEAD_LETTERS.labels(entry.stream).inc()
            self._count("dead")
            _log.error("dead letter", trace_id=trace_id, stream=entry.stream, entry_id=entry.entry_id, reason=reason)

    def _dead_in_row(self) -> int:
        """How many dead letters this group has made in a row, over restarts."""
        if self._dead_run is None:
            self._dead_run = int(self._insist(lambda: self._redis.get(names.dead_run(self._group))) or 0)
        return self._dead_run

    def _bug(self, error: Exception, delivery: Delivery) -> _Bug:
        """Note where the step broke; its message is not logged, for it may hold a name."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        _log.error(
            "the step broke",
            trace_id=delivery.event.trace_id,
            error=type(error).__name__,
            where="".join(traceback.format_tb(error.__traceback__)),
        )
        return _Bug(f"{type(error).__name__} in {where.name}, line {where.lineno}")

    def _note_bugs(self, entry: Claimed, result: Result) -> None:
        """Stop at a run of different entries that break the step: it is the step."""
        if not isinstance(result, _Bug):
            self._broken_by = []
            return
        if entry.entry_id not in self._broken_by:
            self._broken_by.append(entry.entry_id)
        if len(self._broken_by) >= self._settings.bugs_in_row_max:
            raise StageBroken(f"{self._group}: {len(self._broken_by)} entries in a row broke the step: {result}")

    def _reclaim(self) -> None:
        """Work on what dead workers left, one at a time."""
        idle_ms = int(self._settings.reclaim_after_s * 1000)
        while not self._stop.is_set() and (entry := self._consumer.reclaim(idle_ms)) is not None:
            self._work([entry])

    def _try_again(self) -> None:
        now = self._clock.monotonic_s()
        for stream, entry_id in [key for key, at in self._due.items() if at <= now]:
            entry = self._consumer.take_again(stream, entry_id)
            del self._due[stream, entry_id]
            if entry is None:  # another worker reclaimed it, and is done
                self._renewal.release(stream, entry_id)
            else:
                self._work([entry])

    def _tidy(self) -> None:
        self._consumer.tidy()
        for stream in self._consumer.streams:
            dead.expire(self._redis, stream, self._settings.dead_kept_days * _DAY_S)

    def _insist(self, command: Callable[[], T]) -> T:
        """Do it, as often as it takes: what the step worked out is not thrown away over a Redis that is away."""
        while True:
            try:
                return command()
            except RedisError as error:
                self._wait_out(error)

    def _wait_out(self, error: RedisError) -> None:
        """Wait a little and say why; what waiting does not mend is raised."""
        kind = kind_of(error)
        metrics.BROKER_ERRORS.labels("events", kind).inc()
        metrics.BROKER_UP.labels("events").set(0)
        if kind == "other":
            raise StageBroken(f"{self._group}: Redis answers: {error}") from error
        self._say(False, SENTENCES[kind])
        if kind == "nogroup":
            self._joined = False
            self._make_group_again()
        self._pause()

    def _make_group_again(self) -> None:
        try:
            self._consumer.join()
            self._joined = True
        except RedisError:
            return  # the next round meets it, and waits

    def _pause(self) -> None:
        if self._stop.wait(self._backoff_s):
            raise _StopAskedError
        self._backoff_s = min(2 * self._backoff_s, self._settings.backoff_max_s)

    def _all_well(self) -> None:
        self._backoff_s = _BACKOFF_FIRST_S
        metrics.BROKER_UP.labels("events").set(1)
        self._say(True, f"reading {', '.join(self._consumer.streams)}")

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
        now = self._clock.monotonic_s()
        nearest_s = min([*self._due.values(), *self._next_s.values()], default=now)
        return max(1, min(self._settings.block_ms, int((nearest_s - now) * 1000)))

    def _say(self, ok: bool, sentence: str) -> None:
        if self._health is not None:
            self._health.set(self._group, ok, sentence)

    def _count(self, result: str) -> None:
        metrics.STAGE_EVENTS.labels(self._group, result).inc()

    def _point(self, name: str) -> None:
        faults.point(f"{self._group}.{name}")
