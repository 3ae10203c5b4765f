"""Cases across all sittings."""

from typing import Annotated

from fastapi import Query

from services.api.office import review_log
from services.api.office.paging import Limit, Page
from services.api.office.review_log import ReviewFilter, ReviewLine, State
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("decisions")
Text = Annotated[str | None, Query(max_length=64)]


@router.get("/review-log")
def list_review_log(
    deps: DepsDep,
    caller: CallerDep,
    state: State | None = None,
    sitting_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    hall: Text = None,
    verdict: Annotated[str | None, Query(max_length=64, description="The reason: what the door found.")] = None,
    student_id: Text = None,
    after: Annotated[int | None, Query(ge=1, lt=2**31, description="The last id of the page before.")] = None,
    limit: Limit = 100,
) -> Page[ReviewLine]:
    """Return cases across all sittings, the newest first; an invigilator's own."""
    wanted = ReviewFilter(state=state, sitting_id=sitting_id, hall=hall, verdict=verdict, student_id=student_id)
    with deps.reading(caller) as work:
        return review_log.find(work, wanted, after=after, limit=limit)
