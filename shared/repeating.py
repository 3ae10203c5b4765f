"""One thing done again and again, from a thread of its own, beside what a process is there for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_JOIN_S = 5
"""What is being done when the end comes may take a while; nobody waits for it longer."""


@contextmanager
def repeating(name: str, every_s: float, act: Callable[[], object], *, at_once: bool = False) -> Iterator[None]:
    """Do it each `every_s` while this lasts, and before the first pause where `at_once`; `act` handles what goes wrong."""
    over = threading.Event()

    def run() -> None:
        if at_once:
            act()
        while not over.wait(every_s):
            act()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=_JOIN_S)
