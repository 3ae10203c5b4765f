"""Numbers given out one after another, without gaps; whoever takes one holds the row until the commit."""

from sqlalchemy import text
from sqlmodel import Session

_NEXT = text(
    "INSERT INTO counter (name, value) VALUES (:name, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)


def next_number(session: Session, name: str) -> int:
    """Return the next number of a counter, from 1."""
    return int(session.connection().execute(_NEXT, {"name": name}).scalar_one())
