"""`nero restore FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from services.launcher.backup import restore
from services.launcher.commands.backup import place_of
from services.launcher.commands.errors import plainly
from services.launcher.running import runs_here
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared.errors import Unavailable
from shared.settings import load


def command(
    file: Annotated[Path, typer.Argument(help="A file that `nero backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the database that is there.")
    ] = False,
) -> None:
    """Put a backup in the database's place. Stop Nero first; what happened since the backup is gone."""
    settings = load(LauncherSettings)
    with plainly(stderr()):
        if runs_here(settings):
            raise Unavailable("Nero runs on this data: stop it first")
        manifest = restore(file, place_of(settings), replace=replace)
    print(f"Restored the {manifest.backend} database of {manifest.made_at}. Start Nero: it makes its views anew.")
