"""Kiosks shared out among liveness workers: a lease each, a fence that only grows, checked at the emit.

A challenge is a story told over many frames, so one worker at a time serves a kiosk. A timed lease
alone cannot promise that: a worker that was held up still thinks it owns the kiosk. So nothing leaves
a worker but through `emit`, one script that checks lease and fence and adds the event.

Times are the broker's or this process's monotonic ones; no two machines' clocks are compared.
"""

import secrets
import socket
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from shared import faults, logs, metrics
from shared.broker_errors import SENTENCES, kind_of
from shared.clock import Clock, SystemClock
from shared.durable import seal_entry
from shared.events import Event
from shared.health import HealthBoard
from shared.keys import KeyRing
from shared.lease_scripts import LeaseScripts

_log = logs.get("leases")


@dataclass(frozen=True)
class LeaseTerms:
    """How long a lease lives, and how often workers look."""

    life_s: float = 1.5
    look_every_s: float = 0.25
    """`life_s` and this together are the longest that a dead worker's kiosk goes unserved: under 2 s."""
    stuck_after_s: float = 10.0
    """A worker whose own loop did not `beat` for so long gets no more renewals: it hangs."""


@dataclass
class _Held:
    fence: int
    until_s: float
    """Monotonic: when the lease may be another's, if no renewal comes through."""
    renew_at_s: float


def fair_share(kiosks: int, workers: Collection[str], worker: str) -> int:
    """Return how many of the kiosks this worker should hold; the shares of all workers add up to all kiosks.

    >>> [fair_share(5, ["w1", "w2"], w) for w in ("w1", "w2")]
    [3, 2]
    """
    order = sorted({*workers, worker})
    each, over = divmod(kiosks, len(order))
    return each + (order.index(worker) < over)


def new_worker_id() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}-{secrets.token_hex(4)}"


