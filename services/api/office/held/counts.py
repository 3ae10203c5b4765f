"""How much is held on one student, and so what a deletion takes and what it leaves."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, func, or_, select

from services.api.crops_of import attempts_showing
from services.api.db.tables import (
    Accommodation,
    Attempt,
    Consent,
    Evidence,
    LookAlikePair,
    Photo,
    ProposedPhoto,
    RosterEntry,
    StudentLink,
    Template,
)
from services.api.office import students
from services.api.office.work import Work


class StudentHeld(BaseModel):
    """What a deletion takes at once, and what of the attendance stays, by number."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "photos": 3,
                    "proposed": 0,
                    "templates": 1,
                    "crops": 2,
                    "consents": 1,
                    "accommodations": 0,
                    "look_alikes": 0,
                    "links": 1,
                    "rosters": 4,
                    "attempts": 6,
                }
            ]
        }
    )

    photos: int
    proposed: int = Field(description="Photos that the student handed in, or has not handed in yet.")
    templates: int
    crops: int = Field(description="Pictures from the doors.")
    consents: int
    accommodations: int
    look_alikes: int
    links: int = Field(description="To enrol oneself or to practise, with their mails and what came of them.")
    rosters: int = Field(description="Stay: sittings whose roster the number is on.")
    attempts: int = Field(description="Stay: what happened at the doors and was decided.")


def of_student(work: Work, student_id: str) -> StudentHeld:
    """Count what is held on a student.

    Raises:
        Problem: unknown.
    """
    students.get(work, student_id)
    crops = or_(col(Evidence.student_id) == student_id, col(Evidence.attempt_id).in_(attempts_showing(student_id)))
    pairs = or_(col(LookAlikePair.student_a) == student_id, col(LookAlikePair.student_b) == student_id)
    return StudentHeld(
        photos=_count(work, Photo, Photo.student_id == student_id),
        proposed=_count(work, ProposedPhoto, ProposedPhoto.student_id == student_id),
        templates=_count(work, Template, Template.student_id == student_id),
        crops=_count(work, Evidence, crops),
        consents=_count(work, Consent, Consent.student_id == student_id),
        accommodations=_count(work, Accommodation, Accommodation.student_id == student_id),
        look_alikes=_count(work, LookAlikePair, pairs),
        links=_count(work, StudentLink, StudentLink.student_id == student_id),
        rosters=_count(work, RosterEntry, RosterEntry.student_id == student_id),
        attempts=_count(work, Attempt, Attempt.student_id == student_id),
    )


def _count(work: Work, table: type[Any], where: Any) -> int:
    return int(work.session.exec(select(func.count()).select_from(table).where(where)).one())
