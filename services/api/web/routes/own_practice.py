"""A student's practice: a kiosk of their own for some minutes, and what its screen is told."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from services.api.auth import throttle
from services.api.auth.caller import Caller
from services.api.office import practice
from services.api.office.practice import PracticeOpened
from services.api.problems import conflict
from services.api.web import sse
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.guard import while_allowed
from services.api.web.kiosk_feed import KioskFeed, ScreenPracticeEnded, ScreenPrompt, ScreenState, Trouble
from services.api.web.routing import router as make_router
from services.api.web.routing import stream_answer
from services.api.web.webcam import webcam_host

router = make_router("a student's link")
_STREAM = stream_answer(state=ScreenState, prompt=ScreenPrompt, practice_ended=ScreenPracticeEnded, trouble=Trouble)
LOOK_AGAIN_S = 5.0
"""How long a stream may outlive its practice; the kiosk rests longer than that before the next student has it."""


@router.post("/self/practice", status_code=201)
def begin_practice(request: Request, deps: DepsDep, caller: CallerDep) -> PracticeOpened:
    """Begin a practice. The real check decides; all that is recorded is whether the enrolment is good enough."""
    deps.throttle.hit(throttle.practice_limits(caller.link_id or 0))
    with deps.writing(caller) as work:
        opened = practice.begin(work)
    webcam = f"{webcam_host(request, deps.settings.api)}/ws/kiosk/{opened.kiosk_id}"
    return opened.model_copy(update={"webcam": webcam})


@router.delete("/self/practice", status_code=204)
def end_practice(deps: DepsDep, caller: CallerDep) -> None:
    """End the practice: the kiosk is free for others."""
    with deps.writing(caller) as work:
        practice.end(work)


@router.get("/self/practice/events", response_class=StreamingResponse, responses=_STREAM)
async def practice_events(request: Request, deps: DepsDep, caller: CallerDep) -> StreamingResponse:
    """Follow one's own practice: `state`, `prompt`, `practice_ended`."""
    feed: KioskFeed = request.app.state.kiosk_feed
    kiosk_id = await run_in_threadpool(_running, deps, caller)
    if kiosk_id is None:
        raise conflict("no_practice", "The practice has ended. Begin another one.")
    chunks = _while_running(deps, caller, kiosk_id, feed.events(kiosk_id, resumed=False))
    return sse.stream(while_allowed(request, chunks))


async def _while_running(
    deps: Deps, caller: Caller, kiosk_id: str, chunks: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    looked_at = deps.clock.monotonic_s()
    async with aclosing(chunks):
        async for chunk in chunks:
            if deps.clock.monotonic_s() - looked_at > LOOK_AGAIN_S:
                looked_at = deps.clock.monotonic_s()
                if await run_in_threadpool(_running, deps, caller) != kiosk_id:
                    return
            yield chunk


def _running(deps: Deps, caller: Caller) -> str | None:
    with deps.reading(caller) as work:
        return practice.running(work)
