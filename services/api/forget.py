"""Delete what is held on a student, keys first; attendance facts stay, by id."""

from datetime import datetime

from sqlmodel import Session, col, delete, or_, select, update

from services.api import views
from services.api.crops_of import attempts_showing
from services.api.db.tables import (
    Accommodation,
    Admission,
    Consent,
    Evidence,
    LookAlikePair,
    Mail,
    Photo,
    PracticeResult,
    PracticeSession,
    ProposedPhoto,
    Student,
    StudentKey,
    StudentLink,
    Submission,
    Template,
)
from shared.gallery import admission_key, enrolment_key


def forget_student(session: Session, student: Student, now: datetime) -> None:
    """Empty every table of a student but the roster and the attempts, and let the views follow."""
    forget_face(session, student.id, now)
    for table in (Consent, Accommodation, Mail, PracticeSession, Submission, StudentLink):
        session.exec(delete(table).where(col(table.student_id) == student.id))
    pair = or_(col(LookAlikePair.student_a) == student.id, col(LookAlikePair.student_b) == student.id)
    session.exec(delete(LookAlikePair).where(pair))
    student.name, student.email = "", None
    student.active, student.deleted_at = False, now
    student.version += 1
    session.add(student)
    views.schedule_changed(session)


def forget_face(session: Session, student_id: str, now: datetime) -> int:
    """Delete what a student can be recognised by and the photos it was made from; return how many bases for it stood."""
    forget_biometrics(session, student_id)
    standing = (col(Consent.student_id) == student_id) & col(Consent.withdrawn_at).is_(None)
    taken_back = session.exec(update(Consent).where(standing).values(withdrawn_at=now))
    for table in (Photo, ProposedPhoto, PracticeResult):
        session.exec(delete(table).where(col(table.student_id) == student_id))
    undecided = (col(Submission.student_id) == student_id) & col(Submission.state).in_(("draft", "submitted"))
    session.exec(update(Submission).where(undecided).values(state="void", decided_at=now))
    session.exec(delete(StudentKey).where(col(StudentKey.student_id) == student_id))
    return int(taken_back.rowcount)


def forget_biometrics(session: Session, student_id: str) -> None:
    """Delete a student's templates, their key, today's admissions and evidence crops (consent withdrawn, or deleted)."""
    admissions = session.exec(select(Admission.sitting_id).where(Admission.student_id == student_id)).all()
    for table in (Template, Admission):
        session.exec(delete(table).where(col(table.student_id) == student_id))
    candidate = col(Evidence.student_id) == student_id
    session.exec(delete(Evidence).where(or_(candidate, col(Evidence.attempt_id).in_(attempts_showing(student_id)))))
    template_key = (col(StudentKey.student_id) == student_id) & (col(StudentKey.purpose) == "template")
    session.exec(delete(StudentKey).where(template_key))
    views.template_key_changed(session, student_id)
    views.gallery_changed(session, enrolment_key(student_id))
    for sitting_id in admissions:
        views.gallery_changed(session, admission_key(sitting_id, student_id))
