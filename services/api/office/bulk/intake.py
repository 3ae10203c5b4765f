"""How an archive comes in: asked for with its legal basis, sent piece by piece, judged, handed to a job.

Nothing of it lies open on a disk: each piece is sealed as it arrives.
"""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from services.api.db.tables import Job
from services.api.jobs import parts
from services.api.office import jobs
from services.api.office.bulk import report
from services.api.office.bulk.archive import Limits, contents_of
from services.api.office.bulk.report import ReportRow
from services.api.office.bulk.storing import Named
from services.api.office.imports.rows import Rows, rows_of
from services.api.office.jobs import JobPublic
from services.api.office.table_files import read_lines
from services.api.office.work import Work
from services.api.problems import ProblemBody, RowProblem, conflict, not_found, unfit
from services.api.settings import ApiSection
from shared.errors import Invalid
from shared.keys import KeyRing

KIND = "bulk_enrolment"
ARCHIVE, LIST, REPORT = "archive", "students", "report"
_UPLOAD_LASTS = timedelta(hours=6)


class BulkAsk(BaseModel):
    """What is to come, and on what basis it is kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"basis": "consent", "text_version": "1", "file_name": "photos.zip"}]},
    )

    basis: str = Field(min_length=1, max_length=64, description="One of the setting `enrolment_bases`.")
    text_version: str = Field("", max_length=64, description="Which version of the text; default: the one in force.")
    file_name: str = Field("", max_length=200)
    update: bool = Field(False, description="Take names and email addresses from the list where they differ.")


def ask(work: Work, sent: BulkAsk) -> JobPublic:
    """Open a bulk enrolment; its archive and, where there is one, its list come next.

    Raises:
        Problem: a legal basis that the office does not have.
    """
    if sent.basis not in work.api.enrolment_bases:
        known = ", ".join(work.api.enrolment_bases)
        text = f"There is no legal basis {sent.basis!r} here: take one of {known}."
        raise unfit("unknown_basis", text, "basis", basis=sent.basis, known=known)
    params = {**sent.model_dump(), "text_version": sent.text_version or work.api.consent_text_version}
    asked = jobs.ask(work, KIND, params)
    job = work.session.get_one(Job, asked.id)
    job.state, job.expires_at = "uploading", work.now + _UPLOAD_LASTS
    work.session.add(job)
    work.session.flush()
    return jobs.public(job)


def open_upload(work: Work, job_id: str) -> Job:
    """Return a bulk enrolment whose files may still come.

    Raises:
        Problem: there is none, or it has begun.
    """
    job = work.session.get(Job, job_id)
    if job is None or job.kind != KIND:
        raise not_found("bulk enrolment", job_id, "job_id")
    if job.state != "uploading":
        raise conflict("has_begun", "This bulk enrolment has begun: ask for another one.", "job_id")
    return job


def begin_file(work: Work, job_id: str, name: str) -> None:
    """Make room for a file, in place of one that was sent before.

    Raises:
        Problem: see `open_upload`.
    """
    open_upload(work, job_id)
    parts.remove(work.session, job_id, name)


def put_list(work: Work, job_id: str, data: bytes) -> None:
    """Keep the list of the students.

    Raises:
        Problem: see `open_upload`; or it is no table, or lacks a column.
    """
    open_upload(work, job_id)
    _table(data)
    parts.write(work.session, work.media, job_id, LIST, data)


def judge(engine: Engine, ring: KeyRing, api: ApiSection, job_id: str) -> int:
    """Judge the archive by its table of contents; return how many photos are in it.

    Raises:
        Problem: 422, with the word for what is wrong.
    """
    try:
        file = parts.open_file(engine, ring, job_id, ARCHIVE)
    except Invalid as error:
        raise unfit("no_archive", "Send the archive first.", "archive") from error
    with file:
        found = contents_of(file, limits(api))
    if not found.photos:
        raise unfit("archive_empty", "There is no photo in the archive: S0001.jpg, S0001_2.jpg, S0002.png …", "archive")
    return len(found.photos)


def start(work: Work, job_id: str, photo_count: int) -> JobPublic:
    """Let the job begin; it is handed over after the commit.

    Raises:
        Problem: see `open_upload`.
    """
    job = open_upload(work, job_id)
    job.state, job.total = "queued", photo_count
    job.created_at, job.expires_at = work.now, work.now + timedelta(days=work.api.job_days)
    work.session.add(job)
    work.note(
        "student.photos_import_start", f"job:{job_id}", after={"photos": photo_count, "basis": job.params["basis"]}
    )
    return jobs.public(job)


def refuse(work: Work, job_id: str, why: ProblemBody) -> None:
    """End a bulk enrolment whose archive is not taken, and delete it."""
    job = open_upload(work, job_id)
    job.state, job.error, job.finished_at = "failed", why.message, work.now
    job.result = jobs.kept_problem(why)
    work.session.add(job)
    forget(work, job_id)


def forget(work: Work, job_id: str) -> None:
    """Delete the archive and the list: what is stored of them stands under the students' own keys."""
    for name in (ARCHIVE, LIST):
        parts.remove(work.session, job_id, name)


def report_of(work: Work, job_id: str) -> list[ReportRow]:
    """Return what became of each file.

    Raises:
        Problem: there is no such job, or no report yet, or its time is over.
    """
    job = work.session.get(Job, job_id)
    if job is None or job.kind != KIND:
        raise not_found("bulk enrolment", job_id, "job_id")
    try:
        return report.from_json(parts.read(work.session, work.media, job_id, REPORT))
    except Invalid as error:
        raise not_found("report of bulk enrolment", job_id, "job_id") from error


def list_of(work: Work, job_id: str) -> bytes | None:
    """Return the list that was sent beside the archive, if any."""
    try:
        return parts.read(work.session, work.media, job_id, LIST)
    except Invalid:
        return None


def read_list(data: bytes) -> tuple[dict[str, Named], list[RowProblem]]:
    """Read a list of students: number, name, email; return also its wrong lines.

    Raises:
        Problem: 422, it is no table, or lacks a column.
    """
    read = _table(data)
    return {row.student_id: Named(row.name, row.email or None) for row in read.rows}, list(read.problems)


def limits(api: ApiSection) -> Limits:
    """Return what an archive may be at most."""
    return Limits(api.max_archive_files, api.max_archive_unpacked_bytes)


def _table(data: bytes) -> Rows:
    return rows_of(read_lines(data), "students")
