"""The `nero` command: composed of its subcommands, each a file in `commands`."""

import typer

from services.launcher.commands import admin, bench, dead_letters, demo, keys, models, rehearse, up

app = typer.Typer(
    help="Nero: exam attendance from the camera to the roster.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up.command)
app.command("demo")(demo.command)
app.command("bench")(bench.command)
app.command("rehearse")(rehearse.command)
app.add_typer(models.app, name="models")
app.add_typer(dead_letters.app, name="dead")
app.add_typer(admin.app, name="admin")
app.add_typer(keys.app, name="keys")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
