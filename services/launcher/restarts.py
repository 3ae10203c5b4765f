"""When a process that died is started again: pure arithmetic over the times of its deaths."""

from collections import deque
from dataclasses import dataclass, field

FIRST_DELAY_S = 0.5
SLOWEST_S = 30.0
LOOP_DEATHS = 5
LOOP_WINDOW_S = 60.0


@dataclass(frozen=True)
class Restart:
    """What to do about a death."""

    delay_s: float
    deaths: int
    """How many within the last `LOOP_WINDOW_S`, this one included."""
    crash_loop: bool
    """It dies as fast as it is started: an operator must look."""


@dataclass
class RestartHistory:
    """One process's deaths, by a monotonic clock."""

    _deaths: deque[float] = field(default_factory=deque)

    def died(self, at_s: float) -> Restart:
        """Note a death; the delay doubles with each of the last minute, and starts small again after a quiet one."""
        self._deaths.append(at_s)
        while self._deaths[0] < at_s - LOOP_WINDOW_S:
            self._deaths.popleft()
        count = len(self._deaths)
        loop = count >= LOOP_DEATHS
        delay_s = SLOWEST_S if loop else min(SLOWEST_S, FIRST_DELAY_S * 2 ** (count - 1))
        return Restart(delay_s, count, loop)
