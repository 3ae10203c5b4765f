"""Students, their photos and their enrolment."""

from typing import Annotated, Literal

from fastapi import File, Form, Path, Query, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from services.api.office import photos, students
from services.api.office.enrolment_states import Wanted
from services.api.office.paging import Limit, Page
from services.api.office.students import StudentChange, StudentCounts, StudentCreate, StudentPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import photo_answer, photos_body
from services.api.web.routing import router as make_router

router = make_router("students")
StudentId = Annotated[str, Path(max_length=64)]
_PHOTOS = photos_body(basis="consent", source="upload", text_version="1")


@router.get("/students")
def list_students(
    deps: DepsDep,
    caller: CallerDep,
    search: Annotated[str | None, Query(max_length=200, description="Part of a number or a name.")] = None,
    active: bool | None = None,
    enrolment: Annotated[Wanted | None, Query(description="How far; `missing`: whoever is not enrolled.")] = None,
    by_number: bool | None = None,
    sitting_id: Annotated[int | None, Query(ge=1, lt=2**31, description="On its roster.")] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
) -> Page[StudentPublic]:
    """Return students by number, in pages."""
    with deps.reading(caller) as work:
        return students.find(
            work, search, active, after, limit, enrolment=enrolment, by_number=by_number, sitting_id=sitting_id
        )


@router.post("/students", status_code=201)
def create_student(sent: StudentCreate, deps: DepsDep, caller: CallerDep) -> StudentPublic:
    """Make a student."""
    with deps.writing(caller) as work:
        return students.create(work, sent)


@router.get("/student-counts")
def count_students(deps: DepsDep, caller: CallerDep) -> StudentCounts:
    """Return how many students there are, and how far their enrolment is."""
    with deps.reading(caller) as work:
        return students.count(work)


@router.get("/students/{student_id}")
def get_student(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> StudentPublic:
    """Return one student."""
    with deps.reading(caller) as work:
        return students.show(work, student_id)


@router.patch("/students/{student_id}")
def change_student(student_id: StudentId, sent: StudentChange, deps: DepsDep, caller: CallerDep) -> StudentPublic:
    """Change a student; `active: false` takes them out of every check-in."""
    with deps.writing(caller) as work:
        return students.change(work, student_id, sent)


@router.delete("/students/{student_id}", status_code=204)
def delete_student(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> None:
    """Delete a student: photos, crops and templates go at once with their keys; attendance facts stay, by id."""
    with deps.writing(caller) as work:
        students.delete(work, student_id)


@router.post("/students/{student_id}/photos", status_code=202, openapi_extra=_PHOTOS)
async def upload_photos(
    student_id: StudentId,
    deps: DepsDep,
    caller: CallerDep,
    photo: Annotated[list[UploadFile], File(description="One photo or several of the same person: JPEG, PNG or WebP.")],
    source: Annotated[Literal["upload", "webcam"], Form(description="Where they come from.")] = "upload",
    basis: Annotated[
        str | None,
        Form(max_length=64, description="Legal basis, of `enrolment_bases`. Needed where none stands yet."),
    ] = None,
    text_version: Annotated[str, Form(max_length=64, description="Version of the text that was told.")] = "",
) -> photos.EnrolmentAsked:
    """Store photos with their legal basis and ask for enrolment. Its result stands at `/students/{student_id}/enrolment`."""
    read = [await one.read(deps.settings.api.max_photo_bytes + 1) for one in photo[: deps.settings.api.max_photos + 1]]

    photos.check(deps.settings.api, read)

    def store() -> photos.EnrolmentAsked:
        with deps.writing(caller) as work:
            asked = photos.upload(work, student_id, read, source=source, basis=basis, text_version=text_version)
        with deps.reading(caller) as work:
            photos.try_hand_over(work, asked)
        return asked

    return await run_in_threadpool(store)


@router.get("/students/{student_id}/enrolment")
def get_enrolment(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> photos.EnrolmentStatus:
    """Return how far enrolment is, and for each photo why it was refused."""
    with deps.reading(caller) as work:
        return photos.status(work, student_id)


@router.get("/students/{student_id}/photo", response_class=Response, responses=photo_answer())
def get_student_photo(student_id: StudentId, deps: DepsDep, caller: CallerDep) -> Response:
    """Return the newest enrolment photo."""
    with deps.reading(caller) as work:
        photo = photos.newest(work, student_id)
    return Response(photo.data, media_type=photo.content_type)
