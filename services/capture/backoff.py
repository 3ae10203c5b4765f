"""Waiting longer each time."""

import random


class Backoff:
    """Doubles from `min_s` to `max_s`, each with up to a fifth taken off, so that many do not knock at once."""

    def __init__(self, min_s: float, max_s: float) -> None:
        self._min_s = min_s
        self._max_s = max_s
        self._next_s = min_s

    def next_s(self) -> float:
        """Return how long to wait now."""
        wait_s, self._next_s = self._next_s, min(self._max_s, self._next_s * 2)
        return wait_s * random.uniform(0.8, 1.0)

    def reset(self) -> None:
        """It went well: begin anew."""
        self._next_s = self._min_s
