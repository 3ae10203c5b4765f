"""The migrations make exactly the tables that the models declare, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError

from services.api.db.engine import make_engine, reading, writing
from services.api.db.migrate import alembic_config, migrate
from services.api.db.tables import METADATA, Student

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_models_are_what_the_migrations_made(empty_url: str) -> None:
    engine = make_engine(empty_url)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    before = _revision(engine)
    migrate(engine)
    with engine.connect() as connection:
        newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    assert before == _revision(engine) == newest is not None


def test_a_time_comes_back_in_utc_whatever_zone_it_went_in_with(engine: Engine) -> None:
    in_malaysia = NINE.astimezone(timezone(timedelta(hours=8)))
    with writing(engine) as session:
        session.add(Student(id="ada", name="Ada Lovelace", created_at=in_malaysia))
    with reading(engine) as session:
        ada = session.get_one(Student, "ada")
        assert ada.created_at == NINE
        assert ada.created_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a zone"), writing(engine) as session:
        session.add(Student(id="ada", name="Ada Lovelace", created_at=NINE.replace(tzinfo=None)))


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
