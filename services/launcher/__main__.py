"""The `nero` command: composed of its subcommands, each a file in `commands`."""

import sys
from importlib import import_module

import typer

COMMANDS = ("up", "demo", "rehearse", "bench", "backup", "restore", "import-prototype")
GROUPS = {"models": "models", "dead": "dead_letters", "admin": "admin", "keys": "keys"}


def make_app(named: str | None = None) -> typer.Typer:
    """Compose the command line: only the command that is named, where one is, since others may be slow to import."""
    app = typer.Typer(
        help="Nero: exam attendance from the camera to the roster.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(lambda: None)
    only = named if named in (*COMMANDS, *GROUPS) else None
    for name in COMMANDS:
        if only in (None, name):
            app.command(name)(import_module(f"services.launcher.commands.{name.replace('-', '_')}").command)
    for name, module in GROUPS.items():
        if only in (None, name):
            app.add_typer(import_module(f"services.launcher.commands.{module}").app, name=name)
    return app


def main() -> None:
    """Run the command line."""
    make_app(sys.argv[1] if len(sys.argv) > 1 else None)()


if __name__ == "__main__":
    main()
