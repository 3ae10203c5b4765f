"""One supervised process: started, its output read line by line, restarted when it dies, stopped."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from services.launcher.merged_log import MergedLog
from services.launcher.restarts import Restart, RestartHistory

WRONG_SETTINGS = 2
"""What a service exits with when its settings are wrong: starting it again cannot help."""


@dataclass(frozen=True)
class ProcessSpec:
    """What to run."""

    name: str
    command: tuple[str, ...]
    """Its first part is a path."""
    env: Mapping[str, str] = field(default_factory=dict)
    """On top of the supervisor's own environment."""
    stop_rank: int = 0
    """Lower ranks stop first; the same rank stops together."""
    health_url: str | None = None
    """Answers 200 once the process works. None: it works as soon as it runs."""


def python_module(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs one of our modules with this interpreter."""
    return (sys.executable, "-m", module, *arguments)


class SupervisedProcess:
    """A spec that runs. All but reading its output happens on the supervisor's thread."""

    def __init__(self, spec: ProcessSpec, log: MergedLog) -> None:
        self.spec = spec
        self.restart_due_s: float | None = None
        self.given_up = False
        self.in_crash_loop = False
        self._log = log
        self._history = RestartHistory()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs or before it ran."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C in the terminal is for the supervisor alone."""
        tether = (sys.executable, "-m", "services.launcher.tether", str(os.getpid()))
        self._process = subprocess.Popen(
            [*tether, *self.spec.command],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.restart_due_s = None
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name=f"log of {self.spec.name}", daemon=True
        )
        self._reader.start()

    def note_death(self, now_s: float) -> Restart | None:
        """Decide what to do about the death; None when starting it again cannot help."""
        if self.exit_code == WRONG_SETTINGS:
            self.given_up = True
            return None
        restart = self._history.died(now_s)
        self.restart_due_s = now_s + restart.delay_s
        self.in_crash_loop = restart.crash_loop
        return restart

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; tell whether it came."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        if self._reader is not None:
            self._reader.join(1)
        return True

    def last_words(self) -> str:
        """Return its last lines."""
        if self._reader is not None and not self.running:
            self._reader.join(1)
        return "\n".join(f"  {line}" for line in self._log.last_words(self.spec.name)[-15:])

    def _signal(self, number: signal.Signals) -> None:
        if self.running and self._process is not None:
            self._process.send_signal(number)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._log.line(self.spec.name, line.rstrip("\n"))
