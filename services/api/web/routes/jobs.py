"""Long work of the office: how far it is, and what it made."""

from typing import Annotated

from fastapi import Path, Query, Response

from services.api.office import jobs
from services.api.office.jobs import JobPublic
from services.api.office.reports.writers import MEDIA_TYPES
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("jobs")
JobId = Annotated[str, Path(max_length=64)]


@router.get("/jobs")
def list_jobs(
    deps: DepsDep,
    caller: CallerDep,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[JobPublic]:
    """Return jobs, newest first."""
    with deps.reading(caller) as work:
        return jobs.find(work, kind, limit)


@router.get("/jobs/{job_id}")
def get_job(job_id: JobId, deps: DepsDep, caller: CallerDep) -> JobPublic:
    """Return how far one job is."""
    with deps.reading(caller) as work:
        return jobs.show(work, job_id)


@router.get("/jobs/{job_id}/files/{name}", response_class=Response, responses=file_answer(*MEDIA_TYPES.values()))
def get_job_file(
    job_id: JobId, name: Annotated[str, Path(max_length=128)], deps: DepsDep, caller: CallerDep
) -> Response:
    """Return a file that a job made, until its time is over."""
    with deps.reading(caller) as work:
        file, data = jobs.file_of(work, job_id, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=file.media_type, headers=headers)
