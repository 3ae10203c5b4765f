"""Taking some of a camera's frames at a lower rate."""

_EARLY = 0.2
"""A frame may come this share of a period early: cameras jitter, and the next one would be too late."""


class Rate:
    """Takes frames at a wanted rate, on average, from frames that come at another."""

    def __init__(self) -> None:
        self._next_s = float("-inf")

    def take(self, at_s: float, fps: float) -> bool:
        """Tell whether to take the frame of time `at_s`, so that about `fps` a second are taken."""
        period_s = 1 / fps
        due_s = min(self._next_s, at_s + period_s)
        if at_s < due_s - _EARLY * period_s:
            self._next_s = due_s
            return False
        on_time = at_s - due_s < period_s  # after a pause nothing is caught up on
        self._next_s = (due_s if on_time else at_s) + period_s
        return True
