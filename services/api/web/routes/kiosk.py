"""What a kiosk's screen asks, with the kiosk's own token: it can see and do nothing else."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from services.api.auth import throttle
from services.api.auth.caller import Caller
from services.api.db.tables import Hall
from services.api.examples import example_of
from services.api.office import photos
from services.api.office.students import StudentNumber
from services.api.paths import OUTCOME_PHOTO
from services.api.problems import Problem, not_found
from services.api.web import sse
from services.api.web.deps import CallerDep, Deps, DepsDep, deps_of
from services.api.web.guard import LOOK_AGAIN_S, kiosk_of_token, while_allowed
from services.api.web.kiosk_feed import KioskFeed, ScreenOutcome, ScreenPrompt, ScreenSitting, ScreenState, Trouble
from services.api.web.routing import PREFIX, photo_answer, stream_answer
from services.api.web.routing import router as make_router
from services.api.web.token_places import TokenPlaces
from services.api.web.typed_numbers import TypedNumbers
from services.api.web.webcam import webcam_host
from shared import metrics
from shared.events import NumberAsk

router = make_router("kiosk screen")
sockets = APIRouter(prefix=PREFIX)
KioskId = Annotated[str, Path(max_length=64)]
ScreenId = Annotated[
    str,
    Header(
        pattern="^[0-9A-Za-z_-]{0,64}$", description="Made up by the page at its beginning: tells two screens apart."
    ),
]
_STREAM = stream_answer(state=ScreenState, prompt=ScreenPrompt, outcome=ScreenOutcome, trouble=Trouble)
TOKEN_WITHIN_S = 5.0
"""How long a screen may take to show its token."""
_UNAUTHORISED, _TRY_AGAIN = 4401, 1013


class Screen(ScreenState):
    """What a screen needs to begin."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "known": True,
                    "hall": "A",
                    "direction": "in",
                    "source": "browser",
                    "camera": "live",
                    "detail": "",
                    "sitting": example_of(ScreenSitting),
                    "next": None,
                    "kiosk_id": "A__door1",
                    "hall_name": "Hall A",
                    "time_zone": "UTC",
                    "webcam": "wss://nero.example/ws/kiosk/A__door1",
                }
            ]
        }
    )

    kiosk_id: str
    hall_name: str
    time_zone: str = Field(description="The hall's; empty: the screen's own.")
    webcam: str = Field(description="Capture's WebSocket, for a kiosk whose camera is the browser's own.")


class TypedNumber(BaseModel):
    """A student number typed at the kiosk."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"student_id": "S0001", "unable": False}]}
    )

    student_id: StudentNumber
    unable: bool = Field(False, description="“I can't do this”: no challenge is asked, and the invigilator helps.")


class NumberTaken(BaseModel):
    """A number was taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"track_id": "t-5"}]})

    track_id: str = Field(description="The outcome with this track, if one comes, is the case that the number became.")


@router.get("/kiosks/{kiosk_id}/screen")
async def kiosk_screen(
    kiosk_id: KioskId, request: Request, deps: DepsDep, caller: CallerDep, x_screen: ScreenId = ""
) -> Screen:
    """Return what the screen needs to begin."""
    await _used(request, caller, x_screen)
    feed: KioskFeed = request.app.state.kiosk_feed
    state = await feed.state(kiosk_id)
    name, zone = await run_in_threadpool(_hall, deps, state.hall)
    webcam = f"{webcam_host(request, deps.settings.api)}/ws/kiosk/{kiosk_id}"
    return Screen(**state.model_dump(), kiosk_id=kiosk_id, hall_name=name, time_zone=zone, webcam=webcam)


