"""What every decision of a person has: who, when, from where; stored once, projected, and audited."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from services.api import audit
from services.api.attendance.history import History, Place
from services.api.attendance.projection import Rules
from services.api.attendance.roster import is_sealed, reproject
from services.api.audit import Facts
from services.api.db.tables import Attempt, RosterEntry
from services.api.problems import conflict
from shared.events import event_id


@dataclass(frozen=True)
class By:
    """Who decides, when, from where."""

    actor: str
    now: datetime
    source: str = ""
    key: str | None = None
    """The page's own id of this decision: sent again over bad Wi-Fi, it is applied once."""
    made_at: datetime | None = None
    """When it was made, where it could only be sent later: the link was lost."""

    @property
    def t(self) -> datetime:
        """The decision's place among what happened."""
        return self.made_at or self.now

    @property
    def event_id(self) -> str:
        """The decision's event id."""
        return event_id("decision", self.actor, self.key or secrets.token_hex(16))


def stored(session: Session, by: By) -> Attempt | None:
    """Return the attempt of a decision that came before, sent again over bad Wi-Fi."""
    if by.key is None:
        return None
    return session.exec(select(Attempt).where(Attempt.event_id == by.event_id)).first()


def place_of(history: History, sitting_id: int) -> Place:
    """Return the student's place in a sitting that can still be decided on.

    Raises:
        Problem: not on its roster, or it is sealed.
    """
    place = history.place(sitting_id)
    if place is None:
        raise conflict("not_on_roster", f"Student {history.student_id} is not on this sitting's roster.", "student_id")
    if is_sealed(place):
        raise conflict("sealed", "This sitting is sealed: make an amendment instead.", "sitting_id")
    return place


def stood(entry: RosterEntry) -> Facts:
    """Return what the audit says of how somebody stands on a roster."""
    at = entry.status_at.isoformat() if entry.status_at else None
    return {"status": entry.status, "at": at, "hall": entry.hall_id, "table": entry.table_label}


def write(
    session: Session,
    attempt: Attempt,
    history: History | None,
    by: By,
    rules: Rules | None,
    *,
    before: Facts | None = None,
) -> Attempt:
    """Add a decision, let the roster follow, and audit it; `before`: how the student stood, if that may change."""
    session.add(attempt)
    session.flush()
    if history is not None and rules is not None and attempt.sets_status is not None:
        reproject(session, History(history.student_id, history.places, (*history.attempts, attempt)), rules)
    audit.record(
        session,
        at=by.now,
        actor=by.actor,
        action=f"attendance.{attempt.verdict}",
        subject=f"student:{attempt.student_id}" if attempt.student_id else f"case:{attempt.review_id}",
        sitting_id=attempt.sitting_id,
        source=by.source,
        before=before,
        after={
            **(_stands(history, attempt) if before else {}),
            "attempt": attempt.event_id,
            "sets": attempt.sets_status,
            "reason": attempt.reason,
            "case": attempt.case_number,
            **_checked(attempt),
            **_sent_late(by),
        },
    )
    return attempt


def _stands(history: History | None, attempt: Attempt) -> Facts:
    place = history.place(attempt.sitting_id) if history and attempt.sitting_id is not None else None
    return stood(place.entry) if place else {}


def _checked(attempt: Attempt) -> Facts:
    """What the audit says of how a person made sure who it was."""
    checked = attempt.measures.get("checked")
    return {"checked": checked} if checked else {}


def _sent_late(by: By) -> Facts:
    """What the audit says of a decision that waited for the link."""
    if by.made_at is None:
        return {}
    return {"made_at": by.made_at.isoformat(), "sent_late_s": round((by.now - by.made_at).total_seconds(), 1)}
