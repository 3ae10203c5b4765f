"""Seats of one hall at one sitting: shown, proposed, set."""

from typing import Annotated

from fastapi import Path

from services.api.office import seats, seats_proposed, seats_set
from services.api.office.seat_shapes import HallSeats, Proposal, SeatsPut, SeatsSummary, SeatsWish
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("seats")
SittingId = Annotated[int, Path(ge=1, lt=2**31)]
HallId = Annotated[str, Path(max_length=64)]


@router.get("/sittings/{sitting_id}/halls/{hall_id}/seats")
def get_hall_seats(sitting_id: SittingId, hall_id: HallId, deps: DepsDep, caller: CallerDep) -> HallSeats:
    """Return a hall's plan, who sits where, and who has no seat."""
    with deps.reading(caller) as work:
        return seats.plan_of(work, sitting_id, hall_id)


@router.post("/sittings/{sitting_id}/halls/{hall_id}/seats/proposal")
def propose_seats(
    sitting_id: SittingId, hall_id: HallId, sent: SeatsWish, deps: DepsDep, caller: CallerDep
) -> Proposal:
    """Give seats out by number, at random or spaced, and say what could not be met. Nothing is changed."""
    with deps.reading(caller) as work:
        return seats_proposed.propose(work, sitting_id, hall_id, sent)


@router.put("/sittings/{sitting_id}/halls/{hall_id}/seats")
def set_seats(sitting_id: SittingId, hall_id: HallId, sent: SeatsPut, deps: DepsDep, caller: CallerDep) -> SeatsSummary:
    """Set places: all of them, or with any wrong or stale one none."""
    with deps.writing(caller) as work:
        return seats_set.put(work, sitting_id, hall_id, sent)
