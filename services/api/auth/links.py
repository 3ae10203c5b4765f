"""Students' links: what opens one is known to the student alone, here is only its hash."""

from datetime import datetime

from sqlmodel import Session, select

from services.api.auth import tokens
from services.api.auth.caller import Caller
from services.api.db.tables import Student, StudentLink


def identify(session: Session, token: str, now: datetime, address: str) -> Caller | None:
    """Return the student's hand for this token; None where the link ended or never was."""
    link = session.exec(select(StudentLink).where(StudentLink.token_hash == tokens.token_hash(token))).first()
    if link is None or not is_open(link, now):
        return None
    student = session.get(Student, link.student_id)
    if student is None or student.deleted_at is not None or not student.active:
        return None
    return Caller(link_id=link.id, link_purpose=link.purpose, address=address)


def is_open(link: StudentLink, now: datetime) -> bool:
    """Tell whether a link still opens its page."""
    return link.revoked_at is None and now < link.expires_at
