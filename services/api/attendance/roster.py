"""Writes the projection into the roster's status columns: the only code that does."""

from sqlmodel import Session, select

from services.api.attendance.history import History, Place, load_history
from services.api.attendance.projection import Rules, Standing, project
from services.api.db.tables import RosterEntry

FROZEN_STATES = frozenset({"sealed"})
"""A sealed record stays as it was; corrections are amendments."""


def is_sealed(place: Place) -> bool:
    """Tell whether this record is sealed, alone with its hall or with the whole sitting."""
    return place.entry.sealed or place.sitting.state in FROZEN_STATES


def reproject(session: Session, history: History, rules: Rules) -> list[RosterEntry]:
    """Derive a student's statuses anew; return the entries that changed."""
    standings = project(history.terms, history.happenings, rules)
    return [
        place.entry
        for place in history.places
        if not is_sealed(place) and _write(session, place.entry, standings[place.sitting_id])
    ]


def reproject_student(session: Session, student_id: str, rules: Rules) -> list[RosterEntry]:
    """Lock a student's entries and derive their statuses anew."""
    return reproject(session, load_history(session, student_id, lock=True), rules)


def reproject_sitting(session: Session, sitting_id: int, rules: Rules) -> list[RosterEntry]:
    """Derive a whole sitting anew, after its times, a grace or an allowance changed."""
    students = session.exec(
        select(RosterEntry.student_id)
        .where(RosterEntry.sitting_id == sitting_id, RosterEntry.status != "expected")
        .order_by(RosterEntry.student_id)
    ).all()
    return [entry for student_id in students for entry in reproject_student(session, student_id, rules)]


def _write(session: Session, entry: RosterEntry, standing: Standing) -> bool:
    before = (entry.status, entry.status_at, entry.status_kiosk_id, entry.status_attempt_id)
    after = (standing.status, standing.at, standing.kiosk_id, standing.attempt_id)
    if before == after:
        return False
    entry.status, entry.status_at, entry.status_kiosk_id, entry.status_attempt_id = after
    session.add(entry)
    return True
