"""Taking some of a camera's frames at a lower rate."""

_EARLY = 0.35
"""A frame may come this share of a period early: cameras jitter, and the next one would be too late.
Less than half: of a camera twice as fast, every other frame is to be left out."""


class Rate:
    """Takes frames at a wanted rate, on average, from frames that come at another."""

    def __init__(self) -> None:
        self._next_s = float("-inf")
        self._last_s = float("-inf")
        self._fps = 0.0

    def take(self, at_s: float, fps: float) -> bool:
        """Tell whether to take the frame of time `at_s`, so that about `fps` a second are taken."""
        period_s = 1 / fps
        if fps != self._fps:  # another rate counts from the last frame taken
            self._fps, self._next_s = fps, self._last_s + period_s
        if at_s < self._next_s - _EARLY * period_s:
            return False
        on_time = at_s - self._next_s < period_s  # after a pause nothing is caught up on
        self._next_s = (self._next_s if on_time else at_s) + period_s
        self._last_s = at_s
        return True
