"""`nero backup FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from services.api.db.engine import database_url
from services.api.settings import ApiSettings
from services.launcher.backup import Place, back_up
from services.launcher.commands.errors import plainly
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared.clock import SystemClock
from shared.settings import load


def place_of(settings: LauncherSettings) -> Place:
    """Return where the settings say that the database and the audit chain's head are."""
    data_dir = settings.data_dir.expanduser().resolve()
    return Place(database_url(settings.database_url, data_dir), load(ApiSettings).audit_head)


def command(
    file: Annotated[Path, typer.Argument(help="The file to write, a .tar; it must not be there yet.")],
) -> None:
    """Back the database up, while everything runs. The key rings are not in it: keep a copy of them elsewhere."""
    settings = load(LauncherSettings)
    with plainly(stderr()):
        manifest = back_up(place_of(settings), file, SystemClock().now())
    print(f"{file}: {manifest.backend}, {file.stat().st_size / 1e6:.1f} MB, made at {manifest.made_at}")
    print(
        f"It holds no keys: copy {settings.keys_dir.expanduser()} to another place, or nothing sealed in it opens again."
    )
