"""Composes: see `cli`."""

from services.launcher.people.cli import app

if __name__ == "__main__":
    app()
