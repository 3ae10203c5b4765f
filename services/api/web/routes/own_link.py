"""What a student asks with the token of a mailed link: their own page and nothing else."""

from typing import Annotated, Literal

from fastapi import File, Form, Path, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from services.api.auth import throttle
from services.api.office import photos, proposals, self_enrolment
from services.api.office.photos import EnrolmentAsked
from services.api.office.self_enrolment import ConsentGiven, OwnPage
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import photo_answer, photos_body
from services.api.web.routing import router as make_router

router = make_router("a student's link")
PhotoId = Annotated[str, Path(max_length=64)]
_PHOTOS = photos_body(source="webcam")


@router.get("/self")
def get_own_page(deps: DepsDep, caller: CallerDep) -> OwnPage:
    """Return whom the link is for, how far they are, and what was found of their photos."""
    with deps.reading(caller) as work:
        shown = self_enrolment.page(work)
    if shown.opened_at is None:
        with deps.writing(caller) as work:
            shown = self_enrolment.open_page(work)
    return shown


@router.post("/self/consent")
def give_own_consent(sent: ConsentGiven, deps: DepsDep, caller: CallerDep) -> OwnPage:
    """Give consent, in the words that were shown."""
    with deps.writing(caller) as work:
        return self_enrolment.consent(work, sent)


@router.post("/self/decline")
def decline_recognition(deps: DepsDep, caller: CallerDep) -> OwnPage:
    """Opt out or take consent back: template and photos go at once, and check-in is by number."""
    with deps.writing(caller) as work:
        return self_enrolment.decline(work)


@router.post("/self/photos", status_code=202, openapi_extra=_PHOTOS)
async def propose_photos(
    deps: DepsDep,
    caller: CallerDep,
    photo: Annotated[list[UploadFile], File(description="One photo or several: JPEG, PNG or WebP.")],
    source: Annotated[Literal["webcam", "upload"], Form(description="How it was taken.")] = "upload",
) -> OwnPage:
    """Propose photos. Each is checked within seconds, and refused ones say why at `/self`; no template is made."""
    limits = throttle.own_photo_limits(caller.link_id or 0, deps.settings.api.max_photos)
    await run_in_threadpool(deps.throttle.hit, limits)
    read = [await one.read(deps.settings.api.max_photo_bytes + 1) for one in photo[: deps.settings.api.max_photos + 1]]
    photos.check(deps.settings.api, read)

    def store() -> OwnPage:
        with deps.writing(caller) as work:
            asked = self_enrolment.propose(work, read, source)
        return _checked(deps, caller, asked)

    return await run_in_threadpool(store)


@router.get("/self/photos/{photo_id}", response_class=Response, responses=photo_answer())
def get_proposed_photo(photo_id: PhotoId, deps: DepsDep, caller: CallerDep) -> Response:
    """Return one of the photos that the student proposes."""
    with deps.reading(caller) as work:
        photo = self_enrolment.photo(work, photo_id)
    return Response(photo.data, media_type=photo.content_type)


@router.delete("/self/photos/{photo_id}")
def drop_proposed_photo(photo_id: PhotoId, deps: DepsDep, caller: CallerDep) -> OwnPage:
    """Take a photo back before it is handed in."""
    with deps.writing(caller) as work:
        asked = self_enrolment.drop(work, photo_id)
    return _checked(deps, caller, asked)


@router.post("/self/submit")
def submit_photos(deps: DepsDep, caller: CallerDep) -> OwnPage:
    """Hand the photos in: the office looks at them, and the link changes nothing any more but a withdrawal."""
    with deps.writing(caller) as work:
        return self_enrolment.submit(work)


def _checked(deps: Deps, caller: CallerDep, asked: EnrolmentAsked | None) -> OwnPage:
    with deps.reading(caller) as work:
        if asked is not None:
            proposals.try_check(work, asked)
        return self_enrolment.page(work)
