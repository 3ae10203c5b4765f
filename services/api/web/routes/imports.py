"""Imports: a table is sent, what it would change is looked at, and on a word it is done."""

from dataclasses import replace
from typing import Annotated

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from services.api.auth.caller import Caller
from services.api.office import halls, jobs
from services.api.office.imports import example, keeping, previews
from services.api.office.imports.shapes import ImportConfirm, ImportPublic
from services.api.office.imports.wanted import Kind, Options
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("imports")
ImportId = Annotated[str, Path(max_length=64)]
_EXAMPLE = (
    "exam_code,subject,date,start,end,hall,table,student_id,name\n"
    "MATH-201,Analysis II,2026-11-23,09:00,11:00,A,C-14,S0001,Ada Lovelace\n"
)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABLE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The table: CSV (UTF-8; comma, semicolon or tab), cells pasted from a spreadsheet, or XLSX.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
            "text/tab-separated-values": {"schema": {"type": "string"}, "example": _EXAMPLE.replace(",", "\t")},
            _XLSX: {"schema": {"type": "string", "format": "binary", "description": "The first visible sheet."}},
        },
    }
}


@router.post("/imports", status_code=202, openapi_extra=_TABLE_BODY)
async def start_import(
    request: Request,
    deps: DepsDep,
    caller: CallerDep,
    kind: Annotated[Kind, Query(description="`roster`: of one sitting. `timetable`: sittings × halls × students.")],
    sitting_id: Annotated[int | None, Query(ge=1, lt=2**31, description="The sitting of a roster.")] = None,
    whole: Annotated[bool, Query(description="Take off these sittings' rosters who is not in the table.")] = False,
    create_students: Annotated[bool, Query(description="Make students that are not there, with their names.")] = True,
    update: Annotated[
        bool, Query(description="Take names, email addresses and subjects from the table where they differ.")
    ] = False,
    create_halls: Annotated[bool, Query(description="Make halls that are not there.")] = False,
    time_zone: Annotated[
        str, Query(max_length=64, description="Time zone of halls that are made; that of most halls if left out.")
    ] = "",
    file_name: Annotated[str, Query(max_length=200)] = "",
) -> ImportPublic:
    """Preview an import: what it would change, wrong lines, clashes. Nothing is applied before it is confirmed."""
    options = Options(kind, sitting_id, whole, create_students, update, create_halls, time_zone)
    data = await request.body()
    return await run_in_threadpool(begin, deps, caller, data, options, file_name)


@router.get("/imports/example", response_class=Response, responses=file_answer("text/csv"))
def get_import_example(deps: DepsDep, caller: CallerDep, kind: Annotated[Kind, Query()] = "timetable") -> Response:
    """Return a table to begin with: three students, in a hall that there is, at a sitting that begins soon."""
    with deps.reading(caller) as work:
        return Response(example.example(work, kind), media_type="text/csv")


@router.get("/imports/{import_id}")
def get_import(import_id: ImportId, deps: DepsDep, caller: CallerDep) -> ImportPublic:
    """Return an import: its preview, or how far it is."""
    with deps.reading(caller) as work:
        return previews.show(work, import_id)


@router.post("/imports/{import_id}/confirm")
def confirm_import(import_id: ImportId, sent: ImportConfirm, deps: DepsDep, caller: CallerDep) -> ImportPublic:
    """Do what was previewed: all of it, or nothing. 409 where something changed since: there is a new preview then."""
    with deps.writing(caller) as work:
        settled = previews.settle(work, import_id, sent)
    if not settled.applied:
        raise previews.changed_meanwhile()
    with deps.reading(caller) as work:
        if settled.job_id is not None:
            jobs.hand_over(work, settled.job_id)
        return previews.show(work, import_id)


def begin(deps: Deps, caller: Caller, data: bytes, options: Options, file_name: str) -> ImportPublic:
    """Read a table and keep its preview; a large one is handed to a job.

    Raises:
        Problem: it is no table, or has no place to go to.
    """
    large = len(data) > previews.INLINE_BYTES
    with deps.reading(caller) as work:
        options = replace(options, time_zone=options.time_zone or halls.usual_zone(work))
        previews.check(work, options)
        prepared = None if large else previews.prepare(work, previews.read(data, options.kind), options)
    with deps.writing(caller) as work:
        import_id = previews.begin(work, data, options, file_name)
        if prepared is not None:
            keeping.keep(work, import_id, prepared)
    with deps.reading(caller) as work:
        if large:
            jobs.hand_over(work, import_id)
        return previews.show(work, import_id)
