"""What is held on one student: single photos, legal bases, sittings, and all of it as a file."""

from typing import Annotated

from fastapi import Path, Query, Response

from services.api.office import consents, kept_photos, student_sittings
from services.api.office.consents import ConsentGive, ConsentPublic
from services.api.office.held import archive, counts
from services.api.office.held.counts import StudentHeld
from services.api.office.student_sittings import StudentSitting
from services.api.office.students import StudentPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer, photo_answer
from services.api.web.routing import router as make_router

router = make_router("what is held on a student")
StudentId = Annotated[str, Path(max_length=64)]
PhotoId = Annotated[str, Path(max_length=64)]


@router.get("/students/{student_id}/photos/{photo_id}", response_class=Response, responses=photo_answer())
def get_photo(student_id: StudentId, photo_id: PhotoId, deps: DepsDep, caller: CallerDep) -> Response:
    """Return one photo of a student, also a refused one."""
    with deps.reading(caller) as work:
        photo = kept_photos.picture(work, student_id, photo_id)
    return Response(photo.data, media_type=photo.content_type)


@router.delete("/students/{student_id}/photos/{photo_id}", status_code=204)
def delete_photo(student_id: StudentId, photo_id: PhotoId, deps: DepsDep, caller: CallerDep) -> None:
    """Delete a photo that the student is not recognised by."""
    with deps.writing(caller) as work:
        kept_photos.delete(work, student_id, photo_id)


@router.get("/students/{student_id}/consents")
def list_consents(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> list[ConsentPublic]:
    """Return on what legal basis a student's face was and is held, the newest first."""
    with deps.reading(caller) as work:
        return consents.of_student(work, student_id)


@router.post("/students/{student_id}/consents", status_code=201)
def give_consent(student_id: StudentId, sent: ConsentGive, deps: DepsDep, caller: CallerDep) -> ConsentPublic:
    """Record a legal basis; the one that stands already is not recorded twice."""
    with deps.writing(caller) as work:
        return consents.give(work, student_id, sent.basis, sent.text_version)


@router.post("/students/{student_id}/consents/withdraw")
def withdraw_consent(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> StudentPublic:
    """Take the consent back: template, photos and crops go at once, and the student is checked in by number."""
    with deps.writing(caller) as work:
        return consents.withdraw(work, student_id)


@router.get("/students/{student_id}/sittings")
def list_student_sittings(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> list[StudentSitting]:
    """Return the sittings whose roster a student is on, the latest first, and how they stand there."""
    with deps.reading(caller) as work:
        return student_sittings.of_student(work, student_id)


@router.get("/students/{student_id}/held")
def get_held(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> StudentHeld:
    """Return how much is held on a student: what a deletion takes at once, and what of the attendance stays."""
    with deps.reading(caller) as work:
        return counts.of_student(work, student_id)


@router.get("/students/{student_id}/export", response_class=Response, responses=file_answer("application/zip"))
def export_student(
    student_id: StudentId,
    deps: DepsDep,
    caller: CallerDep,
    language: Annotated[str, Query(max_length=8, description="Of the words that explain it: `en`, `ms`.")] = "",
) -> Response:
    """Return all that is held on a student as a ZIP: data, photos, crops, a page that explains them. It is audited."""
    with deps.writing(caller) as work:
        data = archive.export(work, student_id, language or deps.settings.api.language)
    headers = {"Content-Disposition": f'attachment; filename="student-{student_id}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)
