"""`nero admin`: accounts from this machine, and the proof of the audit chain."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.api.auth import users
from services.api.auth.roles import ROLES
from services.api.db.engine import database_url, make_engine, writing
from services.api.db.migrate import migrate
from services.api.problems import Problem
from services.api.settings import ApiSettings
from services.launcher.commands import audit_proof
from services.launcher.commands.errors import FAILED, WRONG_USE, plainly
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared.clock import SystemClock
from shared.settings import load

app = typer.Typer(
    help="From this machine: accounts (for who locked themselves out), and the proof of the audit chain.",
    no_args_is_help=True,
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


@app.command()
def verify_audit(
    sealed: Annotated[
        list[Path] | None,
        typer.Option("--sealed", help="A sealed report, PDF or CSV, whose head must be in the chain. May be repeated."),
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option("--head", help="A head typed from a printed report, SEQ:HASH. May be repeated.")
    ] = None,
) -> None:
    """Prove the audit chain: exit code 1, and the first broken entry named, where it does not hold."""
    settings = load(ApiSettings)
    settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser().resolve()})
    missing = [path for path in sealed or () if not path.is_file()]
    if missing:
        print(f"nero: there is no file {missing[0]}", file=sys.stderr)
        raise typer.Exit(WRONG_USE)
    with plainly(stderr()):
        found, held = audit_proof.prove(settings, sealed or (), head or ())
    print("\n".join(audit_proof.in_words(found, held)))
    if not found.ok:
        raise typer.Exit(FAILED)
