"""Bulk enrolment: an archive of photos and a list of students, in; a job to follow and its report, out."""

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.concurrency import run_in_threadpool

from services.api.auth.caller import Caller
from services.api.jobs import parts
from services.api.office import jobs
from services.api.office.bulk import intake
from services.api.office.bulk.intake import BulkAsk
from services.api.office.bulk.report import ReportRow
from services.api.office.jobs import JobPublic
from services.api.problems import Problem
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import router as make_router

router = make_router("students")
JobId = Annotated[str, Path(max_length=64)]
_ZIP = {
    "requestBody": {
        "required": True,
        "description": "A ZIP of photos, each named after its student: `S0001.jpg`, `S0001_2.jpg`, `2026/S0002.png`.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_CSV = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "student_id,name,email\nS0001,Ada Lovelace,ada@example.org\n",
            }
        },
    }
}


@router.post("/enrolment-imports", status_code=201)
def ask_bulk_enrolment(sent: BulkAsk, deps: DepsDep, caller: CallerDep) -> JobPublic:
    """Open a bulk enrolment, stating its legal basis. Then PUT the archive and, where there is one, the list; start it."""
    with deps.writing(caller) as work:
        return intake.ask(work, sent)


@router.put("/enrolment-imports/{job_id}/students", openapi_extra=_CSV)
async def put_bulk_students(job_id: JobId, request: Request, deps: DepsDep, caller: CallerDep) -> JobPublic:
    """Send the list of students (CSV, XLSX): who is not there yet is made."""
    data = await request.body()

    def keep() -> JobPublic:
        with deps.writing(caller) as work:
            intake.put_list(work, job_id, data)
            return jobs.show(work, job_id)

    return await run_in_threadpool(keep)


@router.put("/enrolment-imports/{job_id}/archive", openapi_extra=_ZIP)
async def put_bulk_archive(job_id: JobId, request: Request, deps: DepsDep, caller: CallerDep) -> JobPublic:
    """Send the archive: a ZIP of `STUDENT_ID.jpg`, `STUDENT_ID_2.jpg` and so on, in folders or not."""
    await run_in_threadpool(_begin, deps, caller, job_id)
    waiting, number = bytearray(), 0
    async for chunk in request.stream():
        waiting += chunk
        while len(waiting) >= parts.PIECE_BYTES:
            piece = bytes(waiting[: parts.PIECE_BYTES])
            del waiting[: parts.PIECE_BYTES]
            await run_in_threadpool(_keep, deps, caller, job_id, number, piece)
            number += 1
    if waiting:
        await run_in_threadpool(_keep, deps, caller, job_id, number, bytes(waiting))
    with deps.reading(caller) as work:
        return jobs.show(work, job_id)


@router.post("/enrolment-imports/{job_id}/start", status_code=202)
def start_bulk_enrolment(job_id: JobId, deps: DepsDep, caller: CallerDep) -> JobPublic:
    """Judge the archive, and let the job begin; follow it at `/jobs/{job_id}`. A bad archive is deleted at once."""
    with deps.reading(caller) as work:
        intake.open_upload(work, job_id)
    try:
        count = intake.judge(deps.engine, deps.media, deps.settings.api, job_id)
    except Problem as problem:
        with deps.writing(caller) as work:
            intake.refuse(work, job_id, problem.body)
        raise
    with deps.writing(caller) as work:
        started = intake.start(work, job_id, count)
    with deps.reading(caller) as work:
        jobs.hand_over(work, job_id)
    return started


@router.get("/enrolment-imports/{job_id}/report")
def get_bulk_report(
    job_id: JobId,
    deps: DepsDep,
    caller: CallerDep,
    result: Annotated[str | None, Query(max_length=64, description="Only files with this result.")] = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 1_000,
) -> list[ReportRow]:
    """Return what became of each file, once the job has ended. All of it is in the job's `report.csv`."""
    with deps.reading(caller) as work:
        rows = intake.report_of(work, job_id)
    return [row for row in rows if result is None or row.result == result][:limit]


def _begin(deps: Deps, caller: Caller, job_id: str) -> None:
    with deps.writing(caller) as work:
        intake.begin_file(work, job_id, intake.ARCHIVE)


def _keep(deps: Deps, caller: Caller, job_id: str, number: int, piece: bytes) -> None:
    with deps.writing(caller) as work:
        parts.write_piece(work.session, work.media, job_id, intake.ARCHIVE, number, piece)
