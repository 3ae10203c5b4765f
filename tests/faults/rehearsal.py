"""`python -m tests.faults.rehearsal --folder ../shared/scenarios/one-door`: a rehearsal whose services are killed.

The folder is played in real time through the same machinery as `nero rehearse`. Enrolment is killed
while photos wait; then every other service and each Redis, once each, with `kill -9`, while somebody
whom `truth.json` expects to be admitted stands at a door. The supervisor brings them back by itself.

Capture goes first, before anybody is in: footage, unlike a camera, begins anew with it, its clock too.
Exit 0: every live face has its verdict, nothing counts twice, the refused stay refused, and whoever
was missed stood there while a service was away.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from redis.exceptions import RedisError
from sqlmodel import select

from services.api.db.engine import make_engine, reading
from services.api.db.tables import Attempt
from services.launcher.merged_log import MergedLog
from services.launcher.office import Office
from services.launcher.process import SupervisedProcess
from services.launcher.rehearsal.folder import Rehearsal, read_folder
from services.launcher.rehearsal.play import REHEARSAL_ENV, play
from services.launcher.rehearsal.report import Report
from services.launcher.rehearsal.run import temporary
from services.launcher.rehearsal.truth import Difference, Truth, WalkUp, differences, read_truth
from services.launcher.settings import LauncherSettings
from services.launcher.stack import BackgroundWatch, Stack, Wish, new_password
from shared import dead, names
from shared.clock import SystemClock
from shared.durable import open_entry
from shared.events import LiveFace, LivenessFailed, event_id
from shared.keys import load_ring
from shared.kiosk_channel import KioskChannel
from shared.redis_replies import entries_by_stream
from shared.settings import load
from tests.faults.real.school import admitted_twice

ORDER = ("capture", "liveness", "recognizer", "ingest", "web", "events Redis", "frames Redis")
EARLY, MIDDLE = 0.25, 0.55
"""How far into somebody's walk-up a kill comes."""
AWAY_S = 15.0
"""How long a service may take to come back, and people at the door with it."""
_POLL_S = 0.05
_SETTLE_S = 30.0


@dataclass
class Killed:
    """One kill."""

    name: str
    at_s: float
    """Seconds into the footage."""
    back_s: float | None = None
    """How long until it said that it was well again."""


class Follower:
    """Reads along what liveness handed on, from a thread, whatever happens to Redis meanwhile."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.attempts: set[str] = set()
        """The ids of the attempts that must come of it."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        ring = load_ring(self._stack.plan.keys_dir, "media")
        seen: dict[Any, Any] = {names.FACES: "0", names.FAILURES: "0"}
        redis = self._stack.events_redis()
        while not self._stop.is_set():
            try:
                found = entries_by_stream(redis.xread(seen, count=100, block=200))
            except RedisError:
                time.sleep(_POLL_S)
                continue
            for stream, entries in found.items():
                for entry in entries:
                    seen[stream] = entry.entry_id
                    self._note(open_entry(ring, entry.fields or {})[0])

    def _note(self, event: object) -> None:
        if isinstance(event, LiveFace):
            self.attempts.add(event_id("face_identified", event.event_id))
        elif isinstance(event, LivenessFailed):
            self.attempts.add(event.event_id)


@dataclass
class Killer:
    """Kills each service once: enrolment while photos wait, the others while somebody stands at a door."""

    stack: Stack
    truth: Truth
    killed: list[Killed] = field(default_factory=list)
    _began_at: datetime | None = None
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self, doing: str, done: int | None = None, total: int | None = None) -> None:
        """Hear how the rehearsal goes."""
        if doing.startswith("enrolling") and (done or 0) > 0 and not self.killed:
            self._kill("enrolment", 0)
        if doing.startswith("playing") and self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Stop killing, and wait until everything is well."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(AWAY_S + 5)

    def _work(self) -> None:
        for name, walkup in zip(ORDER, moments(self.truth), strict=False):
            at_s = walkup.start_s + (EARLY if name == "capture" else MIDDLE) * (walkup.end_s - walkup.start_s)
            if not self._wait_for(walkup.kiosk, at_s):
                return
            self._kill(name, at_s)
            if name == "capture" and not self._wait_for(walkup.kiosk, 0.0, anew=True):
                return

    def _wait_for(self, kiosk_id: str, at_s: float, *, anew: bool = False) -> bool:
        """Wait for a time of the footage; `anew`: for its beginning, once it was played further."""
        frames = self.stack.frames_redis()
        while not self._stop.wait(_POLL_S):
            try:
                status = KioskChannel(frames, kiosk_id).camera_status()
            except RedisError:
                continue
            if status is None or status.last_frame_at is None:
                continue
            self._began_at = self._began_at or status.last_frame_at
            position_s = (status.last_frame_at - self._began_at).total_seconds()
            if position_s < 3 if anew else position_s >= at_s:
                return True
        return False

    def _kill(self, name: str, at_s: float) -> None:
        killed = Killed(name, at_s)
        self.killed.append(killed)
        began_s = time.monotonic()
        pid = self._pid(name)
        assert pid is not None, f"{name} does not run"
        os.kill(pid, signal.SIGKILL)
        threading.Thread(target=self._time_return, args=(killed, pid, began_s), daemon=True).start()

    def _time_return(self, killed: Killed, old_pid: int, began_s: float) -> None:
        while time.monotonic() - began_s < 60:
            if self._pid(killed.name) not in (None, old_pid) and self._well(killed.name):
                killed.back_s = time.monotonic() - began_s
                return
            time.sleep(_POLL_S)

    def _pid(self, name: str) -> int | None:
        if name.endswith("Redis"):
            return self.stack._redis[name.startswith("frames")].pid
        return self._process(name).pid

    def _well(self, name: str) -> bool:
        if name.endswith("Redis"):
            return self.stack._redis[name.startswith("frames")].running()
        return _answers(self._process(name).spec.health_url)

    def _process(self, name: str) -> SupervisedProcess:
        return next(p for at, p in self.stack.supervisor.processes.items() if at.startswith(name))