class LeaseKeeper:
    """One worker's leases. `tick` does everything; `start` ticks in a thread, so that work on frames is no delay."""

    def __init__(
        self,
        redis: Redis,
        media_ring: KeyRing,
        wanted: Callable[[], Iterable[str]],
        *,
        worker_id: str | None = None,
        terms: LeaseTerms | None = None,
        busy: Callable[[], Collection[str]] = tuple,
        clock: Clock | None = None,
        health: HealthBoard | None = None,
    ) -> None:
        """Prepare; nothing is leased yet.

        Args:
            redis: the events Redis.
            media_ring: seals the images of what is emitted.
            wanted: the kiosks there are, asked at each tick.
            worker_id: a name that no other worker has.
            terms: the times.
            busy: kiosks with somebody in a challenge: let go last.
            clock: only its monotonic time is used.
            health: where it says how it is, as `leases`.
        """
        self.worker_id = worker_id or new_worker_id()
        self._ring = media_ring
        self._wanted = wanted
        self._terms = terms or LeaseTerms()
        self._busy = busy
        self._clock = clock or SystemClock()
        self._health = health
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_s: float | None = None
        self._leases = LeaseScripts(redis, self.worker_id, int(self._terms.life_s * 1000))

    def held(self) -> dict[str, int]:
        """Return the fence of every kiosk that is surely ours now. A new fence: begin that kiosk anew."""
        now = self._clock.monotonic_s()
        with self._lock:
            return {kiosk_id: held.fence for kiosk_id, held in self._held.items() if held.until_s > now}

    def emit(self, kiosk_id: str, fence: int, stream: str, event: Event, images: Sequence[bytes] = ()) -> bool:
        """Add an event if this lease still stands, in one step; tell whether it did.

        False: another worker has the kiosk, or may have. Forget the track; whoever has it begins anew.

        Raises:
            RedisError: the broker is away or refuses; the event was perhaps added, and may be emitted again.
        """
        faults.point("liveness.before_emit")
        added = self._leases.emit(kiosk_id, fence, stream, seal_entry(self._ring, event, images))
        faults.point("liveness.after_emit")
        if added is None:
            self._drop(kiosk_id, fence, "refused_emit")
        return added is not None

    def beat(self) -> None:
        """Say that the worker's own loop goes round. Who says it once must go on, or loses the leases."""
        self._beat_s = self._clock.monotonic_s()

    def tick(self) -> None:
        """Say that this worker lives; renew, let go and take leases.

        Raises:
            RedisError: the broker is away or refuses.
        """
        self._renew_all()  # first: a Redis that is full still renews, though it registers nobody
        workers = self._leases.register()
        wanted = list(dict.fromkeys(self._wanted()))
        held = self.held()
        share = fair_share(len(wanted), workers, self.worker_id)
        for kiosk_id in [kiosk_id for kiosk_id in held if kiosk_id not in wanted]:
            self._give_up(kiosk_id)
        mine = [kiosk_id for kiosk_id in held if kiosk_id in wanted]
        for kiosk_id in self._too_many(mine, share):
            self._give_up(kiosk_id)
        self._take_free([kiosk_id for kiosk_id in wanted if kiosk_id not in held], share - len(mine))
        metrics.LEASES_HELD.set(len(self.held()))

    def start(self) -> None:
        """Tick in a thread until `stop`."""
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give everything up, so that others take it at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            for kiosk_id in list(self._held):
                self._give_up(kiosk_id)
            self._leases.sign_off()
        except RedisError as error:
            _log.warning("leases run out by themselves", why=str(error))
        metrics.LEASES_HELD.set(0)

    def _run(self) -> None:
        while not self._stop.wait(self._terms.look_every_s):
            try:
                self._tick_unless_stuck()
            except RedisError as error:
                metrics.BROKER_ERRORS.labels("events", kind_of(error)).inc()
                metrics.BROKER_UP.labels("events").set(0)
                self._say(False, SENTENCES[kind_of(error)])
            except Exception as error:  # noqa: BLE001 - a thread that ended would lose every lease without a word
                _log.exception("a tick of the leases broke")
                self._say(False, f"leases are not looked after ({type(error).__name__}, a bug); trying again")

    def _tick_unless_stuck(self) -> None:
        silent_s = 0.0 if self._beat_s is None else self._clock.monotonic_s() - self._beat_s
        if silent_s > self._terms.stuck_after_s:
            self._say(False, f"the worker's loop hangs for {silent_s:.0f} s: its kiosks go to others")
            return
        self.tick()
        metrics.BROKER_UP.labels("events").set(1)
        self._say(True, f"serving {len(self._held)} kiosks")

    def _say(self, ok: bool, sentence: str) -> None:
        if self._health is not None:
            self._health.set("leases", ok, sentence)

    def _renew_all(self) -> None:
        """Renew at a third of the life; a lease that is not ours any more is lost."""
        now = self._clock.monotonic_s()
        due = [(kiosk_id, held) for kiosk_id, held in list(self._held.items()) if held.renew_at_s <= now]
        for kiosk_id, held in due:
            if self._leases.renew(kiosk_id, held.fence):
                self._hold(kiosk_id, held.fence, now)
            else:
                self._drop(kiosk_id, held.fence, "lost")

    def _too_many(self, mine: Sequence[str], share: int) -> list[str]:
        busy = self._busy()
        idle_first = sorted(mine, key=lambda kiosk_id: kiosk_id in busy)
        return idle_first[: max(0, len(mine) - share)]

    def _take_free(self, free: Sequence[str], room: int) -> None:
        for kiosk_id in free:
            if room <= 0:
                return
            now = self._clock.monotonic_s()
            fence = self._leases.take(kiosk_id)
            if fence is not None:
                self._hold(kiosk_id, fence, now)
                self._changed(kiosk_id, fence, "taken")
                room -= 1

    def _give_up(self, kiosk_id: str) -> None:
        held = self._held.get(kiosk_id)
        if held is None:
            return
        self._leases.give_up(kiosk_id, held.fence)
        self._drop(kiosk_id, held.fence, "given_up")

    def _hold(self, kiosk_id: str, fence: int, since_s: float) -> None:
        """Note a lease, counted from before the command that made it."""
        with self._lock:
            self._held[kiosk_id] = _Held(fence, since_s + self._terms.life_s, since_s + self._terms.life_s / 3)

    def _drop(self, kiosk_id: str, fence: int, change: str) -> None:
        with self._lock:
            held = self._held.get(kiosk_id)
            if held is not None and held.fence == fence:
                del self._held[kiosk_id]
        self._changed(kiosk_id, fence, change)

    def _changed(self, kiosk_id: str, fence: int, change: str) -> None:
        metrics.LEASE_CHANGES.labels(change).inc()
        _log.info("lease " + change.replace("_", " "), kiosk=kiosk_id, fence=fence, worker=self.worker_id)
