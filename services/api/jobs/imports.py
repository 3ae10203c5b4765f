"""Large tables: read and planned, and on a word applied, while a web process would be too long at it."""

from services.api.jobs.run import JobRun
from services.api.office.imports import keeping, previews
from services.api.office.imports.shapes import ImportConfirm

_STEPS = 3
Result = dict[str, object]


def preview(run: JobRun) -> Result:
    """Read a table and keep what it would change; run again, it does the same again."""
    options = previews.options_of(run.params)
    run.progress(0, _STEPS)
    rows = previews.read(run.read(previews.TABLE), options.kind)
    run.progress(1, _STEPS)
    with run.reading() as work:
        prepared = previews.prepare(work, rows, options)
    run.progress(2, _STEPS)
    with run.writing() as work:
        keeping.keep(work, run.job_id, prepared)
    run.progress(_STEPS, _STEPS)
    counts: Result = dict(prepared.plan.counts())
    return {**counts, "problems": len(prepared.plan.problems), "clashes": len(prepared.plan.clashes)}


def apply(run: JobRun) -> Result:
    """Apply an import that was confirmed; run again after a crash, it finds that it is applied."""
    import_id = str(run.params["import_id"])
    sent = ImportConfirm(fingerprint=str(run.params["fingerprint"]), accept_clashes=bool(run.params["accept_clashes"]))
    run.progress(0, 2)
    with run.reading() as work:
        rows = previews.table_of(work, import_id)
    run.progress(1, 2)
    with run.writing() as work:
        applied = previews.confirm(work, import_id, sent, rows)
    if not applied:
        raise previews.changed_meanwhile()
    run.progress(2, 2)
    return {"import_id": import_id}