@router.get("/kiosks/{kiosk_id}/events", response_class=StreamingResponse, responses=_STREAM)
async def kiosk_events(
    kiosk_id: KioskId,
    request: Request,
    caller: CallerDep,
    x_screen: ScreenId = "",
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Follow the kiosk: `state`, `prompt`, `outcome`. A page that begins anew is never told an outcome from before."""
    feed: KioskFeed = request.app.state.kiosk_feed
    places: TokenPlaces = request.app.state.token_places
    told = places.watched(caller, x_screen, feed.events(kiosk_id, resumed=last_event_id is not None))
    return sse.stream(while_allowed(request, _counted(told)))


@router.post("/kiosks/{kiosk_id}/here", status_code=204)
async def kiosk_here(kiosk_id: KioskId, request: Request, caller: CallerDep, x_screen: ScreenId = "") -> None:  # noqa: ARG001
    """Say that this screen is there: one token used by two screens at once is an alert."""
    await _used(request, caller, x_screen)


@router.post("/kiosks/{kiosk_id}/number", status_code=202)
async def kiosk_number(
    kiosk_id: KioskId, sent: TypedNumber, request: Request, deps: DepsDep, caller: CallerDep, x_screen: ScreenId = ""
) -> NumberTaken:
    """Take a typed number: the face served now is compared with that one person. Says nothing of who exists.

    Where no face can be looked at, the number goes to the invigilator as a case.
    """
    await _used(request, caller, x_screen)
    limits = throttle.number_limits(kiosk_id, deps.settings.api.numbers_per_minute)
    await run_in_threadpool(deps.throttle.hit, limits)
    numbers: TypedNumbers = request.app.state.typed_numbers
    ask = NumberAsk(student_id=sent.student_id, asked_at=deps.clock.now(), unable=sent.unable)
    try:
        return NumberTaken(track_id=await numbers.take(kiosk_id, ask))
    except RedisError as error:
        raise Problem(503, "broker_unavailable", "The number can't be passed on now. Try again.") from error


@router.get("/kiosks/{kiosk_id}/outcomes/{event_id}/photo", response_class=Response, responses=photo_answer())
async def kiosk_outcome_photo(
    kiosk_id: KioskId,
    event_id: Annotated[str, Path(max_length=64)],
    request: Request,
    deps: DepsDep,
    caller: CallerDep,
) -> Response:
    """Return the photo of the person whose outcome is on the screen: only while it is."""
    feed: KioskFeed = request.app.state.kiosk_feed
    outcome = await feed.fresh_outcome(kiosk_id)
    wanted = OUTCOME_PHOTO.format(kiosk_id=kiosk_id, event_id=event_id)
    if outcome is None or outcome.student_id is None or outcome.photo_url != wanted:
        raise not_found("fresh outcome", event_id, "event_id")
    student_id = outcome.student_id

    def read() -> photos.OpenPhoto:
        with deps.reading(caller) as work:
            return photos.newest(work, student_id)

    photo = await run_in_threadpool(read)
    return Response(photo.data, media_type=photo.content_type)


@sockets.websocket("/kiosks/{kiosk_id}/picture", name="kiosk_picture")
async def kiosk_picture(socket: WebSocket, kiosk_id: str) -> None:
    """Send the camera's JPEGs as they are. First message: `{"type": "hello", "token": "…"}`."""
    deps = deps_of(socket)
    await socket.accept()
    try:
        token = await _token_shown(socket)
        if await run_in_threadpool(kiosk_of_token, deps, token) != kiosk_id:
            await socket.close(_UNAUTHORISED)
            return
        await socket.send_json({"type": "welcome"})
        await _relay(socket, socket.app.state.kiosk_feed, deps, kiosk_id, token)
    except WebSocketDisconnect:
        return
    except (RedisError, OSError):
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(_TRY_AGAIN)


async def _used(request: Request, caller: Caller, screen: str) -> None:
    places: TokenPlaces = request.app.state.token_places
    await run_in_threadpool(places.used, caller, screen)


def _hall(deps: Deps, hall_id: str) -> tuple[str, str]:
    """Return a hall's name and time zone; its id, and the browser's own zone, while the database is away."""
    try:
        with deps.reading(Caller()) as work:
            hall = work.session.get(Hall, hall_id)
            return (hall.name or hall.id, hall.time_zone) if hall else (hall_id, "")
    except OperationalError:
        return hall_id, ""


async def _token_shown(socket: WebSocket) -> str:
    """Return the token of the first message; empty where there is none in time."""
    try:
        async with asyncio.timeout(TOKEN_WITHIN_S):
            return str(json.loads(await socket.receive_text())["token"])
    except (TimeoutError, ValueError, KeyError, TypeError):
        return ""


async def _relay(socket: WebSocket, feed: KioskFeed, deps: Deps, kiosk_id: str, token: str) -> None:
    """Send until the screen goes (it is not expected to say anything) or its token ends."""
    gone = asyncio.create_task(socket.receive())
    looked_at = deps.clock.monotonic_s()
    try:
        async for jpeg in feed.pictures(kiosk_id):
            if gone.done():
                return
            if deps.clock.monotonic_s() - looked_at > LOOK_AGAIN_S:
                looked_at = deps.clock.monotonic_s()
                if await run_in_threadpool(kiosk_of_token, deps, token) != kiosk_id:
                    await socket.close(_UNAUTHORISED)
                    return
            if jpeg:
                await socket.send_bytes(jpeg)
    finally:
        gone.cancel()


async def _counted(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    with metrics.LIVE_PAGES.labels("kiosk").track_inprogress():
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
