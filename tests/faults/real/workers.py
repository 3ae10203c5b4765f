"""The processes of a run: each life of one has a crash waiting at one named point, the next life at the next point."""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import faults

ROOT = Path(__file__).resolve().parents[3]
_READ = ("before_read", "after_read", "before_step", "after_step")
_SETTLE = ("before_hand_on", "before_ack", "after_hand_on", "after_ack")
POINTS = {
    "recognizer": tuple(f"recognizer.{point}" for point in (*_READ, *_SETTLE)),
    "ingest": tuple(f"ingest.{point}" for point in ("after_commit", "before_commit", *_SETTLE, *_READ)),
    "door": ("liveness.before_emit", "liveness.after_emit"),
}
STALL_S = 4.0
"""Longer than a lease lives and another door takes to serve somebody, also on a busy machine."""
_STOP_S = 30


@dataclass
class _Slot:
    """One process, whichever life it is in."""

    kind: str
    command: tuple[str, ...]
    points: Iterator[str]
    process: "subprocess.Popen[bytes]"


@dataclass
class Workers:
    """Starts processes, starts those again that end, and counts what happened."""

    environment: Mapping[str, str]
    log: Path
    chance: Mapping[str, float]
    """Of a crash at a point each time it is passed, by kind."""
    stall_chance: float
    faulty: bool = True
    ended_by_themselves: Counter[str] = field(default_factory=Counter)
    """`kind: exit code` of those that neither a fault nor we ended."""
    _slots: list[_Slot] = field(default_factory=list)

    def run(self, kind: str, count: int, *command: str) -> None:
        """Keep `count` processes of a kind alive; their first points are spread over all of them."""
        for number in range(count):
            points = POINTS[kind]
            start = number * len(points) // count
            order = itertools.cycle(points[start:] + points[:start])
            self._slots.append(_Slot(kind, command, order, self._start(kind, command, order)))

    def look_after(self) -> None:
        """Start again what ended."""
        for slot in self._slots:
            code = slot.process.poll()
            if code is None:
                continue
            if code not in (faults.EXIT_CODE, -signal.SIGKILL):
                self.ended_by_themselves[f"{slot.kind}: {code}"] += 1
            slot.process = self._start(slot.kind, slot.command, slot.points)

    def kill_all(self) -> None:
        """The last fault: all of them at once. `look_after` brings them back."""
        for slot in self._slots:
            slot.process.kill()
            slot.process.wait()

    def stop(self) -> None:
        """End all, finishing what they do."""
        for slot in self._slots:
            slot.process.send_signal(signal.SIGCONT)
            slot.process.terminate()
        for slot in self._slots:
            try:
                slot.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                slot.process.kill()
                slot.process.wait()
                self.ended_by_themselves[f"{slot.kind}: did not stop"] += 1
        self._slots.clear()

    def faults_by_point(self) -> dict[str, int]:
        """Count the faults that happened, from what the processes said."""
        said = self.log.read_text(errors="replace")
        return dict(sorted(Counter(re.findall(r"^fault: (\S+)$", said, flags=re.MULTILINE)).items()))

    def _start(self, kind: str, command: tuple[str, ...], points: Iterator[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "services.launcher.tether", str(os.getpid()), sys.executable, "-m", *command],
                cwd=ROOT,
                env={**_clean(os.environ), **self.environment, faults.VARIABLE: self._faults(kind, points)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # as the supervisor starts them; a Ctrl-C here is for the harness alone
            )

    def _faults(self, kind: str, points: Iterator[str]) -> str:
        if not self.faulty:
            return ""
        crash = f"{next(points)}={self.chance[kind]}"
        return f"{crash},liveness.in_challenge={self.stall_chance}:stall={STALL_S}" if kind == "door" else crash


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        **{name: value for name, value in environment.items() if not name.startswith("NERO_")},
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
