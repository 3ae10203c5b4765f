"""Whole groups of students invited at once: who gets a link, who has no address, and the job that writes to them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.db import holding
from services.api.db.tables import RosterEntry, Student, StudentLink, Submission, Template
from services.api.examples import example_of
from services.api.office import jobs, links, sittings
from services.api.office.links import Purpose
from services.api.office.work import Work
from services.api.problems import unfit

KIND = "invite"
MOST = 20_000


class InvitationCreate(BaseModel):
    """Whom to invite to what: these students, or those of a sitting, or everyone."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"purpose": "enrol", "sitting_id": 1, "only_missing": True}]}
    )

    purpose: Purpose = Field("enrol", description="`enrol` oneself, or `practice` the check ahead.")
    student_ids: list[str] = Field(default_factory=list, max_length=MOST)
    sitting_id: int | None = Field(None, ge=1, lt=2**31)
    everyone: bool = Field(False, description="All active students; said in so many words.")
    only_missing: bool = Field(
        True, description="`enrol`: leave out who is enrolled, opted out, or waits for approval. `practice`: nobody."
    )


class Addressees(BaseModel):
    """Who would get a mail, and who has no address that one could be sent to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"invited": ["S0001"], "without_email": ["S0002"], "left_out": 228}]}
    )

    invited: list[str] = Field(description="Student numbers.")
    without_email: list[str] = Field(
        description="Student numbers: fill in their addresses, or enrol them at the office."
    )
    left_out: int = Field(description="How many have nothing to do: enrolled, opted out, waiting, not enrolled yet.")


class Invited(Addressees):
    """An invitation on its way."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**example_of(Addressees), "job_id": "job-3f"}]})

    job_id: str | None = Field(description="The job that writes the mails; null: there is nobody to write to.")


def addressees(work: Work, wish: InvitationCreate) -> Addressees:
    """Return whom an invitation would reach; nothing is sent.

    Raises:
        Problem: nobody is named, unknown students, or no such sitting.
    """
    named = _named(work, wish)
    fits = _fitting(work, wish, named)
    fitting = [student for student in named if student.id in fits]
    return Addressees(
        invited=[student.id for student in fitting if links.has_address(student.email)],
        without_email=[student.id for student in fitting if not links.has_address(student.email)],
        left_out=len(named) - len(fitting),
    )


def invite(work: Work, wish: InvitationCreate) -> Invited:
    """Ask for the job that makes a link for each of them and mails it.

    Raises:
        Problem: as `addressees`.
    """
    found = addressees(work, wish)
    job_id = None
    if found.invited:
        params = {"purpose": wish.purpose, "student_ids": found.invited}
        job_id = jobs.ask(work, KIND, params, total=len(found.invited)).id
        work.note("students.invite", f"job:{job_id}", after={"purpose": wish.purpose, "students": len(found.invited)})
    return Invited(**found.model_dump(), job_id=job_id)


def write_links(work: Work, job_id: str, purpose: Purpose, student_ids: list[str]) -> int:
    """Make the links of some students; who has one of this job already gets no second. Returns how many were made."""
    mine = select(StudentLink.student_id).where(
        StudentLink.batch == job_id, col(StudentLink.student_id).in_(student_ids)
    )
    done = set(work.session.exec(mine))
    made = 0
    for student in holding.students(work.session, student_ids).values():
        if student.active and student.id not in done and links.has_address(student.email):
            links.make(work, student, purpose, batch=job_id)
            made += 1
    return made


def _named(work: Work, wish: InvitationCreate) -> list[Student]:
    query = select(Student).where(col(Student.active), col(Student.deleted_at).is_(None)).order_by(col(Student.id))
    if wish.student_ids:
        found = list(work.session.exec(query.where(col(Student.id).in_(wish.student_ids))))
        unknown = sorted(set(wish.student_ids) - {student.id for student in found})
        if unknown:
            named = ", ".join(unknown[:5])
            raise unfit("unknown_student", f"There is no active student {named}.", "student_ids", students=named)
        return found
    if wish.sitting_id is not None:
        sittings.get(work, wish.sitting_id)
        seated: Any = select(RosterEntry.student_id).where(RosterEntry.sitting_id == wish.sitting_id)
        return list(work.session.exec(query.where(col(Student.id).in_(seated))))
    if not wish.everyone:
        raise unfit("nobody_named", "Name students, a sitting, or say everyone.", "student_ids")
    return list(work.session.exec(query))


def _fitting(work: Work, wish: InvitationCreate, named: list[Student]) -> set[str]:
    """Return who has something to do with the link."""
    enrolled = set(work.session.exec(select(Template.student_id)))
    if wish.purpose == "practice":
        return {student.id for student in named if student.id in enrolled}
    if not wish.only_missing:
        return {student.id for student in named}
    waiting = set(work.session.exec(select(Submission.student_id).where(Submission.state == "submitted")))
    return {s.id for s in named if not s.by_number and s.id not in enrolled and s.id not in waiting}
