"""Students: made, changed, found, deactivated, deleted with their keys."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from services.api.db import holding
from services.api.db.tables import RosterEntry, Student
from services.api.forget import forget_face, forget_student
from services.api.office.enrolment_states import Enrolment as Enrolment  # noqa: PLC0414 - it is read from here
from services.api.office.enrolment_states import Wanted, has_state, state_column
from services.api.office.enrolment_states import enrolments as states_of
from services.api.office.paging import Page, page_of
from services.api.office.work import Work
from services.api.problems import conflict, not_found

StudentNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
PersonName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(lambda name: unicodedata.normalize("NFC", name)),  # one spelling of é, so that it is found
]
EXAMPLE: JsonDict = {"id": "S0001", "name": "Ada Lovelace", "email": "ada@example.org", "by_number": False}


class StudentCreate(BaseModel):
    """A new student."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    id: StudentNumber = Field(description="The student number, as it is known to the student.")
    name: PersonName
    email: str | None = Field(None, max_length=254)
    by_number: bool = Field(False, description="Opted out of recognition: checked in by number and ID.")


class StudentChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"active": False, "version": 1}]})

    name: PersonName | None = None
    email: str | None = Field(None, max_length=254)
    active: bool | None = None
    by_number: bool | None = None
    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


class StudentPublic(BaseModel):
    """One student."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**EXAMPLE, "active": True, "version": 1, "enrolment": "enrolled"}]}
    )

    id: str
    name: str
    email: str | None
    active: bool
    by_number: bool
    version: int
    enrolment: Enrolment


class StudentCounts(BaseModel):
    """How many students there are. Each is counted once: inactive, by number, or by the state of enrolment."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"students": 240, "enrolled": 228, "none": 9, "refused": 2, "by_number": 1}]}
    )

    students: int = 0
    none: int = Field(0, description="Active, and without any photo.")
    pending: int = 0
    refused: int = 0
    enrolled: int = 0
    by_number: int = Field(0, description="Active, and checked in by number: the camera does not know them.")
    inactive: int = 0


def create(work: Work, new: StudentCreate) -> StudentPublic:
    """Make a student.

    Raises:
        Problem: the number is taken, also by a deleted student (its attendance facts keep it).
    """
    if work.session.get(Student, new.id) is not None:
        raise conflict("student_exists", f"There is a student {new.id} already.", "id")
    student = Student(**new.model_dump(), created_at=work.now)
    work.session.add(student)
    work.note("student.create", f"student:{new.id}", after={"by_number": new.by_number})
    return public(student, "none")


def get(work: Work, student_id: str) -> Student:
    """Return a student who is not deleted.

    Raises:
        Problem: there is none.
    """
    student = work.session.get(Student, student_id)
    if student is None or student.deleted_at is not None:
        raise not_found("student", student_id, "student_id")
    return student


def locked(work: Work, student_id: str) -> Student:
    """Return a student whom nobody deletes or opts out until this commit: what is kept on them meanwhile would stay.

    Raises:
        Problem: there is none.
    """
    holding.students(work.session, [student_id])
    return get(work, student_id)


def show(work: Work, student_id: str) -> StudentPublic:
    """Return one student with the state of enrolment."""
    student = get(work, student_id)
    return public(student, enrolments(work, [student.id])[student.id])


def find(
    work: Work,
    text: str | None,
    active: bool | None,
    after: str | None,
    limit: int,
    *,
    enrolment: Wanted | None = None,
    by_number: bool | None = None,
    sitting_id: int | None = None,
) -> Page[StudentPublic]:
    """Return students by number, those whose number or name holds `text` (any script, any case)."""
    query = select(Student, state_column()).where(col(Student.deleted_at).is_(None))
    if text:
        query = query.where(or_(*_holding(unicodedata.normalize("NFC", text.strip()))))
    if active is not None:
        query = query.where(col(Student.active).is_(active))
    if by_number is not None:
        query = query.where(col(Student.by_number).is_(by_number))
    if sitting_id is not None:
        seated = select(RosterEntry.student_id).where(RosterEntry.sitting_id == sitting_id)
        query = query.where(col(Student.id).in_(seated))
    if enrolment is not None:
        query = query.where(has_state(enrolment))
    if after:
        query = query.where(col(Student.id) > after)
    rows = work.session.exec(query.order_by(col(Student.id)).limit(limit + 1)).all()
    return page_of([StudentPublic(**student.model_dump(), enrolment=state) for student, state in rows], limit, "id")


def count(work: Work) -> StudentCounts:
    """Return how many students there are, and how far their enrolment is."""
    state = state_column().label("state")
    each = (
        select(col(Student.active), col(Student.by_number), state).where(col(Student.deleted_at).is_(None)).subquery()
    )
    query = select(each.c.active, each.c.by_number, each.c.state, func.count()).group_by(*each.c)
    found = StudentCounts()
    for active, by_number, enrolment, number in work.session.exec(query):
        found.students += number
        where = "inactive" if not active else "by_number" if by_number else enrolment
        setattr(found, where, getattr(found, where) + number)
    return found


def change(work: Work, student_id: str, wish: StudentChange) -> StudentPublic:
    """Change a student. Who opts out of recognition is forgotten by face, photos and all.

    Raises:
        Problem: unknown, or changed by somebody else meanwhile.
    """
    student = locked(work, student_id)
    changes = wish.model_dump(exclude_unset=True, exclude={"version"})
    check_version(student.version, wish.version, f"student {student_id}")
    before = {name: getattr(student, name) for name in ("active", "by_number")}
    for name, value in changes.items():
        if value is not None or name == "email":
            setattr(student, name, value)
    student.version += 1
    work.session.add(student)
    opts_out = student.by_number and not before["by_number"]
    consents_ended = forget_face(work.session, student_id, work.now) if opts_out else 0
    if consents_ended:
        work.note("consent.withdraw", f"student:{student_id}")
    after = {name: getattr(student, name) for name in ("active", "by_number")}
    work.note("student.change", f"student:{student_id}", before=before, after={**after, "fields": sorted(changes)})
    return public(student, enrolments(work, [student_id])[student_id])


def delete(work: Work, student_id: str) -> None:
    """Delete a student: photos, crops, templates and keys go at once; attendance facts stay, by id.

    Raises:
        Problem: unknown.
    """
    forget_student(work.session, locked(work, student_id), work.now)
    work.note("student.delete", f"student:{student_id}")


def check_version(there: int, seen: int | None, what: str) -> None:
    """Refuse to overwrite a change that the caller has not seen.

    Raises:
        Problem: 409.
    """
    if seen is not None and seen != there:
        raise conflict("changed_meanwhile", f"The {what} was changed meanwhile: read it again.", "version")


def enrolments(work: Work, student_ids: list[str]) -> dict[str, Enrolment]:
    """Return the state of enrolment of each."""
    return states_of(work.session, student_ids)


def public(student: Student, enrolment: Enrolment) -> StudentPublic:
    """Shape one student."""
    return StudentPublic(**student.model_dump(), enrolment=enrolment)


def _holding(text: str) -> list[ColumnElement[bool]]:
    """Return the ways in which a number or name holds a text, in any case.

    A database whose locale is C lowers ASCII alone, so that a name is looked for as it may be written, too.
    """
    lowered = [func.lower(column).like(_pattern(text.lower()), escape="\\") for column in (Student.id, Student.name)]
    written = {text, text.lower(), text.upper(), text.title()}
    return [*lowered, *(col(Student.name).like(_pattern(one), escape="\\") for one in sorted(written))]


def _pattern(text: str) -> str:
    return f"%{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
