"""A sitting while people arrive: delayed, moved, called off; and who watches over it."""

from typing import Annotated

from fastapi import Path

from services.api.office import assignments, hall_moves, sitting_moves
from services.api.office.assignments import Clash, Invigilator, Watcher
from services.api.office.hall_moves import HallMoving, Moved
from services.api.office.sitting_moves import CallingOff, Delay
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.sittings import get
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("exams and sittings")
Id = Annotated[int, Path(ge=1, lt=2**31)]
HallId = Annotated[str, Path(max_length=64)]


@router.post("/sittings/{sitting_id}/delay")
def delay_sitting(sitting_id: Id, sent: Delay, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Shift all of a sitting's times; lateness is derived anew."""
    with deps.writing(caller) as work:
        return sitting_moves.delay(work, sitting_id, sent)


@router.post("/sittings/{sitting_id}/move")
def move_sitting(sitting_id: Id, sent: HallMoving, deps: DepsDep, caller: CallerDep) -> Moved:
    """Move everybody of one hall to another; the old hall's doors send people there."""
    with deps.writing(caller) as work:
        return hall_moves.move(work, sitting_id, sent)


@router.post("/sittings/{sitting_id}/cancel")
def cancel_sitting(sitting_id: Id, sent: CallingOff, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Call a sitting off; what has happened stays in the record."""
    with deps.writing(caller) as work:
        return sitting_moves.cancel(work, sitting_id, sent)


@router.post("/sittings/{sitting_id}/reinstate")
def reinstate_sitting(sitting_id: Id, sent: CallingOff, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Let a sitting that was called off take place after all."""
    with deps.writing(caller) as work:
        return sitting_moves.reinstate(work, sitting_id, sent)


@router.get("/invigilators")
def list_available_invigilators(deps: DepsDep, caller: CallerDep) -> list[Invigilator]:
    """Return everybody who can be assigned to a sitting."""
    with deps.reading(caller) as work:
        return assignments.available(work)


@router.get("/sittings/{sitting_id}/invigilators")
def list_invigilators(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> list[Watcher]:
    """Return who watches over a sitting, and over which of its halls."""
    with deps.reading(caller) as work:
        return assignments.every(work, sitting_id)


@router.get("/sittings/{sitting_id}/invigilators/clashes")
def list_invigilator_clashes(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> list[Clash]:
    """Return who would have to be in another hall at the same time."""
    with deps.reading(caller) as work:
        return assignments.clashes(work, get(work, sitting_id))


@router.put("/sittings/{sitting_id}/halls/{hall_id}/invigilators/{user_id}")
def assign_hall_invigilator(
    sitting_id: Id, hall_id: HallId, user_id: Id, deps: DepsDep, caller: CallerDep
) -> SittingPublic:
    """Let an invigilator watch over one hall of the sitting."""
    with deps.writing(caller) as work:
        return assignments.assign(work, sitting_id, user_id, hall_id)


@router.delete("/sittings/{sitting_id}/halls/{hall_id}/invigilators/{user_id}", status_code=204)
def unassign_hall_invigilator(sitting_id: Id, hall_id: HallId, user_id: Id, deps: DepsDep, caller: CallerDep) -> None:
    """Take an invigilator off one hall of the sitting."""
    with deps.writing(caller) as work:
        assignments.unassign(work, sitting_id, user_id, hall_id)
