"""Pairs of students that the face alone can't tell apart."""

from typing import Annotated

from fastapi import Path, Query

from services.api.office import look_alikes
from services.api.office.look_alikes import LookAlikesJudged, LookAlikesPublic, State
from services.api.office.paging import Limit
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("look-alikes")


@router.get("/look-alikes")
def list_look_alikes(
    deps: DepsDep,
    caller: CallerDep,
    state: State | None = None,
    student_id: Annotated[str | None, Query(max_length=64)] = None,
    sitting_id: Annotated[int | None, Query(ge=1, lt=2**31, description="Both of the pair are on its roster.")] = None,
    limit: Limit = 200,
) -> list[LookAlikesPublic]:
    """Return pairs, those that meet soonest first. Those that nobody has judged keep both from being admitted by the machine."""
    with deps.reading(caller) as work:
        return look_alikes.find(work, state, student_id, sitting_id, limit)


@router.put("/look-alikes/{pair_id}")
def judge_look_alikes(
    pair_id: Annotated[int, Path(ge=1, lt=2**31)], sent: LookAlikesJudged, deps: DepsDep, caller: CallerDep
) -> LookAlikesPublic:
    """Say of a pair that they are twins (always number and ID), or that they are no look-alikes; with a reason."""
    with deps.writing(caller) as work:
        return look_alikes.judge(work, pair_id, sent)
