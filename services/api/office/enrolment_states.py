"""How far each student's enrolment is: a template wins, then what waits, then a refusal."""

from typing import Literal

from sqlalchemy import ColumnElement, case, exists
from sqlmodel import Session, col, select

from services.api.db.tables import Photo, Student, Template

Enrolment = Literal["none", "pending", "enrolled", "refused"]
Wanted = Literal["none", "pending", "enrolled", "refused", "missing"]
"""What a list is narrowed to; `missing`: whoever is not enrolled, for whatever reason."""


def state_column() -> ColumnElement[str]:
    """Return the state as a column beside `Student`."""
    enrolled = exists().where(col(Template.student_id) == col(Student.id))
    photo = exists().where(col(Photo.student_id) == col(Student.id))
    return case(
        (enrolled, "enrolled"),
        (photo.where(col(Photo.state) == "pending"), "pending"),
        (photo, "refused"),
        else_="none",
    )


def has_state(state: Wanted) -> ColumnElement[bool]:
    """Return the condition on `Student` that the state is this one."""
    return state_column() != "enrolled" if state == "missing" else state_column() == state


def enrolments(session: Session, student_ids: list[str]) -> dict[str, Enrolment]:
    """Return the state of each of these students."""
    query = select(Student.id, state_column()).where(col(Student.id).in_(student_ids))
    return dict(session.exec(query).all())  # type: ignore[arg-type]  # the column holds nothing else
