"""Students: made, changed, found, deactivated, deleted with their keys."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from sqlmodel import col, func, or_, select

from services.api.db.tables import Photo, Student, Template
from services.api.forget import forget_face, forget_student
from services.api.office.paging import Page, page_of
from services.api.office.work import Work
from services.api.problems import conflict, not_found

StudentNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Enrolment = Literal["none", "pending", "enrolled", "refused"]
EXAMPLE: JsonDict = {"id": "S0001", "name": "Ada Lovelace", "email": None, "by_number": False}


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


def show(work: Work, student_id: str) -> StudentPublic:
    """Return one student with the state of enrolment."""
    student = get(work, student_id)
    return public(student, enrolments(work, [student.id])[student.id])


def find(work: Work, text: str | None, active: bool | None, after: str | None, limit: int) -> Page[StudentPublic]:
    """Return students by number, those whose number or name holds `text` (any script, any case)."""
    query = select(Student).where(col(Student.deleted_at).is_(None)).order_by(col(Student.id)).limit(limit + 1)
    if text:
        pattern = f"%{_escaped(text.lower())}%"
        query = query.where(
            or_(
                func.lower(Student.id).like(pattern, escape="\\"),
                func.lower(Student.name).like(pattern, escape="\\"),
                col(Student.name).like(f"%{_escaped(text)}%", escape="\\"),
            )
        )
    if active is not None:
        query = query.where(col(Student.active).is_(active))
    if after:
        query = query.where(col(Student.id) > after)
    rows = list(work.session.exec(query))
    states = enrolments(work, [row.id for row in rows])
    return page_of([public(row, states[row.id]) for row in rows], limit, "id")


def change(work: Work, student_id: str, wish: StudentChange) -> StudentPublic:
    """Change a student. Who opts out of recognition is forgotten by face, photos and all.

    Raises:
        Problem: unknown, or changed by somebody else meanwhile.
    """
    student = get(work, student_id)
    changes = wish.model_dump(exclude_unset=True, exclude={"version"})
    check_version(student.version, wish.version, f"student {student_id}")
    before = {name: getattr(student, name) for name in ("active", "by_number")}
    for name, value in changes.items():
        if value is not None or name == "email":
            setattr(student, name, value)
    student.version += 1
    work.session.add(student)
    if student.by_number and not before["by_number"]:
        forget_face(work.session, student_id, work.now)
        work.note("consent.withdraw", f"student:{student_id}")
    after = {name: getattr(student, name) for name in ("active", "by_number")}
    work.note("student.change", f"student:{student_id}", before=before, after={**after, "fields": sorted(changes)})
    return public(student, enrolments(work, [student_id])[student_id])


def delete(work: Work, student_id: str) -> None:
    """Delete a student: photos, crops, templates and keys go at once; attendance facts stay, by id.

    Raises:
        Problem: unknown.
    """
    forget_student(work.session, get(work, student_id), work.now)
    work.note("student.delete", f"student:{student_id}")


def check_version(there: int, seen: int | None, what: str) -> None:
    """Refuse to overwrite a change that the caller has not seen.

    Raises:
        Problem: 409.
    """
    if seen is not None and seen != there:
        raise conflict("changed_meanwhile", f"The {what} was changed meanwhile: read it again.", "version")


def enrolments(work: Work, student_ids: list[str]) -> dict[str, Enrolment]:
    """Return the state of enrolment of each: a template wins, then what waits, then a refusal."""
    states: dict[str, Enrolment] = dict.fromkeys(student_ids, "none")
    in_list = col(Photo.student_id).in_(student_ids)
    for student_id, state in work.session.exec(select(Photo.student_id, Photo.state).where(in_list)):
        if state == "pending" or states[student_id] == "none":
            states[student_id] = "pending" if state == "pending" else "refused"
    enrolled = select(Template.student_id).where(col(Template.student_id).in_(student_ids))
    for student_id in work.session.exec(enrolled):
        states[student_id] = "enrolled"
    return states


def public(student: Student, enrolment: Enrolment) -> StudentPublic:
    """Shape one student."""
    return StudentPublic(**student.model_dump(), enrolment=enrolment)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
