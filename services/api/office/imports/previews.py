"""An import from its table to its confirmation. What is confirmed is what was shown, or the new preview is shown instead.

A preview is a job: its table and what it would do lie sealed beside it, and go when its time is over.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.api.db.tables import Job
from services.api.jobs import parts
from services.api.office import jobs, sittings
from services.api.office.imports.apply import apply
from services.api.office.imports.keeping import PREVIEW, Prepared, keep
from services.api.office.imports.plan import plan_of
from services.api.office.imports.rows import Rows, rows_of
from services.api.office.imports.shapes import ImportConfirm, ImportPublic, State
from services.api.office.imports.there import halls_there, hold_lines, look
from services.api.office.imports.wanted import Kind, Options, gather
from services.api.office.table_files import read_lines
from services.api.office.work import Work
from services.api.problems import Problem, conflict, not_found, unfit
from shared.errors import Invalid

KIND, APPLY_KIND = "import", "import_apply"
TABLE = "table"
KEPT = timedelta(days=1)
INLINE_BYTES = 200_000
"""A larger table is read by a job, and confirmed by one."""


@dataclass(frozen=True)
class Settled:
    """What became of a confirmation."""

    applied: bool
    """False: what is there has changed, and there is a new preview to look at."""
    job_id: str | None = None
    """The job that does it, for a large one."""


def check(work: Work, options: Options) -> None:
    """See that the import has a place to go to.

    Raises:
        Problem: a roster without a sitting, an unknown or sealed one, an unknown time zone.
    """
    if options.kind == "roster":
        if options.sitting_id is None:
            raise unfit("no_sitting", "A roster is imported into one sitting: say which.", "sitting_id")
        sittings.check_not_sealed(sittings.get(work, options.sitting_id))
    try:
        ZoneInfo(options.time_zone)
    except (ValueError, OSError, KeyError) as error:
        raise unfit("no_time_zone", f"There is no time zone {options.time_zone!r}.", "time_zone") from error


def read(data: bytes, kind: Kind) -> Rows:
    """Read a table.

    Raises:
        Problem: 422, it is none, or lacks a column.
    """
    return rows_of(read_lines(data), kind)


def prepare(work: Work, rows: Rows, options: Options, *, hold: bool = False) -> Prepared:
    """Plan what a table would do to what is there now; `hold` it until the commit, to do just that.

    Raises:
        Problem: see `check`.
    """
    check(work, options)
    halls = halls_there(work)
    wanted, wrong = gather(rows.rows, options, {hall.id: hall.time_zone for hall in halls.values()})
    there = look(work, wanted, options, halls, hold=hold)
    return Prepared(rows, plan_of(wanted, there, options, rows.header.fields, [*rows.problems, *wrong]), there)


def begin(work: Work, data: bytes, options: Options, file_name: str) -> str:
    """Keep a table for a preview; return the import's id."""
    params = {"options": asdict(options), "file_name": file_name[:200], "large": len(data) > INLINE_BYTES}
    job = jobs.ask(work, KIND, params, files={TABLE: data})
    row = work.session.get_one(Job, job.id)
    row.expires_at = work.now + KEPT
    work.session.add(row)
    work.session.flush()
    return job.id


def show(work: Work, import_id: str) -> ImportPublic:
    """Return an import.

    Raises:
        Problem: there is none.
    """
    job, options = _import(work, import_id)
    apply_job = work.session.get(Job, str(job.result.get("apply_job", "")))
    state = _state(job, apply_job)
    shown: dict[str, Any] = {}
    if state in ("ready", "applying", "applied"):
        try:
            shown = json.loads(parts.read(work.session, work.media, import_id, PREVIEW))
        except Invalid:
            state = "expired"
    failed = apply_job if apply_job and apply_job.error else job
    return ImportPublic(
        id=import_id,
        kind=options.kind,
        state=state,
        sitting_id=options.sitting_id,
        file_name=str(job.params.get("file_name", "")),
        job_id=apply_job.id if apply_job else import_id,
        created_at=job.created_at,
        expires_at=job.expires_at,
        error=failed.error,
        problem=jobs.problem_of(failed),
        **shown,
    )


