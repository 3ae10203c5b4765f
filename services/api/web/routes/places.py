"""Halls, and the kiosks at their doors."""

from typing import Annotated

from fastapi import Path, Query

from services.api.office import displaced, halls, kiosks
from services.api.office.displaced import Displaced
from services.api.office.halls import HallChange, HallCreate, HallPublic
from services.api.office.kiosks import KioskChange, KioskCreate, KioskPublic, KioskToken
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("halls and kiosks")
HallId = Annotated[str, Path(max_length=64)]
KioskId = Annotated[str, Path(max_length=64)]


@router.get("/halls")
def list_halls(deps: DepsDep, caller: CallerDep) -> list[HallPublic]:
    """Return all halls; an invigilator sees those of their sittings."""
    with deps.reading(caller) as work:
        return halls.every(work)


@router.post("/halls", status_code=201)
def create_hall(sent: HallCreate, deps: DepsDep, caller: CallerDep) -> HallPublic:
    """Make a hall."""
    with deps.writing(caller) as work:
        return halls.create(work, sent)


@router.get("/halls/{hall_id}")
def get_hall(hall_id: HallId, deps: DepsDep, caller: CallerDep) -> HallPublic:
    """Return one hall."""
    with deps.reading(caller) as work:
        return halls.public(halls.seen(work, hall_id))


@router.patch("/halls/{hall_id}")
def change_hall(hall_id: HallId, sent: HallChange, deps: DepsDep, caller: CallerDep) -> HallPublic:
    """Change a hall."""
    with deps.writing(caller) as work:
        return halls.change(work, hall_id, sent)


@router.post("/halls/{hall_id}/displaced")
def preview_hall(hall_id: HallId, sent: HallChange, deps: DepsDep, caller: CallerDep) -> list[Displaced]:
    """Return who has a seat at a coming sitting that such a change would block or remove. Nothing is changed."""
    with deps.reading(caller) as work:
        return displaced.displaced_by(work, hall_id, sent)


@router.delete("/halls/{hall_id}", status_code=204)
def delete_hall(hall_id: HallId, deps: DepsDep, caller: CallerDep) -> None:
    """Delete a hall that nothing is held in."""
    with deps.writing(caller) as work:
        halls.delete(work, hall_id)


@router.get("/kiosks")
def list_kiosks(
    deps: DepsDep, caller: CallerDep, hall: Annotated[str | None, Query(max_length=64)] = None
) -> list[KioskPublic]:
    """Return kiosks with the state of their cameras; an invigilator sees those at the halls of their sittings."""
    with deps.reading(caller) as work:
        return [kiosks.public(work, kiosk, deps.frames) for kiosk in kiosks.every(work, hall)]


@router.post("/kiosks", status_code=201)
def create_kiosk(sent: KioskCreate, deps: DepsDep, caller: CallerDep) -> KioskPublic:
    """Make a kiosk. Capture opens its camera as soon as the schedule says so."""
    with deps.writing(caller) as work:
        return kiosks.public(work, kiosks.create(work, sent))


@router.get("/kiosks/{kiosk_id}")
def get_kiosk(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> KioskPublic:
    """Return one kiosk."""
    with deps.reading(caller) as work:
        return kiosks.public(work, kiosks.seen(work, kiosk_id), deps.frames)


@router.patch("/kiosks/{kiosk_id}")
def change_kiosk(kiosk_id: KioskId, sent: KioskChange, deps: DepsDep, caller: CallerDep) -> KioskPublic:
    """Change a kiosk."""
    with deps.writing(caller) as work:
        return kiosks.public(work, kiosks.change(work, kiosk_id, sent), deps.frames)


@router.delete("/kiosks/{kiosk_id}", status_code=204)
def delete_kiosk(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> None:
    """Delete a kiosk."""
    with deps.writing(caller) as work:
        kiosks.delete(work, kiosk_id)


@router.post("/kiosks/{kiosk_id}/token", status_code=201)
def issue_kiosk_token(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> KioskToken:
    """Give the kiosk's screen a new token, shown this once; the old one ends."""
    with deps.writing(caller) as work:
        return kiosks.issue_token(work, kiosk_id)


@router.delete("/kiosks/{kiosk_id}/token", status_code=204)
def revoke_kiosk_token(kiosk_id: KioskId, deps: DepsDep, caller: CallerDep) -> None:
    """End the kiosk's token."""
    with deps.writing(caller) as work:
        kiosks.revoke_token(work, kiosk_id)
