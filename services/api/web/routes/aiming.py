"""A kiosk's camera as the office sees it: its newest picture, and what is measured while somebody aims it."""

from typing import Annotated

from fastapi import Path, Response

from services.api.office import aiming
from services.api.office.aiming import AimPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("halls and kiosks")
KioskId = Annotated[str, Path(max_length=64)]


@router.get("/kiosks/{kiosk_id}/frame", response_class=Response, responses=file_answer("image/jpeg"))
def get_kiosk_frame(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> Response:
    """Return the camera's newest picture, as the camera made it; 404 while it shows nothing. It is kept nowhere."""
    with deps.reading(caller) as work:
        return Response(aiming.newest_frame(work, deps.frames, kiosk_id), media_type="image/jpeg")


@router.get("/kiosks/{kiosk_id}/aim")
def aim_kiosk(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> AimPublic:
    """Return what the camera shows against what recognition needs. Ask again each second: measuring ends by itself."""
    with deps.reading(caller) as work:
        return aiming.look(work, deps.frames, kiosk_id)