def table_of(work: Work, import_id: str) -> Rows:
    """Read an import's table again.

    Raises:
        Problem: there is no such import, or its time is over.
    """
    _, options = _import(work, import_id)
    try:
        return read(parts.read(work.session, work.media, import_id, TABLE), options.kind)
    except Invalid as error:
        raise conflict("expired", "The preview's time is over: send the table again.", "import_id") from error


def confirm(work: Work, import_id: str, sent: ImportConfirm, rows: Rows) -> bool:
    """Do exactly what was shown, once; or keep the new preview, where what is there has changed, and return False.

    Raises:
        Problem: it has problems, or clashes that nobody accepted.
    """
    job, options = _import(work, import_id)
    work.session.exec(select(Job.id).where(Job.id == import_id).with_for_update()).one()
    work.session.refresh(job)
    if "applied_at" in job.result:
        return True
    prepared = prepare(work, rows, options, hold=True)
    while not _hold(work, prepared):  # somebody came in, or was given another seat, since the rosters were read
        prepared = prepare(work, rows, options, hold=True)
    if prepared.plan.fingerprint() != sent.fingerprint:
        keep(work, import_id, prepared)
        return False
    _refuse(bool(prepared.plan.problems), bool(prepared.plan.clashes) and not sent.accept_clashes)
    if prepared.plan.changes:
        apply(work, prepared.plan, prepared.there, options, import_id)
    job.result = {**job.result, "applied_at": work.now.isoformat()}
    work.session.add(job)
    return True


def settle(work: Work, import_id: str, sent: ImportConfirm) -> Settled:
    """Confirm an import; a large one by a job, which the caller hands over after the commit.

    Raises:
        Problem: see `confirm`.
    """
    if jobs.get(work, import_id).params.get("large"):
        return Settled(True, ask_to_confirm(work, import_id, sent))
    return Settled(confirm(work, import_id, sent, table_of(work, import_id)))


def ask_to_confirm(work: Work, import_id: str, sent: ImportConfirm) -> str:
    """Let a job confirm a large import; return the job's id.

    Raises:
        Problem: the preview that is shown says already that it can't be.
    """
    job, _ = _import(work, import_id)
    _refuse(bool(job.result.get("problems")), bool(job.result.get("clashes")) and not sent.accept_clashes)
    asked = jobs.ask(work, APPLY_KIND, {"import_id": import_id, **sent.model_dump()})
    job.result = {**job.result, "apply_job": asked.id}
    work.session.add(job)
    return asked.id


def options_of(params: dict[str, Any]) -> Options:
    """Return the options that a job carries."""
    return Options(**params["options"])


def changed_meanwhile() -> Problem:
    """409: what is there changed since the preview."""
    text = "Something changed since the preview: look at the new one, then confirm that."
    return conflict("preview_changed", text, "fingerprint")


def _hold(work: Work, prepared: Prepared) -> bool:
    """Hold what an import changes or takes off; tell whether it is as it was read."""
    plan = prepared.plan
    ids = [sitting.id for sitting in plan.sittings]
    written = [(ids[entry.sitting], entry.student_id) for entry in plan.entries if entry.what != "unchanged"]
    lines = [(sitting_id, student_id) for sitting_id, student_id in written if sitting_id is not None]
    return hold_lines(work, prepared.there, [one.id for one in plan.students if one.what == "changed"], lines)


def _refuse(problems: bool, clashes: bool) -> None:
    if problems:
        raise unfit("import_has_problems", "Lines are wrong: mend the table and send it again.", "fingerprint")
    if clashes:
        raise conflict("import_has_clashes", "There are clashes: accept them, or mend the table.", "accept_clashes")


def _import(work: Work, import_id: str) -> tuple[Job, Options]:
    job = work.session.get(Job, import_id)
    if job is None or job.kind != KIND:
        raise not_found("import", import_id, "import_id")
    return job, options_of(cast(dict[str, Any], job.params))


def _state(job: Job, apply_job: Job | None) -> State:
    if "applied_at" in job.result:
        return "applied"
    if job.state == "failed":
        return "failed"
    if job.state != "done":
        return "reading"
    return "applying" if apply_job is not None and apply_job.state in ("queued", "running") else "ready"
