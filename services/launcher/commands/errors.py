"""What goes wrong is said in words, without a traceback; a bug keeps its traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from services.launcher.rehearsal.folder import WrongFolder
from shared.errors import NeroError

FAILED = 1
WRONG_USE = 2


@contextmanager
def plainly(console: Console) -> Iterator[None]:
    """Turn the errors that Nero raises on purpose into a sentence and an exit code."""
    try:
        yield
    except WrongFolder as error:
        console.print(f"nero: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE) from error
    except NeroError as error:
        console.print(f"nero: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(FAILED) from error
