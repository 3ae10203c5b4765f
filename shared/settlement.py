"""What becomes of an entry once its step has answered: handed on, tried again later, or given up."""

from collections.abc import Sequence

from redis import Redis

from shared import dead, faults, logs, metrics, names
from shared.clock import Clock
from shared.durable import seal_entry
from shared.errors import Invalid, Transient
from shared.group import Claimed, Consumer
from shared.keys import KeyRing
from shared.patience import Patience, StageBroken
from shared.renewal import Renewal
from shared.stage import Handoff, Result
from shared.stage_settings import StageSection

_log = logs.get("stage")


class Bug(Transient):
    """What a step raised that it should not have; tried again, for it may be the entry."""


class Settlement:
    """Settles the entries of one consumer."""

    def __init__(
        self,
        redis: Redis,
        media_ring: KeyRing,
        consumer: Consumer,
        renewal: Renewal,
        patience: Patience,
        settings: StageSection,
        clock: Clock,
    ) -> None:
        self._redis = redis
        self._ring = media_ring
        self._consumer = consumer
        self._renewal = renewal
        self._patience = patience
        self._settings = settings
        self._clock = clock
        self._due: dict[tuple[str, str], float] = {}
        self._broken_by: set[str] = set()
        self._dead_run: int | None = None

    def settle(self, entry: Claimed, trace_id: str, result: Result) -> None:
        """Do what `result` asks for.

        Raises:
            StageBroken: a run of entries broke the step, or went to the dead letters.
        """
        self._note_bugs(entry, result)
        if isinstance(result, Invalid):
            self.bury(entry, str(result), trace_id)
        elif not isinstance(result, Transient):
            self._hand_on(entry, result)
        elif entry.deliveries < self._settings.deliveries_max:
            self._try_later(entry, result, trace_id)
        else:
            self.bury(entry, f"tried {entry.deliveries} times: {result}", trace_id)

    def bury(self, entry: Claimed, reason: str, trace_id: str = "") -> None:
        """Move an entry to the dead letters, unless there were too many in a row.

        Raises:
            StageBroken: there were.
        """
        if self.too_many_dead():
            raise StageBroken(
                f"{self._consumer.group}: {self._dead_in_row()} dead letters in a row, the next for: {reason}."
                f" See `nero dead`; once it is mended, `nero dead resume {self._consumer.group}`"
            )
        buried = self._patience.insist(
            lambda: self._consumer.bury(entry.stream, entry.entry_id, reason, entry.deliveries)
        )
        self._renewal.release(entry.stream, entry.entry_id)
        if buried:
            self._dead_run = self._patience.insist(lambda: int(self._redis.incr(names.dead_run(self._consumer.group))))
            metrics.DEAD_LETTERS.labels(entry.stream).inc()
            self._count("dead")
            _log.error("dead letter", trace_id=trace_id, stream=entry.stream, entry_id=entry.entry_id, reason=reason)

    def too_many_dead(self) -> bool:
        """Tell whether so many dead letters came in a row that it must be the stage, not the entries."""
        return self._dead_in_row() >= self._settings.dead_in_row_max

    def take_due(self) -> Claimed | None:
        """Take one entry whose time to be tried again has come, or None."""
        now = self._clock.monotonic_s()
        for stream, entry_id in [key for key, at in self._due.items() if at <= now]:
            entry = self._consumer.take_again(stream, entry_id)
            del self._due[stream, entry_id]
            if entry is not None:
                return entry
            self._renewal.release(stream, entry_id)  # another worker reclaimed it, and is done
        return None

    def next_due_s(self) -> float:
        """Return the monotonic time at which `take_due` has something; infinite without."""
        return min(self._due.values(), default=float("inf"))

    def _hand_on(self, entry: Claimed, following: Sequence[Handoff]) -> None:
        sealed = [(h.stream, seal_entry(self._ring, h.event, h.images)) for h in following]
        self._point("before_hand_on")
        self._point("before_ack")
        first = self._patience.insist(lambda: self._consumer.hand_on(entry.stream, entry.entry_id, sealed))
        self._point("after_hand_on")
        self._point("after_ack")
        self._renewal.release(entry.stream, entry.entry_id)
        self._count("done" if first else "duplicate")
        if self._dead_in_row():
            self._patience.insist(lambda: dead.resume(self._redis, self._consumer.group))
            self._dead_run = 0

    def _try_later(self, entry: Claimed, why: Transient, trace_id: str) -> None:
        wait_s = self._settings.retry_s * 2 ** (entry.deliveries - 1)
        self._due[entry.stream, entry.entry_id] = self._clock.monotonic_s() + wait_s
        self._count("retried")
        _log.warning("tried again later", trace_id=trace_id, deliveries=entry.deliveries, wait_s=wait_s, why=str(why))

    def _dead_in_row(self) -> int:
        """How many dead letters this group has made in a row, over restarts."""
        if self._dead_run is None:
            raw = self._patience.insist(lambda: self._redis.get(names.dead_run(self._consumer.group)))
            self._dead_run = int(raw or 0)
        return self._dead_run

    def _note_bugs(self, entry: Claimed, result: Result) -> None:
        """Stop at a run of different entries that break the step: then it is the step."""
        if not isinstance(result, Bug):
            self._broken_by.clear()
            return
        self._broken_by.add(entry.entry_id)
        if len(self._broken_by) >= self._settings.bugs_in_row_max:
            raise StageBroken(
                f"{self._consumer.group}: {len(self._broken_by)} entries in a row broke the step: {result}"
            )

    def _count(self, result: str) -> None:
        metrics.STAGE_EVENTS.labels(self._consumer.group, result).inc()

    def _point(self, name: str) -> None:
        faults.point(f"{self._consumer.group}.{name}")
