"""An offer to enrol now, to somebody at the door: a link of their own, to the address that the office knows them by.

The invigilator takes no photo: the student gives consent and photos by the link, and the office approves them beside
the record (docs/adr/0021-an-invigilator-mails-a-link-and-takes-no-photo.md).
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from services.api.db.tables import Student, StudentLink, Submission
from services.api.office import hall_seats, links, mail, sittings, students
from services.api.office.work import Work
from services.api.problems import conflict, unfit

AGAIN_AFTER = timedelta(minutes=5)
"""A second link ends the first: not while that one's mail is still on its way."""


class EnrolmentOffered(BaseModel):
    """A link that is on its way to a student."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"student_id": "S0001", "expires_at": "2026-12-07T09:05:00Z", "job_id": None}]}
    )

    student_id: str
    expires_at: datetime
    job_id: str | None


def can_be_offered(work: Work, student: Student) -> bool:
    """Tell whether a link would do something: not enrolled, not by number, nothing with the office, and an address."""
    open_to_it = student.active and not student.by_number and links.has_address(student.email)
    return open_to_it and not _enrolled_or_about_to_be(work, student.id)


def offer(work: Work, sitting_id: int, hall_id: str, student_id: str) -> EnrolmentOffered:
    """Mail somebody who sits in this hall a link to enrol by; `jobs.hand_over` comes after the commit.

    Raises:
        Problem: not of this hall, sealed, by number, no address, enrolled or about to be, or just offered.
    """
    sittings.check_not_sealed(sittings.get(work, sitting_id))
    hall_seats.check_sits_here(work, sitting_id, hall_id, student_id)
    student = students.locked(work, student_id)
    _check(work, student)
    link = links.get(work, links.make(work, student, "enrol"))
    after: dict[str, object] = {"link": link.id}
    work.note("student.offer_enrolment", f"student:{student_id}", after=after, sitting_id=sitting_id)
    return EnrolmentOffered(student_id=student_id, expires_at=link.expires_at, job_id=mail.ask_to_send(work))


def _check(work: Work, student: Student) -> None:
    if student.by_number:
        raise unfit("by_number", f"Student {student.id} is checked in by number: no photo is kept.", "student_id")
    if _enrolled_or_about_to_be(work, student.id):
        raise conflict("nothing_to_enrol", f"Student {student.id} is enrolled, or the office has photos.", "student_id")
    newest = select(StudentLink.created_at).where(
        StudentLink.student_id == student.id, StudentLink.purpose == "enrol", col(StudentLink.revoked_at).is_(None)
    )
    sent_at = work.session.exec(newest.order_by(col(StudentLink.created_at).desc()).limit(1)).first()
    if sent_at is not None and work.now - sent_at < AGAIN_AFTER:
        raise conflict("just_offered", "A link was mailed some minutes ago: let them look for it.", "student_id")


def _enrolled_or_about_to_be(work: Work, student_id: str) -> bool:
    waits = select(Submission.id).where(Submission.student_id == student_id, Submission.state == "submitted")
    enrolled = students.enrolments(work, [student_id])[student_id] in ("enrolled", "pending")
    return enrolled or work.session.exec(waits.limit(1)).first() is not None
