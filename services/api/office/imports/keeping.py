"""A preview is kept beside its table: what is shown of it, and files of all that it would do and all that is wrong."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.api.jobs import parts
from services.api.office import jobs
from services.api.office.imports.describe import ChangeRow, changes_of
from services.api.office.imports.planned import Plan
from services.api.office.imports.rows import Rows
from services.api.office.imports.there import There
from services.api.office.tables_csv import write_csv
from services.api.office.work import Work
from services.api.problems import RowProblem

PREVIEW = "preview"
_SHOWN = 300


@dataclass(frozen=True)
class Prepared:
    """A table that was read, and what it would do."""

    rows: Rows
    plan: Plan
    there: There


def keep(work: Work, import_id: str, prepared: Prepared) -> None:
    """Keep a preview, in place of the one before."""
    job = jobs.get(work, import_id)
    plan, changes = prepared.plan, list(changes_of(prepared.plan, prepared.there))
    shown = {
        "rows": len(prepared.rows.rows) + len({one.where.split(",")[0] for one in prepared.rows.problems}),
        "counts": plan.counts(),
        "ignored_columns": list(prepared.rows.header.ignored),
        "problems": [one.model_dump() for one in plan.problems[:_SHOWN]],
        "problems_total": len(plan.problems),
        "clashes": [one.model_dump() for one in plan.clashes[:_SHOWN]],
        "clashes_total": len(plan.clashes),
        "changes": [change.model_dump() for change in _first_of_each(changes)],
        "fingerprint": plan.fingerprint(),
    }
    files = {
        "errors.csv": _errors_csv([*plan.problems, *plan.clashes]),
        "changes.csv": write_csv(
            ("tab", "what", "line", "subject", "after", "before"), (tuple(c.model_dump().values()) for c in changes)
        ),
    }
    for name, data in {PREVIEW: json.dumps(shown).encode(), **files}.items():
        parts.write(work.session, work.media, import_id, name, data)
    job.files = [{"name": name, "media_type": "text/csv", "size_bytes": len(data)} for name, data in files.items()]
    job.state, job.finished_at = "done", work.now
    asked = {"apply_job": job.result["apply_job"]} if "apply_job" in job.result else {}  # it says why it was not done
    job.result = {**asked, **plan.counts(), "problems": len(plan.problems), "clashes": len(plan.clashes)}
    work.session.add(job)
    work.session.flush()


def _first_of_each(changes: Sequence[ChangeRow]) -> list[ChangeRow]:
    seen: dict[str, int] = {}
    shown = []
    for change in changes:
        seen[change.tab] = seen.get(change.tab, 0) + 1
        if seen[change.tab] <= _SHOWN:
            shown.append(change)
    return shown


def _errors_csv(wrong: Sequence[RowProblem]) -> bytes:
    return write_csv(("where", "code", "message"), ((one.where, one.code, one.message) for one in wrong))
