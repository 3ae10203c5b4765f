"""Column types that are the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

from services.api.problems import Problem


class NoSuchTime(DontWrapMixin, Problem):
    """A time at the edge of the calendar that its zone carries over it; the caller's error, not the statement's."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, UTC, on both databases; SQLite keeps it as text of fixed width, so that it sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say later what it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        try:
            utc = value.astimezone(UTC)
        except OverflowError as error:
            raise NoSuchTime(
                422, "no_such_time", "That is before the first day there is, or after the last."
            ) from error
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return it aware, whatever the driver made of it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time_field(**options: Any) -> Any:
    """Declare a column of aware UTC times."""
    return Field(sa_type=UtcDateTime, **options)


def optional_time(**options: Any) -> Any:
    """Declare a nullable column of aware UTC times."""
    return Field(default=None, sa_type=UtcDateTime, nullable=True, **options)
