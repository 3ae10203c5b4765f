"""The exam as it happens: live state, attempts, cases."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal

from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.api.auth.caller import Caller
from services.api.db.marks import CommitMark
from services.api.office import attendance, reviews
from services.api.office.attendance import AttemptPublic
from services.api.office.live import LiveChange, LiveState
from services.api.office.looking import Looker
from services.api.office.paging import Limit, Page
from services.api.office.reviews import ReviewPublic
from services.api.web import sse
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.guard import while_allowed
from services.api.web.live_hub import LiveHub
from services.api.web.routing import file_answer, photo_answer, stream_answer
from services.api.web.routing import router as make_router
from shared import metrics

router = make_router("attendance")
Id = Annotated[int, Path(ge=1, lt=2**31)]
OptionalId = Annotated[int | None, Query(ge=1, lt=2**31)]
Text = Annotated[str | None, Query(max_length=64)]
_STREAM = stream_answer(snapshot=LiveState, change=LiveChange)


@router.get("/sittings/{sitting_id}/live", response_class=StreamingResponse, responses=_STREAM)
async def live_sitting(
    sitting_id: Id,
    request: Request,
    deps: DepsDep,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Follow a sitting: event `snapshot`, then `change`; resumed by Last-Event-ID."""
    return await _followed(request, deps, last_event_id, sitting_id)


@router.get(
    "/sittings/{sitting_id}/halls/{hall_id}/live",
    response_class=StreamingResponse,
    responses=_STREAM,
)
async def live_hall(
    sitting_id: Id,
    hall_id: Annotated[str, Path(max_length=64)],
    request: Request,
    deps: DepsDep,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Follow one hall of a sitting, as `live_sitting` does the whole."""
    return await _followed(request, deps, last_event_id, sitting_id, hall_id)


@router.get("/attempts")
def list_attempts(
    deps: DepsDep,
    caller: CallerDep,
    sitting_id: OptionalId = None,
    kiosk_id: Text = None,
    student_id: Text = None,
    kind: Literal["face_identified", "liveness_failed", "decision"] | None = None,
    after: Annotated[int, Query(ge=0, lt=2**31, description="Only those recorded after the one with this id.")] = 0,
    limit: Limit = 200,
) -> Page[AttemptPublic]:
    """Return what happened, in the order in which it was recorded."""
    with deps.reading(caller) as work:
        return attendance.attempts(
            work, sitting_id=sitting_id, kiosk_id=kiosk_id, student_id=student_id, kind=kind, after=after, limit=limit
        )


@router.get("/attempts/{attempt_id}/crop", response_class=Response, responses=file_answer("image/jpeg"))
def get_attempt_crop(attempt_id: Id, deps: DepsDep, caller: CallerDep) -> Response:
    """Return an attempt's evidence crop."""
    with deps.reading(caller) as work:
        return Response(attendance.crop(work, attempt_id), media_type="image/jpeg")


@router.get("/reviews")
def list_reviews(
    deps: DepsDep,
    caller: CallerDep,
    state: Literal["open", "settled"] | None = None,
    sitting_id: OptionalId = None,
    hall: Text = None,
    limit: Limit = 200,
) -> list[ReviewPublic]:
    """Return cases, oldest first."""
    with deps.reading(caller) as work:
        return reviews.find(work, state, sitting_id, hall, limit)


@router.get("/reviews/{review_id}")
def get_review(review_id: Id, deps: DepsDep, caller: CallerDep) -> ReviewPublic:
    """Return one case."""
    with deps.reading(caller) as work:
        return reviews.shape(work, [reviews.get(work, review_id)])[0]


@router.get("/reviews/{review_id}/crop", response_class=Response, responses=file_answer("image/jpeg"))
def get_review_crop(review_id: Id, deps: DepsDep, caller: CallerDep) -> Response:
    """Return the case's evidence crop."""
    with deps.reading(caller) as work:
        return Response(reviews.crop(work, review_id), media_type="image/jpeg")


@router.get("/reviews/{review_id}/admission-crop", response_class=Response, responses=file_answer("image/jpeg"))
def get_admission_crop(review_id: Id, deps: DepsDep, caller: CallerDep) -> Response:
    """Return the crop that the case's person was let in with today, to compare who comes back with."""
    with deps.reading(caller) as work:
        return Response(reviews.admission_crop(work, review_id), media_type="image/jpeg")


@router.get("/reviews/{review_id}/photos/{student_id}", response_class=Response, responses=photo_answer())
def get_review_photo(
    review_id: Id, student_id: Annotated[str, Path(max_length=64)], deps: DepsDep, caller: CallerDep
) -> Response:
    """Return the enrolment photo of one of the case's candidates."""
    with deps.reading(caller) as work:
        photo = reviews.photo(work, review_id, student_id)
    return Response(photo.data, media_type=photo.content_type)


async def _followed(
    request: Request, deps: Deps, last_event_id: str | None, sitting_id: int, hall_id: str | None = None
) -> StreamingResponse:
    hub: LiveHub = request.app.state.live_hub
    mark: CommitMark = request.app.state.commit_mark
    looker = Looker(lambda: deps.reading(Caller()), deps.frames, mark, deps.clock, sitting_id, hall_id)
    chunks = hub.follow((sitting_id, hall_id), looker, last_event_id)
    first = await anext(chunks)  # an unknown sitting is a 404, not a stream that ends
    return sse.stream(while_allowed(request, _counted(first, chunks)))


async def _counted(first: bytes, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    with metrics.LIVE_PAGES.labels("sitting").track_inprogress():
        async with aclosing(chunks):
            yield first
            async for chunk in chunks:
                yield chunk
