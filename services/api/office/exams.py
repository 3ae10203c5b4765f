"""Exams: what is examined."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.api.db.tables import Exam, Sitting
from services.api.office.students import check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found

ExamCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
EXAMPLE: JsonDict = {"code": "MATH-201", "subject": "Analysis II"}


class ExamCreate(BaseModel):
    """A new exam."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    code: ExamCode
    subject: Subject


class ExamChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"subject": "Analysis II", "version": 1}]}
    )

    code: ExamCode | None = None
    subject: Subject | None = None
    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


class ExamPublic(BaseModel):
    """One exam."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "id": 1, "version": 1}]})

    id: int
    code: str
    subject: str
    version: int


def create(work: Work, new: ExamCreate) -> ExamPublic:
    """Make an exam.

    Raises:
        Problem: the code is taken.
    """
    if by_code(work, new.code) is not None:
        raise conflict("exam_exists", f"There is an exam {new.code} already.", "code")
    exam = Exam(code=new.code, subject=new.subject)
    work.session.add(exam)
    work.session.flush()
    work.note("exam.create", f"exam:{exam.id}", after=_facts(exam))
    return public(exam)


def by_code(work: Work, code: str) -> Exam | None:
    """Return the exam of this code."""
    return work.session.exec(select(Exam).where(Exam.code == code)).first()


def get(work: Work, exam_id: int) -> Exam:
    """Return an exam.

    Raises:
        Problem: there is none.
    """
    exam = work.session.get(Exam, exam_id)
    if exam is None:
        raise not_found("exam", exam_id, "exam_id")
    return exam


def seen(work: Work, exam_id: int) -> Exam:
    """Return an exam that the caller may see: of a sitting that is theirs.

    Raises:
        Problem: there is none, or it is not theirs.
    """
    exam = work.session.exec(_theirs(work).where(Exam.id == exam_id)).first()
    if exam is None:
        raise not_found("exam", exam_id, "exam_id")
    return exam


def every(work: Work) -> list[ExamPublic]:
    """Return the exams that the caller may see, by code."""
    return [public(exam) for exam in work.session.exec(_theirs(work).order_by(col(Exam.code)))]


def change(work: Work, exam_id: int, wish: ExamChange) -> ExamPublic:
    """Change an exam.

    Raises:
        Problem: unknown, changed meanwhile, or the code is taken.
    """
    exam = get(work, exam_id)
    check_version(exam.version, wish.version, f"exam {exam_id}")
    other = by_code(work, wish.code) if wish.code else None
    if other is not None and other.id != exam_id:
        raise conflict("exam_exists", f"There is an exam {wish.code} already.", "code")
    before = _facts(exam)
    exam.code, exam.subject = wish.code or exam.code, wish.subject or exam.subject
    exam.version += 1
    work.session.add(exam)
    work.note("exam.change", f"exam:{exam_id}", before=before, after=_facts(exam))
    return public(exam)


def delete(work: Work, exam_id: int) -> None:
    """Delete an exam that has no sitting.

    Raises:
        Problem: unknown, or it has sittings.
    """
    exam = get(work, exam_id)
    if work.session.exec(select(Sitting.id).where(Sitting.exam_id == exam_id).limit(1)).first():
        raise conflict("exam_in_use", "The exam has sittings: delete them first.", "exam_id")
    work.session.delete(exam)
    work.note("exam.delete", f"exam:{exam_id}", before=_facts(exam))


def public(exam: Exam) -> ExamPublic:
    """Shape one exam."""
    return ExamPublic(**exam.model_dump())


def _theirs(work: Work) -> SelectOfScalar[Exam]:
    assigned, query = work.assigned(), select(Exam)
    if assigned is None:
        return query
    return query.where(col(Exam.id).in_(select(Sitting.exam_id).where(col(Sitting.id).in_(assigned))))


def _facts(exam: Exam) -> Facts:
    return {"code": exam.code, "subject": exam.subject}
