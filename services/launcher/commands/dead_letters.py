"""`nero dead [show|replay|drop]`: entries that a stage gave up."""

import json
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

import typer
from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from services.launcher.commands.errors import FAILED, WRONG_USE, plainly
from services.launcher.running import reach
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared import dead, names
from shared.connections import connect_events
from shared.errors import Unavailable
from shared.settings import load

T = TypeVar("T")
app = typer.Typer(help="Dead letters: entries that a stage gave up, each with its reason.", invoke_without_command=True)
_GROUPS = (names.RECOGNIZER_GROUP, names.INGEST_GROUP)
Stream = Annotated[str, typer.Argument(help=f"One of {', '.join(names.DURABLE_STREAMS)}.")]


@app.callback()
def list_all(context: typer.Context) -> None:
    """List them, oldest first."""
    if context.invoked_subcommand is not None:
        return
    letters = _ask(dead.list_dead)
    if not letters:
        print("No dead letters.")
        return
    table = Table("stream", "letter", "died", "given up by", "tries", "event", "reason")
    for letter in letters:
        kind = str((letter.event or {}).get("kind", "not an event"))
        died = letter.died_at.strftime("%d %b %Y %H:%M:%S")
        table.add_row(letter.stream, letter.letter_id, died, letter.group, str(letter.deliveries), kind, letter.reason)
    Console().print(table)


@app.command()
def show(stream: Stream, letter: Annotated[str, typer.Argument(help="As `nero dead` lists it.")]) -> None:
    """Show one with its event. Its images stay sealed."""
    _known(stream)
    found = _ask(lambda redis: dead.show(redis, stream, letter))
    if found is None:
        _gone(stream, letter)
    print(json.dumps({"reason": found.reason, "deliveries": found.deliveries, "event": found.event}, indent=1))


@app.command()
def replay(
    stream: Stream,
    letter: Annotated[
        str | None, typer.Argument(help="As `nero dead` lists it; all of the stream if left out.")
    ] = None,
) -> None:
    """Put one, or all, back on its stream. What was done already is not done twice."""
    _known(stream)
    if letter is None:
        print(f"Put back: {_ask(lambda redis: dead.replay_all(redis, stream))}")
    elif _ask(lambda redis: dead.replay(redis, stream, letter)) is None:
        _gone(stream, letter)
    else:
        print("Put back: 1")


@app.command()
def resume(group: Annotated[str, typer.Argument(help=f"One of {', '.join(_GROUPS)}.")]) -> None:
    """Let a stage that stopped over too many dead letters in a row go on, once the cause is mended."""
    if group not in _GROUPS:
        _wrong_use(f"there is no stage {group!r}: one of {', '.join(_GROUPS)}")
    counted = _ask(lambda redis: dead.resume(redis, group))
    print(f"{group} may go on." if counted else f"{group} had not stopped.")


@app.command()
def drop(stream: Stream, letter: Annotated[str, typer.Argument(help="As `nero dead` lists it.")]) -> None:
    """Throw one away for good."""
    _known(stream)
    if not _ask(lambda redis: dead.drop(redis, stream, letter)):
        _gone(stream, letter)


def _ask(question: Callable[[Redis], T]) -> T:
    console = stderr()
    with plainly(console):
        try:
            with connect_events(reach(load(LauncherSettings))) as redis:
                return question(redis)
        except RedisError as error:
            raise Unavailable(f"Redis does not answer: {error}") from error
    raise AssertionError("plainly() leaves")


def _known(stream: str) -> None:
    if stream not in names.DURABLE_STREAMS:
        _wrong_use(f"there is no stream {stream!r}: one of {', '.join(names.DURABLE_STREAMS)}")


def _gone(stream: str, letter: str) -> NoReturn:
    stderr().print(f"nero: {stream} has no dead letter {letter} (any more): `nero dead` lists them", highlight=False)
    raise typer.Exit(FAILED)


def _wrong_use(sentence: str) -> NoReturn:
    stderr().print(f"nero: {sentence}", highlight=False)
    raise typer.Exit(WRONG_USE)
