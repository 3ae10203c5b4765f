"""Named points at which a test can make a process crash or stall. Inert unless `NERO_FAULTS` is set.

`NERO_FAULTS="recognizer.before_ack=0.01,liveness.before_emit=0.05:stall=3"` ends the process at the
first point with a probability of 1%, as SIGKILL would (nothing is flushed, no handler runs), and at
the second holds it for 3 s, as a machine that swaps would.
"""

import os
import random
import time
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
    if fault.stall_s is None:
        os._exit(EXIT_CODE)
    time.sleep(fault.stall_s)


_faults = parse(os.environ.get(VARIABLE, ""))
_random = random.Random()
