"""`nero admin create-user`."""

import sys
from typing import Annotated

import typer

from services.api.auth import users
from services.api.auth.roles import ROLES
from services.api.db.engine import database_url, make_engine, writing
from services.api.db.migrate import migrate
from services.api.problems import Problem
from services.launcher.commands.errors import WRONG_USE, plainly
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared.clock import SystemClock
from shared.settings import load

app = typer.Typer(
    help="Accounts, from this machine: for the first one, and for who locked themselves out.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Keep `create-user` a subcommand."""


@app.command()
def create_user(
    username: Annotated[str, typer.Argument(help="What they sign in with.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "invigilator",
    display_name: Annotated[str, typer.Option(help="As others see it.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin instead of making a one-time one.")
    ] = False,
) -> None:
    """Make an account; prints a one-time password that must be changed at the first sign-in."""
    console = stderr()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    settings = load(LauncherSettings)
    with plainly(console):
        engine = make_engine(database_url(settings.database_url, settings.data_dir.expanduser().resolve()))
        migrate(engine)
        try:
            with writing(engine) as session:
                user, one_time = users.create_user(
                    session, username, role, SystemClock().now(), password=password, display_name=display_name
                )
                name = user.username
        except Problem as problem:
            console.print(f"nero: {problem.body.message}", markup=False, highlight=False)
            raise typer.Exit(WRONG_USE) from problem
        finally:
            engine.dispose()
    print(f"{name}: {role}" + (f", one-time password {one_time}" if one_time else ""))
