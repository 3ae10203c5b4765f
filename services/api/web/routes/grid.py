"""The master grid: rows in pages, totals, one save for everything, CSV."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from services.api.office.grid import export, marking, rows, saving
from services.api.office.grid import totals as grid_totals
from services.api.office.grid.marking import GridMark, GridMarked
from services.api.office.grid.shapes import GridFilter, GridPage, GridSave, GridSaved, GridTotals, GridView
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("grid")


@router.get("/grid/rows")
def list_grid_rows(view: Annotated[GridView, Query()], deps: DepsDep, caller: CallerDep) -> GridPage:
    """Return a row per student and sitting, and one for each student at none: some of them, and how many there are.

    The order is stable: rows with equal values stand by student number.
    """
    with deps.reading(caller) as work:
        return rows.page(work, view)


@router.get("/grid/totals")
def get_grid_totals(wanted: Annotated[GridFilter, Query()], deps: DepsDep, caller: CallerDep) -> GridTotals:
    """Count what is filtered: rows, students, and how they stand."""
    with deps.reading(caller) as work:
        return grid_totals.totals(work, wanted)


@router.post("/grid/save")
def save_grid(sent: GridSave, deps: DepsDep, caller: CallerDep) -> GridSaved:
    """Save everything that was edited: all of it, or with any bad cell nothing.

    `problems` names each bad cell as `KEY, COLUMN`. A cell that somebody else changed meanwhile is not overwritten:
    the answer is 409, with what it holds now in `values.now`. How a student stands is never edited here.
    """
    with deps.writing(caller) as work:
        return saving.save(work, sent)


@router.post("/grid/mark")
def mark_grid_rows(sent: GridMark, deps: DepsDep, caller: CallerDep) -> GridMarked:
    """Mark several rows by hand: each a decision with this reason, all of them or none."""
    with deps.writing(caller) as work:
        return marking.mark(work, sent)


@router.get("/grid/csv", response_class=StreamingResponse, responses=file_answer("text/csv"))
def export_grid_csv(wanted: Annotated[GridFilter, Query()], deps: DepsDep, caller: CallerDep) -> StreamingResponse:
    """Return what is filtered as a CSV that Excel opens right, and in which no cell is a formula."""

    def pieces() -> Iterator[bytes]:
        with deps.reading(caller) as work:
            yield from export.csv_of(work, wanted)

    headers = {"Content-Disposition": 'attachment; filename="attendance.csv"'}
    return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8", headers=headers)
