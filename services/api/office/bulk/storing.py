"""A few students of a bulk enrolment at a time: made or renamed, their photos stored sealed, their legal basis kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as select_columns
from sqlmodel import col, select

from services.api.db import holding
from services.api.db.tables import Consent, Photo, Student
from services.api.office import photos
from services.api.office.photos import EnrolmentAsked
from services.api.office.work import Work

_AT_ONCE = 500


@dataclass(frozen=True)
class Named:
    """What the list beside an archive says of a student."""

    name: str
    email: str | None = None


@dataclass(frozen=True)
class Basis:
    """On what legal basis the photos are kept, in which words it was told."""

    basis: str
    text_version: str


@dataclass(frozen=True)
class Person:
    """One student with the photos of the archive, by id."""

    student_id: str
    images: dict[str, bytes]


@dataclass(frozen=True)
class PhotoState:
    """How far one photo is."""

    state: str
    refusal: str | None = None
    detail: str = ""
    judged_at: datetime | None = None

    def judged_since(self, at: datetime) -> bool:
        """Tell whether it was enrolled or refused after that."""
        return self.state != "pending" and self.judged_at is not None and self.judged_at >= at


def who_may(work: Work) -> dict[str, str]:
    """Say of every student whether photos are taken of them: empty, or why not."""
    found = {}
    columns = (Student.id, Student.active, Student.by_number, Student.deleted_at)
    for student_id, active, by_number, deleted_at in work.session.execute(select_columns(*columns)):  # type: ignore[call-overload]
        inactive = "inactive_student" if deleted_at is not None or not active else ""
        found[student_id] = inactive or ("by_number" if by_number else "")
    return found


def make_students(work: Work, named: dict[str, Named], job_id: str, *, update: bool) -> int:
    """Make the students of a list who are not there, and where that is wished rename those who are; return how many."""
    there = holding.students(work.session, named)
    made = [student_id for student_id in named if student_id not in there]
    work.session.add_all(
        Student(id=student_id, name=named[student_id].name, email=named[student_id].email, created_at=work.now)
        for student_id in made
    )
    renamed = [student for student in there.values() if update and _rename(student, named[student.id])]
    work.session.add_all(renamed)
    if made or renamed:
        facts: dict[str, object] = {"job": job_id, "made": made, "renamed": [student.id for student in renamed]}
        work.note("student.create_many", f"job:{job_id}", after=facts)
    work.session.flush()
    return len(made)


def store(work: Work, people: Sequence[Person], basis: Basis, job_id: str) -> tuple[list[EnrolmentAsked], list[str]]:
    """Store these students' photos; return what to ask of the enrolment worker, and who is gone meanwhile."""
    known = _who_is_kept(work, [person.student_id for person in people])
    may = [person for person in people if person.student_id in known]
    there = _photos(work, [name for person in may for name in person.images])
    asked = [_keep(work, person, there) for person in may]
    _give_basis(work, [person.student_id for person in may], basis)
    if may:
        facts: dict[str, object] = {
            "job": job_id,
            "students": [person.student_id for person in may],
            "photos": sum(len(person.images) for person in may),
            "basis": basis.basis,
            "text_version": basis.text_version,
        }
        work.note("student.photos_import", f"job:{job_id}", after=facts)
    return asked, sorted({person.student_id for person in people} - {person.student_id for person in may})


def states_of(work: Work, photo_ids: Iterable[str]) -> dict[str, PhotoState]:
    """Return how far photos are; one that is not stored is not in it."""
    ids, found = sorted(photo_ids), dict[str, PhotoState]()
    columns = (Photo.id, Photo.state, Photo.refusal, Photo.detail, Photo.judged_at)
    for at in range(0, len(ids), _AT_ONCE):
        some = col(Photo.id).in_(ids[at : at + _AT_ONCE])
        query = select_columns(*columns).where(some)  # type: ignore[call-overload]
        found |= {photo_id: PhotoState(*rest) for photo_id, *rest in work.session.execute(query)}
    return found


def _rename(student: Student, said: Named) -> bool:
    """Take name and email address from a list; tell whether anything changed. A deleted student stays nameless."""
    email = said.email or student.email
    if student.deleted_at is not None or (said.name, email) == (student.name, student.email):
        return False
    student.name, student.email, student.version = said.name, email, student.version + 1
    return True


def _who_is_kept(work: Work, student_ids: Sequence[str]) -> set[str]:
    """Return those of whom photos may be kept, held so until the commit: who is deleted meanwhile keeps none."""
    found = holding.students(work.session, student_ids)
    return {one.id for one in found.values() if one.active and one.deleted_at is None and not one.by_number}


def _photos(work: Work, photo_ids: Sequence[str]) -> dict[str, Photo]:
    return {photo.id: photo for photo in work.session.exec(select(Photo).where(col(Photo.id).in_(photo_ids)))}


def _keep(work: Work, person: Person, there: dict[str, Photo]) -> EnrolmentAsked:
    """Store what is not stored yet. What waits already keeps its time, so that its enrolment is known as the same."""
    mine = [there[name] for name in person.images if name in there]
    waiting = [photo.uploaded_at for photo in mine if photo.state == "pending"]
    for name, image in person.images.items():
        if name not in there or there[name].state != "pending":
            photos.store(work, person.student_id, name, image, "import")
    asked_at = min(waiting) if len(waiting) == len(person.images) else work.now
    return photos.asked_for(person.student_id, list(person.images), asked_at)


def _give_basis(work: Work, students: Sequence[str], basis: Basis) -> None:
    standing = select(Consent.student_id).where(
        col(Consent.student_id).in_(students),
        Consent.basis == basis.basis,
        Consent.text_version == basis.text_version,
        col(Consent.withdrawn_at).is_(None),
    )
    have = set(work.session.exec(standing))
    work.session.add_all(
        Consent(student_id=student, basis=basis.basis, text_version=basis.text_version, given_at=work.now)
        for student in students
        if student not in have
    )
