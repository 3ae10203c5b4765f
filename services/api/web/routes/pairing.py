"""A screen that is no kiosk's yet: its code, and what the office makes of it."""

import asyncio
from typing import Annotated

from fastapi import Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from services.api.auth import throttle
from services.api.auth.caller import Caller
from services.api.office import kiosks, pairing
from services.api.office.kiosks import KioskPublic
from services.api.office.pairing import PairingBegun, PairingCode, PairingState, WaitingScreen
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import router as make_router

router = make_router("pairing screens")
LOOK_EVERY_S = 1.0
MOST_WAIT_S = 25.0


@router.post("/kiosk-pairings", status_code=201)
def begin_pairing(request: Request, deps: DepsDep) -> PairingBegun:
    """Give a new screen a code to show. Nobody is asked who they are: a code opens nothing until an admin types it."""
    address = request.client.host if request.client else ""
    deps.throttle.hit(throttle.pairing_limits(address, deps.settings.api.pairings_per_minute))
    with deps.writing(Caller(address=address)) as work:
        return pairing.begin(work, request.headers.get("user-agent", ""))


@router.get("/kiosk-pairings/mine")
async def my_pairing(
    deps: DepsDep,
    x_pairing_secret: Annotated[str, Header(max_length=128)],
    wait_s: Annotated[float, Query(ge=0, le=MOST_WAIT_S, description="How long to wait for an admin.")] = 20.0,
) -> PairingState:
    """Wait until an admin has typed the code; 404 once its time is over."""
    until_s = deps.clock.monotonic_s() + wait_s
    while True:
        state = await run_in_threadpool(_state, deps, x_pairing_secret)
        if state.kiosk_id is not None or deps.clock.monotonic_s() >= until_s:
            return state
        await asyncio.sleep(LOOK_EVERY_S)


@router.post("/kiosk-pairings/find")
def find_pairing(sent: PairingCode, deps: DepsDep, caller: CallerDep) -> WaitingScreen:
    """Return the screen that shows a code, to see that it is the one that is meant."""
    deps.throttle.hit(throttle.pairing_code_limits(caller.actor))
    with deps.reading(caller) as work:
        return pairing.find(work, sent)


@router.post("/kiosks/{kiosk_id}/pairing")
def pair_kiosk(
    kiosk_id: Annotated[str, Path(max_length=64)], sent: PairingCode, deps: DepsDep, caller: CallerDep
) -> KioskPublic:
    """Make the screen that shows this code the kiosk's. The kiosk's token before ends."""
    deps.throttle.hit(throttle.pairing_code_limits(caller.actor))
    with deps.writing(caller) as work:
        return kiosks.public(work, pairing.confirm(work, kiosk_id, sent))


def _state(deps: Deps, secret: str) -> PairingState:
    with deps.reading(Caller()) as work:
        return pairing.state(work, secret)
