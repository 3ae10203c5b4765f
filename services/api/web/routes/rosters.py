"""Rosters: read, replaced, patched, imported, exported."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from services.api.office import attendance, rosters, tables_csv
from services.api.office.attendance import RosterStatus, StudentStatus
from services.api.office.rosters import RosterPut, RosterSummary
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("rosters")
SittingId = Annotated[int, Path(ge=1, lt=2**31)]
_CSV_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "student_id,name,hall,table_number\nS0001,Ada Lovelace,A,C-14\n",
            }
        },
    }
}
_HEADER = ("student_id", "name", "hall", "table_number", "status", "kiosk", "at", "note")


@router.get("/sittings/{sitting_id}/roster")
def get_roster(sitting_id: SittingId, deps: DepsDep, caller: CallerDep) -> list[RosterStatus]:
    """Return the roster: places, names, and how each student stands."""
    with deps.reading(caller) as work:
        return attendance.roster(work, sitting_id)


@router.put("/sittings/{sitting_id}/roster")
def replace_roster(sitting_id: SittingId, sent: RosterPut, deps: DepsDep, caller: CallerDep) -> RosterSummary:
    """Make the roster exactly these rows: all of it, or with any wrong row nothing."""
    with deps.writing(caller) as work:
        return rosters.replace(work, sitting_id, sent)


@router.patch("/sittings/{sitting_id}/roster")
def patch_roster(sitting_id: SittingId, sent: RosterPut, deps: DepsDep, caller: CallerDep) -> RosterSummary:
    """Add or change rows, and take students off: all of it, or with any wrong row nothing."""
    with deps.writing(caller) as work:
        return rosters.patch(work, sitting_id, sent)


@router.post("/sittings/{sitting_id}/roster/csv", openapi_extra=_CSV_BODY)
async def import_roster_csv(
    sitting_id: SittingId,
    request: Request,
    deps: DepsDep,
    caller: CallerDep,
    whole: Annotated[bool, Query(description="Take off who is not in the file.")] = False,
    create_students: Annotated[
        bool, Query(description="Make the students that are not there yet, with their names.")
    ] = False,
    dry_run: Annotated[bool, Query(description="Say what would change, and change nothing.")] = False,
) -> RosterSummary:
    """Import a CSV (UTF-8; comma, semicolon or tab). The same file twice changes nothing."""
    data = await request.body()

    def run() -> RosterSummary:
        placed = tables_csv.read_roster(data)
        if not dry_run:
            with deps.writing(caller) as work:
                return rosters.apply(work, sitting_id, placed, create_students, whole=whole)
        try:
            with deps.writing(caller) as work:
                raise _Previewed(rosters.apply(work, sitting_id, placed, create_students, whole=whole))
        except _Previewed as preview:
            return preview.summary

    return await run_in_threadpool(run)


@router.get("/sittings/{sitting_id}/roster/csv", response_class=Response, responses=file_answer("text/csv"))
def export_roster_csv(sitting_id: SittingId, deps: DepsDep, caller: CallerDep) -> Response:
    """Return the roster as a CSV that Excel opens right, and in which no cell is a formula."""
    with deps.reading(caller) as work:
        rows = attendance.roster(work, sitting_id)
    cells = [
        (
            row.student_id,
            row.name,
            row.hall,
            row.table,
            row.status,
            row.kiosk,
            row.at.isoformat() if row.at else "",
            row.note,
        )
        for row in rows
    ]
    headers = {"Content-Disposition": f'attachment; filename="roster-{sitting_id}.csv"'}
    return Response(tables_csv.write_csv(_HEADER, cells), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/sittings/{sitting_id}/status")
def roster_status(sitting_id: SittingId, deps: DepsDep, caller: CallerDep) -> list[StudentStatus]:
    """Return only how each student stands, without names: for machines."""
    with deps.reading(caller) as work:
        return [StudentStatus(**row.model_dump()) for row in attendance.roster(work, sitting_id)]


class _Previewed(Exception):  # noqa: N818 - leaves the transaction on purpose, so that it is rolled back
    def __init__(self, summary: RosterSummary) -> None:
        super().__init__()
        self.summary = summary
