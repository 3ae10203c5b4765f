"""Reports: of a sitting, an exam, a student at once; long ones by a job."""

from typing import Annotated

from fastapi import Path, Query, Response

from services.api.office import jobs
from services.api.office.jobs import JobPublic
from services.api.office.reports import asking, making, tables
from services.api.office.reports.shapes import Format, ReportAsk, SittingReport, SpanReport, StudentReport
from services.api.office.reports.tables import Document
from services.api.office.reports.writers import MEDIA_TYPES, write
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.language import WordsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router
from services.api.words import Words

router = make_router("reports")
Id = Annotated[int, Path(ge=1, lt=2**31)]
Wanted = Annotated[Format, Query(description="The file's kind.")]
_FILE = file_answer(*MEDIA_TYPES.values())


@router.get("/reports/sittings/{sitting_id}")
def report_sitting(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> SittingReport:
    """Return a sitting's report: attendance, lateness, decisions, cases, doors, waiting, arrivals."""
    with deps.reading(caller) as work:
        return making.of_sitting(work, sitting_id)


@router.get("/reports/sittings/{sitting_id}/file", response_class=Response, responses=_FILE)
def report_sitting_file(
    sitting_id: Id,
    deps: DepsDep,
    caller: CallerDep,
    words: WordsDep,
    format: Wanted = "csv",  # noqa: A002 - the query's own word
) -> Response:
    """Return a sitting's report as a file."""
    with deps.reading(caller) as work:
        document = tables.of_sitting(making.of_sitting(work, sitting_id), words)
    return _file(document, format, words, deps, f"report-sitting-{sitting_id}")


@router.get("/reports/exams/{exam_id}")
def report_exam(exam_id: Id, deps: DepsDep, caller: CallerDep) -> SpanReport:
    """Return an exam's report: each of its sittings, and all together."""
    with deps.reading(caller) as work:
        return making.of_exam(work, exam_id)


@router.get("/reports/students/{student_id}")
def report_student(student_id: Annotated[str, Path(max_length=64)], deps: DepsDep, caller: CallerDep) -> StudentReport:
    """Return a student's report: every sitting, by time."""
    with deps.reading(caller) as work:
        return making.of_student(work, student_id)


@router.get("/reports/students/{student_id}/file", response_class=Response, responses=_FILE)
def report_student_file(
    student_id: Annotated[str, Path(max_length=64)],
    deps: DepsDep,
    caller: CallerDep,
    words: WordsDep,
    format: Wanted = "csv",  # noqa: A002 - the query's own word
) -> Response:
    """Return a student's report as a file."""
    with deps.reading(caller) as work:
        report = making.of_student(work, student_id)
    return _file(tables.of_student(report, words), format, words, deps, f"report-student-{report.student_id}")


@router.post("/reports", status_code=202)
def ask_report(sent: ReportAsk, deps: DepsDep, caller: CallerDep, words: WordsDep) -> JobPublic:
    """Ask for a report of a sitting, an exam, a term or all students; follow the job, then fetch its file."""
    with deps.writing(caller) as work:
        job = asking.ask(work, sent, words)
    with deps.reading(caller) as work:
        jobs.hand_over(work, job.id)
    return job


def _file(document: Document, wanted: Format, words: Words, deps: Deps, name: str) -> Response:
    data = write(document, wanted, words, deps.clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
    return Response(data, media_type=MEDIA_TYPES[wanted], headers=headers)
