"""Named points at which a test can make a process crash or stall. Inert unless `NERO_FAULTS` is set.

`NERO_FAULTS="recognizer.before_ack=0.01,liveness.before_emit=0.05:stall=3"` ends the process at the
first point with a probability of 1%, as SIGKILL would (nothing is flushed, no handler runs), and at
the second stops all of it for 3 s, threads included, as a machine that swaps would. Each fault that
happens is a line on stderr.
"""

import os
import random
import signal
import subprocess
import sys
from typing import NamedTuple

VARIABLE = "NERO_FAULTS"
EXIT_CODE = 137
"""What a shell reports of a process killed by SIGKILL."""


class Fault(NamedTuple):
    """What happens at one point."""

    probability: float
    stall_s: float | None
    """None: the process ends."""


def parse(text: str) -> dict[str, Fault]:
    """Read the variable.

    Raises:
        ValueError: it is not `name=probability` or `name=probability:stall=seconds`, comma-separated.
    """
    faults = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, what = item.partition("=")
        chance, _, stall = what.partition(":stall=")
        faults[name] = Fault(float(chance), float(stall) if stall else None)
    return faults


def point(name: str) -> None:
    """Mark a place where a crash must do no harm. Costs a dictionary look-up when no faults are set."""
    fault = _faults.get(name)
    if fault is None or _random.random() >= fault.probability:
        return
    os.write(sys.stderr.fileno(), f"fault: {name}\n".encode())
    if fault.stall_s is None:
        os._exit(EXIT_CODE)
    _stall(fault.stall_s)


def load(text: str) -> None:
    """Replace the faults that are set; a test's process calls this where it was forked."""
    _faults.clear()
    _faults.update(parse(text))
    _random.seed()


def _stall(seconds: float) -> None:
    pid = os.getpid()
    with subprocess.Popen(["/bin/sh", "-c", f"sleep {seconds}; kill -CONT {pid}"]):
        os.kill(pid, signal.SIGSTOP)


_random = random.Random()
_faults: dict[str, Fault] = parse(os.environ.get(VARIABLE, ""))
