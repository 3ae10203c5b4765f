"""`python -m services.launcher.people`: capture with sample people, and footage made of photos."""

from pathlib import Path
from typing import Annotated

import typer

from services.capture.command import main as run_capture
from services.capture.sources.base import SourceFactory
from services.launcher.bench import reel
from services.launcher.people.casting import Numbers, Person, Split, draw_cast, names_in, people_in
from services.launcher.people.footage import photo_check, render, write_rehearsal
from services.launcher.people.script import read_script
from services.launcher.people.source import SCHEME, make_people_source
from services.launcher.people.tally import tally_lines
from services.launcher.people.walkups import build_folders, play_folders
from services.launcher.settings import LauncherSettings
from shared.errors import NeroError
from shared.landmarks import open_landmarker
from shared.settings import load

app = typer.Typer(
    help="Sample people: any portrait photo walks up to a kiosk.", no_args_is_help=True, add_completion=False
)


@app.command()
def rehearsal(
    photos: Annotated[
        Path, typer.Option(help="A folder of people: NAME/NAME_0001.jpg, …", exists=True, file_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="The rehearsal folder to write; must be new or empty.")],
    doors: Annotated[int, typer.Option(min=1, help="How many cameras of hall A.")] = 1,
    genuine: Annotated[int, typer.Option(min=1, help="Students of hall A who walk up, per door.")] = 8,
    wrong_hall: Annotated[int, typer.Option(min=0, help="Students of hall B who walk up, per door.")] = 2,
    stranger: Annotated[int, typer.Option(min=0, help="Strangers, per door.")] = 2,
    photo: Annotated[int, typer.Option(min=0, help="Photos of students held still, per door.")] = 1,
    swap: Annotated[
        int, typer.Option(min=0, help="Strangers who blink, then hold up a student's photo, per door.")
    ] = 1,
    again: Annotated[int, typer.Option(min=0, help="Genuine students who come twice, per door.")] = 1,
    split: Annotated[
        str, typer.Option(help="Which half of the people: all, tune or test (by a hash of the name).")
    ] = "all",
    exclude: Annotated[
        list[Path] | None, typer.Option(help="A rehearsal folder whose people are left out; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the cast and everything else.")] = 1,
) -> None:
    """Write a rehearsal folder of walk-ups made of photos, with the right answers in truth.json."""
    people = _people(photos, split, exclude)
    numbers = Numbers(genuine, wrong_hall, stranger, photo, swap, again)
    landmarker = open_landmarker(still=True)
    try:
        cast = draw_cast(people, photo_check(landmarker.find), doors, numbers, seed)
        write_rehearsal(cast, out, landmarker.find, seed, typer.echo)
    except NeroError as error:
        raise typer.Exit(_say(error)) from error
    finally:
        landmarker.close()


@app.command()
def walkups(
    photos: Annotated[
        Path, typer.Option(help="A folder of people: NAME/NAME_0001.jpg, …", exists=True, file_okay=False)
    ],
    out: Annotated[
        Path, typer.Option(help="Where the rehearsal folders are written; those of an earlier run are played again.")
    ],
    folders: Annotated[int, typer.Option(min=1, help="How many rehearsals; nobody is in two of them.")] = 4,
    doors: Annotated[int, typer.Option(min=1, help="How many cameras of hall A, per rehearsal.")] = 3,
    genuine: Annotated[int, typer.Option(min=1, help="Students of hall A who walk up, per door.")] = 13,
    split: Annotated[
        str, typer.Option(help="Which half of the people: all, tune or test (by a hash of the name).")
    ] = "test",
    exclude: Annotated[
        list[Path] | None, typer.Option(help="A rehearsal folder whose people are left out; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the casts and everything else.")] = 1,
) -> None:
    """Measure: write rehearsal folders, play each through the real services, and tell what came of the walk-ups.

    Beside the genuine ones, each door sees a student of another hall, a stranger, a photo held still, a swap, and one
    student twice. Exits 1 if anybody was let in who must not be.
    """
    people = _people(photos, split, exclude)
    numbers = Numbers(genuine=genuine, wrong_hall=1, stranger=1, photo=1, swap=1, again=1)
    landmarker = open_landmarker(still=True)
    try:
        written = build_folders(people, out, folders, doors, numbers, seed, landmarker.find, _told)
        came = list(play_folders(written, load(LauncherSettings), _told))
    except NeroError as error:
        raise typer.Exit(_say(error)) from error
    finally:
        landmarker.close()
    for line in tally_lines(came):
        typer.echo(line)
    raise typer.Exit(1 if any(one.admitted_wrongly for one in came) else 0)


@app.command()
def video(
    script: Annotated[Path, typer.Argument(help="A script of walk-ups.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="The video to write (.mp4).")],
) -> None:
    """Render a script as a video. Nobody asks anything in it: use the behaviours blink and blink_then_swap."""
    landmarker = open_landmarker(still=True)
    try:
        for visit in render(read_script(script), out, landmarker.find, script.parent):
            typer.echo(f"{visit.began_s:7.1f} s  {visit.walkup.behaviour:16}  {visit.walkup.photo}")
    except NeroError as error:
        raise typer.Exit(_say(error)) from error
    finally:
        landmarker.close()


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
def capture(context: typer.Context) -> None:
    """Run capture with all its options, able to open kiosks whose source is people:SCRIPT.json (or a reel:FILE)."""
    sources: dict[str, SourceFactory] = {SCHEME: make_people_source, reel.SCHEME: reel.make_reel_source}
    raise typer.Exit(run_capture(context.args, sources))


def _people(photos: Path, split: str, exclude: list[Path] | None) -> list[Person]:
    if split not in ("all", "tune", "test"):
        raise typer.BadParameter("split is all, tune or test")
    chosen: Split = "all" if split == "all" else "tune" if split == "tune" else "test"
    return people_in(photos, chosen, {name for folder in exclude or [] for name in names_in(folder)})


def _told(text: str) -> None:
    typer.echo(text, err=True)


def _say(error: NeroError) -> int:
    typer.echo(f"nero: {error}", err=True)
    return 1
