"""Every process's log in one terminal: each line with its process's name, in a colour of its own on a terminal."""

import threading
from collections import deque
from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
_KEPT_LINES = 40


class MergedLog:
    """Where the lines of all processes go. Safe from any thread."""

    def __init__(self, out: TextIO | None, *, colour: bool | None = None) -> None:
        """Write to `out`; None keeps only each process's last lines, for when it fails."""
        self._out = out
        self._colour = colour if colour is not None else bool(out and out.isatty())
        self._lock = threading.Lock()
        self._last: dict[str, deque[str]] = {}

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        with self._lock:
            kept = self._last.setdefault(name, deque(maxlen=_KEPT_LINES))
            kept.append(text)
            if self._out is not None:
                self._out.write(f"{self._prefix(name)} {text}\n")
                self._out.flush()

    def last_words(self, name: str) -> list[str]:
        """Return the last lines of a process, for saying why it failed."""
        with self._lock:
            return list(self._last.get(name, ()))

    def _prefix(self, name: str) -> str:
        plain = f"{name:<13}│"
        if not self._colour:
            return plain
        place = list(self._last).index(name)
        return f"\x1b[{_COLOURS[place % len(_COLOURS)]}m{plain}\x1b[0m"
