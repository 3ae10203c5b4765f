"""What tests of the broker share: events of the small cast, and stages that run in threads."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from redis import Redis

from shared import names
from shared.events import LivenessFailed, event_id
from shared.health import HealthBoard
from shared.keys import new_ring
from shared.redis_replies import entries
from shared.stage import Delivery, Handoff, Step, one_by_one
from shared.streams import DurableStreams, open_entry
from shared.worker import StageSection, StageWorker

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUICK = StageSection(retry_s=0.01, block_ms=50, reclaim_after_s=0.3, reclaim_every_s=0.05, backoff_max_s=0.05)
"""Settings that keep a test short."""
STAGE = names.RECOGNIZER_GROUP
DEADLINE_S = 20.0


def visit(who: str, kiosk_id: str = "A__door") -> LivenessFailed:
    """Something that happened to somebody at a kiosk; its trace says who."""
    return LivenessFailed(
        event_id=event_id("visit", kiosk_id, who),
        kiosk_id=kiosk_id,
        captured_at=NOW,
        trace_id=who,
        track_id=who,
        track_started_at=NOW,
        fence=1,
        policy="blink",
        frame_sent_at=NOW,
        reason="timeout",
        failures=3,
    )


def passes_on(delivery: Delivery) -> Sequence[Handoff]:
    """A step that hands everything on as it came."""
    return [Handoff(names.ATTEMPTS, delivery.event, delivery.images)]


def wait_until(true: Callable[[], object], what: str) -> None:
    """Poll until `true()`."""
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, f"waited {DEADLINE_S} s in vain: {what}"
        time.sleep(0.005)


class RunningStage:
    """A stage in a thread of its own."""

    def __init__(self, worker: StageWorker, health: HealthBoard) -> None:
        self.health = health
        self.error: BaseException | None = None
        self._worker = worker
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait until it did."""
        self._stop.set()
        self.join()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def join(self) -> None:
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), "the stage did not end"

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def says(self, words: str) -> bool:
        """Tell whether its health says so now."""
        return any(words in component.sentence for component in self.health.snapshot().values())

    def _run(self) -> None:
        try:
            self._worker.run(self._stop)
        except BaseException as error:  # the test looks at it
            self.error = error


class Broker:
    """Adds events, runs stages, and tells what became of them."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.ring = new_ring("media")
        self.streams = DurableStreams(redis, self.ring)
        self._running: list[RunningStage] = []

    def add(self, *who: str, stream: str = names.FACES, images: Sequence[bytes] = (b"jpeg",)) -> list[str]:
        """Add an event about each of `who`; return their entry ids."""
        return [self.streams.add(stream, visit(name), images) for name in who]

    def run(
        self,
        handle: Callable[[Delivery], Sequence[Handoff]] = passes_on,
        *,
        step: Step | None = None,
        streams: str | Sequence[str] = names.FACES,
        settings: StageSection = QUICK,
        redis: Redis | None = None,
        consumer: str | None = None,
    ) -> RunningStage:
        """Start a stage."""
        health = HealthBoard()
        worker = StageWorker(
            redis or self.redis,
            self.ring,
            streams,
            STAGE,
            step or one_by_one(handle),
            settings=settings,
            health=health,
            consumer=consumer,
        )
        stage = RunningStage(worker, health)
        self._running.append(stage)
        return stage

    def arrived(self, stream: str = names.ATTEMPTS) -> list[str]:
        """Who arrived on a stream, in order."""
        found = entries(self.redis.xrange(stream))
        return [open_entry(self.ring, entry.fields or {})[0].trace_id for entry in found]

    def wait_for(self, who: Iterable[str], stream: str = names.ATTEMPTS) -> None:
        """Wait until each of them arrived, once."""
        expected = sorted(who)

        def all_there() -> bool:
            running = self._running[-1:]
            assert [stage.error for stage in running if stage.error] == []
            return sorted(self.arrived(stream)) == expected

        wait_until(all_there, f"{expected} on {stream}")

    def wait_settled(self, stream: str = names.FACES) -> None:
        """Wait until everything was read and acknowledged."""
        wait_until(lambda: self._unsettled(stream) == 0, f"{stream} settled")

    def pending(self, stream: str = names.FACES) -> int:
        """Count what was read and not acknowledged."""
        if not self.redis.exists(stream) or not self.redis.xinfo_groups(stream):
            return 0
        return int(self.redis.xpending(stream, STAGE)["pending"])

    def stop_all(self) -> None:
        for stage in self._running:
            stage.ask_to_stop()
        for stage in self._running:
            stage.join()

    def _unsettled(self, stream: str) -> int:
        groups = self.redis.xinfo_groups(stream) if self.redis.exists(stream) else []
        if not groups:
            return 1
        last = groups[0]["last-delivered-id"].decode()
        return self.pending(stream) + len(self.redis.xrange(stream, f"({last}", "+") or ())
