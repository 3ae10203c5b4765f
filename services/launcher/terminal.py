"""What a command says on the terminal: on stderr, so that stdout is the result alone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Say(Protocol):
    """Tells what is being done, and how far it is."""

    def __call__(self, doing: str, done: int | None = None, total: int | None = None) -> None: ...


@contextmanager
def progress(console: Console) -> Iterator[Say]:
    """Show one line that moves on a terminal; elsewhere, one line for each thing that is done."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def say(doing: str, done: int | None = None, total: int | None = None) -> None:
            bars.update(task, description=doing, completed=done or 0, total=total)

        yield say


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def __call__(self, doing: str, done: int | None = None, total: int | None = None) -> None:  # noqa: ARG002
        subject = doing.partition(";")[0]
        if subject != self._last:
            self._console.print(f"nero: {doing}", highlight=False, markup=False)
            self._last = subject


def stderr() -> Console:
    """Return the console that everything but the result goes to."""
    return Console(file=sys.stderr)