def moments(truth: Truth) -> list[WalkUp]:
    """Return whose walk-ups the services are killed in: those to be admitted."""
    return [walkup for walkup in truth.walkups if walkup.expect == "present"]


@dataclass(frozen=True)
class Found:
    """What came of it."""

    report: Report
    live: int
    without_verdict: int
    events_twice: int
    admitted_twice: list[str]
    refused_but_in: list[str]
    dead_letters: int
    not_well: str
    killed: Sequence[Killed]
    missed: list[Difference]
    wrong: list[Difference]

    @property
    def sound(self) -> bool:
        """Nothing but people missed who stood there while a service was away."""
        failed = (self.without_verdict, self.events_twice, self.admitted_twice, self.refused_but_in)
        return not any((*failed, self.dead_letters, self.not_well, self.wrong))


def rehearse_with_kills(rehearsal: Rehearsal, truth: Truth, log: MergedLog) -> Found:
    """Play the folder, kill, and count."""
    password = new_password()
    wish = Wish(accept_simulated=True, extra_env=REHEARSAL_ENV, sign_in_as=("rehearsal", password))
    clock = SystemClock()
    with temporary(load(LauncherSettings)) as apart, Stack(apart, wish, log, clock) as stack:
        killer = Killer(stack, truth)
        stack.start(lambda doing, *_: None)
        with BackgroundWatch(stack), Follower(stack) as follower:
            with Office(stack.plan.base_url, "rehearsal", password) as office:
                report = play(stack, office, rehearsal, own_clock=False, clock=clock, say=killer)
            killer.end()
            return _found(stack, truth, report, killer.killed, follower.attempts)


def _found(stack: Stack, truth: Truth, report: Report, killed: Sequence[Killed], expected: set[str]) -> Found:
    engine = make_engine(stack.plan.database_url)
    with reading(engine) as session:
        rows = list(session.exec(select(Attempt)))
    engine.dispose()
    status = {line.student_id: line.status for line in report.roster}
    apart = differences(truth, report)
    missed = [difference for difference in apart if _was_missed(difference, truth, killed)]
    with stack.events_redis() as events:
        letters = len(dead.list_dead(events))
    return Found(
        report=report,
        live=len(expected),
        without_verdict=len(expected - {row.event_id for row in rows}),
        events_twice=len(rows) - len({row.event_id for row in rows}),
        admitted_twice=admitted_twice(rows),
        refused_but_in=[student for student in truth.not_present if status.get(student) in ("present", "late")],
        dead_letters=letters,
        not_well=_not_well(stack),
        killed=killed,
        missed=missed,
        wrong=[difference for difference in apart if difference not in missed],
    )


def _was_missed(difference: Difference, truth: Truth, killed: Sequence[Killed]) -> bool:
    """Tell whether somebody simply has no verdict, who stood at a door while a service was away."""
    if difference.found not in ("nothing", "expected"):
        return False
    return any(
        (walkup.student_id or "nobody") in difference.where
        and (difference.where.startswith("roster") or f"{walkup.start_s:g}–" in difference.where)
        and any(
            kill.at_s - AWAY_S <= walkup.end_s and walkup.start_s <= kill.at_s + AWAY_S
            for kill in killed
            if kill.name != "enrolment"
        )
        for walkup in truth.walkups
    )


def _answers(health_url: str | None) -> bool:
    """Tell whether a process says that it is well."""
    try:
        return httpx.get(str(health_url), timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _not_well(stack: Stack) -> str:
    deadline_s = time.monotonic() + _SETTLE_S
    while True:
        processes = stack.supervisor.processes
        ill = [name for name, process in processes.items() if not _answers(process.spec.health_url)]
        if not ill or time.monotonic() > deadline_s:
            return ", ".join(ill)
        time.sleep(0.5)


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.rehearsal",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, required=True, help="a rehearsal folder with a truth.json")
    parser.add_argument("--logs", action="store_true", help="every service's log, on stderr")
    asked = parser.parse_args()
    log = MergedLog(sys.stderr if asked.logs else None)
    found = rehearse_with_kills(read_folder(asked.folder), read_truth(asked.folder / "truth.json"), log)
    print(_told(found))
    return 0 if found.sound else 1


def _told(found: Found) -> str:
    kills = "\n".join(
        f"  kill -9 {kill.name:<13} at {kill.at_s:5.1f} s of the footage,"
        f" well again after {'?' if kill.back_s is None else f'{kill.back_s:.1f}'} s"
        for kill in found.killed
    )
    missed = "".join(f"\n  {d.where}: {d.expected} expected, {d.found} found" for d in found.missed)
    wrong = "".join(f"\n  {d.where}: {d.expected} expected, {d.found} found" for d in found.wrong)
    return (
        f"{kills}\nlive faces and failures handed on: {found.live}, without a verdict: {found.without_verdict}\n"
        f"events twice: {found.events_twice}, admitted twice: {', '.join(found.admitted_twice) or 'nobody'},"
        f" refused but in: {', '.join(found.refused_but_in) or 'nobody'}, dead letters: {found.dead_letters}\n"
        f"missed while a service was away: {missed or 'nobody'}\n"
        f"otherwise than in truth.json: {wrong or 'nothing'}\n"
        f"not well at the end: {found.not_well or 'none'}\n"
        f"{'sound' if found.sound else 'BROKEN'}"
    )


if __name__ == "__main__":
    sys.exit(main())
