"""The rows of every table that are about one student, with nobody else's number in them.

A table with a `student_id` is exported by itself, so that a new one is never forgotten. What the database holds as
bytes (sealed pictures, templates, keys) and the hashes of tokens are left out: pictures come as files of their own.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, LargeBinary, Table
from sqlmodel import Session, col, or_, select

from services.api.crops_of import attempts_showing
from services.api.db.tables import METADATA, Attempt, AuditEntry, Evidence, LookAlikePair, Review, Student

SOMEBODY = "another student"
"""Stands where another student's number was."""
Row = dict[str, Any]
_NAMES_A_STUDENT = frozenset({"candidate_id", "runner_up_id", "claimed_student_id"})
_OWN_WAY = frozenset({"student", "student_key", "attempt", "evidence", "review", "look_alike_pair"})
_AT_ONCE = 500


def rows_of(session: Session, student_id: str) -> dict[str, list[Row]]:
    """Return the rows about a student, by table."""
    found = {"student": _rows(session, Student.__table__, Student.__table__.c.id == student_id, student_id)}  # type: ignore[attr-defined]
    for table in METADATA.sorted_tables:
        if "student_id" in table.c and table.name not in _OWN_WAY:
            found[table.name] = _rows(session, table, table.c.student_id == student_id, student_id)
    found["attempt"] = _attempts(session, student_id)
    found["evidence"] = _crops(session, student_id)
    found["compared_with"] = _compared_with(session, student_id)
    found["review"] = _reviews(session, student_id)
    found["look_alike_pair"] = _pairs(session, student_id)
    found["audit_entry"] = _audit(session, student_id, found)
    others = _others(session, student_id, found)
    return {name: [_without(row, others) for row in rows] for name, rows in found.items()}


def _rows(session: Session, table: Table, where: Any, student_id: str) -> list[Row]:
    shown = [column for column in table.c if not _is_secret(column)]
    rows = session.connection().execute(select(*shown).where(where).order_by(*table.primary_key.columns)).mappings()
    return [{name: _own(table.c[name], value, student_id) for name, value in row.items()} for row in rows]


def _is_secret(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary) or column.name.endswith(("_hash", "token"))


def _own(column: Column[Any], value: object, student_id: str) -> object:
    """Hide another student's number; their own stays."""
    of_student = column.name in _NAMES_A_STUDENT or any(
        key.column.table.name == "student" for key in column.foreign_keys
    )
    return SOMEBODY if of_student and value not in (None, student_id) else value


def _attempts(session: Session, student_id: str) -> list[Row]:
    """What happened with the student: events that were theirs, and decisions about them."""
    table = Attempt.__table__  # type: ignore[attr-defined]
    theirs = or_(table.c.student_id == student_id, table.c.id.in_(attempts_showing(student_id)))
    return _rows(session, table, theirs, student_id)


def _crops(session: Session, student_id: str) -> list[Row]:
    table = Evidence.__table__  # type: ignore[attr-defined]
    return _rows(session, table, table.c.attempt_id.in_(attempts_showing(student_id)), student_id)


def _compared_with(session: Session, student_id: str) -> list[Row]:
    """When somebody's face was held against the student's, and how alike it was; not who that was, nor where."""
    found = []
    for attempt in session.exec(select(Attempt).where(_named(student_id), _not_theirs(student_id))):
        best = student_id == attempt.candidate_id
        score = attempt.score if best else attempt.runner_up_score if student_id == attempt.runner_up_id else None
        found.append({"captured_at": attempt.captured_at, "similarity": score, "best": best})
    return found


def _named(student_id: str) -> Any:
    return or_(*(getattr(Attempt, name) == student_id for name in sorted(_NAMES_A_STUDENT)))


def _not_theirs(student_id: str) -> Any:
    settled_otherwise = or_(col(Attempt.student_id).is_(None), col(Attempt.student_id) != student_id)
    return settled_otherwise & col(Attempt.id).not_in(attempts_showing(student_id))


def _reviews(session: Session, student_id: str) -> list[Row]:
    table = Review.__table__  # type: ignore[attr-defined]
    shown = table.c.attempt_id.in_(attempts_showing(student_id))
    return _rows(session, table, or_(table.c.student_id == student_id, shown), student_id)


def _pairs(session: Session, student_id: str) -> list[Row]:
    """That they look like somebody, and how much; the other one is named by neither number nor row."""
    pair = or_(LookAlikePair.student_a == student_id, LookAlikePair.student_b == student_id)
    shown = {"similarity", "model_id", "state", "found_at", "decided_at"}
    return [row.model_dump(include=shown) for row in session.exec(select(LookAlikePair).where(pair))]


def _audit(session: Session, student_id: str, found: dict[str, list[Row]]) -> list[Row]:
    """The log's entries about the student and their cases; the chain's hashes belong to the whole log."""
    subjects = [f"student:{student_id}", *(f"case:{row['id']}" for row in found["review"])]
    query = select(AuditEntry).where(col(AuditEntry.subject).in_(subjects)).order_by(col(AuditEntry.seq))
    return [row.model_dump(exclude={"previous_hash", "hash"}) for row in session.exec(query)]


def _others(session: Session, student_id: str, found: dict[str, list[Row]]) -> frozenset[str]:
    """Return which of the words in JSON columns are other students' numbers."""
    listed = sorted({word for rows in found.values() for row in rows for word in _json_words(row)} - {student_id})
    known: set[str] = set()
    for at in range(0, len(listed), _AT_ONCE):
        known.update(session.exec(select(Student.id).where(col(Student.id).in_(listed[at : at + _AT_ONCE]))))
    return frozenset(known)


def _json_words(row: Row) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, dict | list):
            yield from _words(value)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _words(inside)


def _without(row: Row, others: frozenset[str]) -> Row:
    return {name: _hidden(value, others) if isinstance(value, dict | list) else value for name, value in row.items()}


def _hidden(value: object, others: frozenset[str]) -> object:
    if isinstance(value, str):
        return SOMEBODY if value in others else value
    if isinstance(value, dict):
        return {key: _hidden(one, others) for key, one in value.items()}
    return [_hidden(one, others) for one in value] if isinstance(value, list) else value
