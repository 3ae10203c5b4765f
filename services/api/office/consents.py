"""On what legal basis a student's face is held: given in which words and when, and taken back.

Whoever stores a photo gives or finds one here, in the same transaction. Taking it back deletes what the student
can be recognised by and makes them a check-in by number.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.db.tables import Consent
from services.api.office import students
from services.api.office.students import StudentChange, StudentPublic
from services.api.office.work import Work
from services.api.problems import conflict, unfit


class ConsentGive(BaseModel):
    """On what basis, and in which words it was told."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"basis": "consent", "text_version": "1"}]}
    )

    basis: str = Field(description="One of the setting `enrolment_bases`.", min_length=1, max_length=64)
    text_version: str = Field("", max_length=64, description="Which version of the text; default: the one in force.")


class ConsentPublic(BaseModel):
    """One basis that was given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "student_id": "S0001",
                    "basis": "consent",
                    "text_version": "1",
                    "given_at": "2026-11-02T09:56:00Z",
                    "withdrawn_at": None,
                }
            ]
        }
    )

    id: int
    student_id: str
    basis: str
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None = Field(description="When it was taken back; null: it stands.")


def give(work: Work, student_id: str, basis: str, text_version: str = "") -> ConsentPublic:
    """Record a basis; the same one that stands already, in the same words, is not recorded twice.

    Raises:
        Problem: unknown student, one checked in by number, or a basis that the office does not have.
    """
    if students.locked(work, student_id).by_number:
        raise unfit("by_number", f"Student {student_id} is checked in by number: opt them in first.", "student_id")
    if basis not in work.api.enrolment_bases:
        known = ", ".join(work.api.enrolment_bases)
        text = f"There is no legal basis {basis!r} here: take one of {known}."
        raise unfit("unknown_basis", text, "basis", basis=basis, known=known)
    version = text_version or work.api.consent_text_version
    there = next((row for row in standing(work, student_id) if (row.basis, row.text_version) == (basis, version)), None)
    if there is not None:
        return _public(there)
    row = Consent(student_id=student_id, basis=basis, text_version=version, given_at=work.now)
    work.session.add(row)
    work.session.flush()
    work.note("consent.give", f"student:{student_id}", after={"basis": basis, "text_version": version})
    return _public(row)


def ensure(work: Work, student_id: str, basis: str | None, text_version: str = "") -> None:
    """See that a basis stands before a photo is kept: the one named, or the one there.

    Raises:
        Problem: nobody names one and none stands: what nobody stated is not recorded.
    """
    if basis is not None:
        give(work, student_id, basis, text_version)
    elif not standing(work, student_id):
        what = f"On what legal basis is student {student_id} enrolled? State one of `enrolment_bases`."
        raise unfit("basis_needed", what, "basis")


def withdraw(work: Work, student_id: str) -> StudentPublic:
    """Take back every basis that stands: template, photos and crops go, and the student is checked in by number.

    Raises:
        Problem: unknown, or nothing stands and the student is checked in by number already.
    """
    student = students.get(work, student_id)
    if student.by_number and not standing(work, student_id):
        raise conflict("withdrawn_already", f"Nothing of student {student_id} is left to take back.", "student_id")
    return students.change(work, student_id, StudentChange(by_number=True))


def of_student(work: Work, student_id: str) -> list[ConsentPublic]:
    """Return what a student agreed to, the newest first.

    Raises:
        Problem: unknown.
    """
    students.get(work, student_id)
    query = select(Consent).where(Consent.student_id == student_id).order_by(col(Consent.id).desc())
    return [_public(row) for row in work.session.exec(query)]


def standing(work: Work, student_id: str) -> list[Consent]:
    """Return the bases that were not taken back."""
    query = select(Consent).where(Consent.student_id == student_id, col(Consent.withdrawn_at).is_(None))
    return list(work.session.exec(query))


def _public(row: Consent) -> ConsentPublic:
    return ConsentPublic(**row.model_dump())
