"""Numbers given out one after another, without gaps; whoever takes one holds the row until the commit."""

from sqlalchemy import text
from sqlmodel import Session

_NEXT = text(
    "INSERT INTO counter (name, value) VALUES (:name, :count)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + :count RETURNING value"
)


def next_number(session: Session, name: str) -> int:
    """Return the next number of a counter, from 1."""
    return next_numbers(session, name, 1)[0]


def next_numbers(session: Session, name: str, count: int) -> range:
    """Return the next numbers of a counter, one after another."""
    last = int(session.connection().execute(_NEXT, {"name": name, "count": count}).scalar_one())
    return range(last - count + 1, last + 1)
