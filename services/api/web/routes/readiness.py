"""What sittings still lack."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime

from services.api.office import readiness
from services.api.office.readiness import Readiness, WeekReadiness
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("exams and sittings")


@router.get("/readiness")
def list_readiness(
    deps: DepsDep,
    caller: CallerDep,
    starts_at: Annotated[
        AwareDatetime | None, Query(description="The first moment of the seven days. Default: today at 00:00 UTC.")
    ] = None,
) -> WeekReadiness:
    """Return the sittings of seven days with what each of them still lacks, and where that is mended."""
    today = deps.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with deps.reading(caller) as work:
        return readiness.week(work, starts_at or today)


@router.get("/sittings/{sitting_id}/readiness")
def get_sitting_readiness(
    sitting_id: Annotated[int, Path(ge=1, lt=2**31)], deps: DepsDep, caller: CallerDep
) -> Readiness:
    """Return what one sitting still lacks."""
    with deps.reading(caller) as work:
        return readiness.of_sitting(work, sitting_id)
