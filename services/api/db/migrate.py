"""Bring a database to the newest schema. Every process does so at start; one at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x4E45524F  # "NERO"


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction.

    Raises:
        alembic.util.CommandError: the database is newer than this program.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration, made here so that no ini file has to be found."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
