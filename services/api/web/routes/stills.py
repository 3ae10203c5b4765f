"""The enrolment camera's stills, judged while somebody looks into it: at the office, and on a student's own page."""

import asyncio
import time
from typing import Annotated

from fastapi import File, UploadFile
from starlette.concurrency import run_in_threadpool

from services.api.auth.throttle import still_limits
from services.api.office import self_enrolment, stills
from services.api.office.stills import StillJudged
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import router as make_router

router = make_router("students")
Still = Annotated[UploadFile, File(description="What the camera shows now: JPEG, PNG or WebP. It is not kept.")]
_BODY = {
    "requestBody": {"content": {"multipart/form-data": {"example": {"photo": "the bytes of what the camera shows"}}}}
}
_ASK_EVERY_S = 0.05


@router.post("/enrolment/stills", openapi_extra=_BODY)
async def judge_still(deps: DepsDep, caller: CallerDep, photo: Still) -> StillJudged:
    """Say whether what the camera shows now would do for enrolment, or what to change. Nothing is kept."""
    return await _judged(deps, caller, photo, own=False)


@router.post("/self/stills", openapi_extra=_BODY)
async def judge_own_still(deps: DepsDep, caller: CallerDep, photo: Still) -> StillJudged:
    """Say whether what the student's camera shows now would do, or what to change. Nothing is kept."""
    return await _judged(deps, caller, photo, own=True)


async def _judged(deps: Deps, caller: CallerDep, photo: UploadFile, *, own: bool) -> StillJudged:
    image = await photo.read(deps.settings.api.max_photo_bytes + 1)
    still_id = await run_in_threadpool(_ask, deps, caller, image, own)
    deadline_s = time.monotonic() + stills.WAIT_S
    while still_id is not None and time.monotonic() < deadline_s:
        await asyncio.sleep(_ASK_EVERY_S)  # no thread is held meanwhile
        said, finding = await run_in_threadpool(stills.answer, deps.events, still_id)
        if said:
            return StillJudged(finding=finding)
    return StillJudged(finding=None)


def _ask(deps: Deps, caller: CallerDep, image: bytes, own: bool) -> str | None:
    deps.throttle.hit(still_limits(caller.actor))
    with deps.reading(caller) as work:
        if own:
            self_enrolment.check_consented(work)
        return stills.ask(work, image)
