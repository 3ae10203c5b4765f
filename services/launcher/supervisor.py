"""Runs a set of processes: starts them, restarts what dies, and stops all in order.

What dies is started again with growing pauses. What dies five times in a minute is a crash loop: that
is said in words, with its last lines, and it is tried once in half a minute from then on, so that it
comes back by itself when the cause is gone. A wrong setting is not tried again.
"""

import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from services.launcher.merged_log import MergedLog
from services.launcher.process import ProcessSpec, SupervisedProcess
from shared.errors import Unavailable

_TICK_S = 0.1
_NAME = "nero"
_UNVERIFIED = ssl._create_unverified_context()  # noqa: S323, SLF001 - see `_ask`


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds."""

    ready_s: float = 120.0
    stop_s: float = 15.0


class Supervisor:
    """Owns the processes. Start and stop it from one thread; it watches them from another."""

    def __init__(self, specs: Sequence[ProcessSpec], log: MergedLog, patience: Patience | None = None) -> None:
        self.processes = {spec.name: SupervisedProcess(spec, log) for spec in specs}
        self._log = log
        self._patience = patience or Patience()
        self._ending = threading.Event()

    def start(self) -> None:
        """Start every process, in the order given."""
        for process in self.processes.values():
            process.start()

    def watch_once(self) -> None:
        """Start again what died and is due; say what happened."""
        now_s = time.monotonic()
        for process in self.processes.values():
            if process.running or process.given_up:
                continue
            if process.restart_due_s is None:
                self._say_death(process, now_s)
            elif now_s >= process.restart_due_s:
                self._say(f"starting {process.spec.name} again")
                process.start()

    def run_until(self, ended: Callable[[], bool]) -> None:
        """Watch until `ended`, about ten times a second."""
        while not ended() and not self._ending.wait(_TICK_S):
            self.watch_once()

    def wait_ready(
        self, on_wait: Callable[[Sequence[str]], None] = lambda _: None, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait until every process says that it is well, or until `cancelled`; tell `on_wait` who is waited for, each time that changes.

        Raises:
            Unavailable: one has wrong settings, is in a crash loop, or takes too long; with its last lines.
        """
        deadline_s = time.monotonic() + self._patience.ready_s
        waiting, told = list(self.processes.values()), len(self.processes) + 1
        while waiting and not cancelled():
            self.watch_once()
            self._refuse_hopeless(waiting)
            waiting = [process for process in waiting if not self._ready(process)]
            if len(waiting) < told:
                told = len(waiting)
                on_wait([process.spec.name for process in waiting])
            if waiting and time.monotonic() > deadline_s:
                raise Unavailable("\n".join(self._why_not_ready(process) for process in waiting))
            time.sleep(_TICK_S if waiting else 0)

    def states(self) -> str:
        """Return one line for each process: what it says of its health."""
        return "\n".join(
            f"  {name}: {health_sentence(process.spec.health_url) if process.running else 'not running'}"
            for name, process in self.processes.items()
        )

    def stop(self) -> None:
        """Stop all, rank by rank: each finishes its step and hands on before the next rank is asked."""
        self._ending.set()
        ordered = sorted(self.processes.values(), key=lambda process: process.spec.stop_rank)
        for _, rank in groupby(ordered, key=lambda process: process.spec.stop_rank):
            self._stop_together([process for process in rank if process.running])

    def _stop_together(self, processes: Sequence[SupervisedProcess]) -> None:
        if not processes:
            return
        self._say("stopping " + _names(processes))
        for process in processes:
            process.terminate()
        deadline_s = time.monotonic() + self._patience.stop_s
        for process in processes:
            if not process.wait(max(0.1, deadline_s - time.monotonic())):
                self._say(f"{process.spec.name} did not stop within {self._patience.stop_s:.0f} s: ending it")
                process.kill()
                process.wait(5)

    def _say_death(self, process: SupervisedProcess, now_s: float) -> None:
        name, code = process.spec.name, process.exit_code
        restart = process.note_death(now_s)
        if restart is None:
            self._say(f"{name} has a wrong setting and is not started again:\n{process.last_words()}")
        elif restart.crash_loop:
            self._say(
                f"{name} is in a crash loop: it ended {restart.deaths} times within a minute, last with code {code}."
                f" It is tried again every {restart.delay_s:.0f} s. Its last lines:\n{process.last_words()}"
            )
        else:
            self._say(f"{name} ended with code {code}; it is started again in {restart.delay_s:g} s")

    def _refuse_hopeless(self, waiting: Iterable[SupervisedProcess]) -> None:
        for process in waiting:
            if process.given_up or process.in_crash_loop:
                raise Unavailable(f"{process.spec.name} does not start:\n{process.last_words()}")

    def _why_not_ready(self, process: SupervisedProcess) -> str:
        return (
            f"{process.spec.name} was not ready within {self._patience.ready_s:.0f} s:"
            f" {health_sentence(process.spec.health_url)}\n{process.last_words()}"
        )

    def _ready(self, process: SupervisedProcess) -> bool:
        return process.running and (process.spec.health_url is None or is_well(process.spec.health_url))

    def _say(self, sentence: str) -> None:
        self._log.line(_NAME, sentence)


def is_well(health_url: str) -> bool:
    """Tell whether a process answers its health address with 200."""
    try:
        with _ask(health_url) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def health_sentence(health_url: str | None) -> str:
    """Return what a process says of its health, for a person."""
    if health_url is None:
        return "it does not run"
    try:
        with _ask(health_url) as answer:
            return str(answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")
    except (OSError, ValueError) as error:
        return f"no answer at {health_url} ({error})"


def _ask(health_url: str) -> Any:
    """Ask one of our own processes on this machine: who it is needs no certificate."""
    return urllib.request.urlopen(health_url, timeout=2, context=_UNVERIFIED)  # noqa: S310


def _names(processes: Iterable[SupervisedProcess]) -> str:
    return ", ".join(process.spec.name for process in processes)
