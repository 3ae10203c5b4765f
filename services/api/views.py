"""Marks that a view in Redis has to follow this commit; ingest publishes within a second.

The mark is written in the same transaction as the change, so a crash between the commit and the
publication is made good by whoever looks next.
"""

from sqlmodel import Session

from services.api.db.tables import Outbox

SCHEDULE = "schedule"
GALLERY = "gallery"
KEY = "key"


def schedule_changed(session: Session) -> None:
    """Something that the schedule is made of changed: kiosks, sittings, halls, rosters, confirmed twins."""
    session.add(Outbox(view=SCHEDULE))


def gallery_changed(session: Session, gallery_key: str) -> None:
    """A template or an admission (`shared.gallery` keys) came, changed or went."""
    session.add(Outbox(view=GALLERY, key=gallery_key))


def template_key_changed(session: Session, student_id: str) -> None:
    """A student's wrapped template key came or was destroyed."""
    session.add(Outbox(view=KEY, key=student_id))
