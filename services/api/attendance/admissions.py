"""Today's admissions: the probe that a student was let in with, kept for the return, deleted after the sitting."""

from datetime import datetime

from sqlmodel import Session, select

from services.api import views
from services.api.db.tables import Admission, Attempt, Evidence
from shared.gallery import admission_key


def admit_probe(session: Session, evidence: Evidence | None, sitting_id: int, student_id: str, at: datetime) -> None:
    """Make an attempt's probe the student's admission of today, where there is one and it is of this student.

    The earliest admission stands; one made by hand from a case counts like the machine's.
    """
    if evidence is None or evidence.probe is None or evidence.student_id != student_id:
        return
    there = session.exec(
        select(Admission).where(Admission.sitting_id == sitting_id, Admission.student_id == student_id)
    ).first()
    if there is not None and there.admitted_at <= at and there.model_id == evidence.model_id:
        return
    admission = there or Admission(
        sitting_id=sitting_id, student_id=student_id, model_id="", sealed=b"", event_id="", admitted_at=at
    )
    admission.model_id, admission.sealed, admission.admitted_at = evidence.model_id or "", evidence.probe, at
    admission.event_id = session.get_one(Attempt, evidence.attempt_id).event_id
    session.add(admission)
    views.gallery_changed(session, admission_key(sitting_id, student_id))
