"""A long report, made by the worker: read sitting by sitting, written once, kept for as long as jobs keep files."""

from collections.abc import Callable
from typing import Any

from services.api.jobs.run import JobRun
from services.api.office.reports import asking
from services.api.office.reports.shapes import ReportAsk
from services.api.office.reports.writers import MEDIA_TYPES, write
from services.api.office.work import Work
from services.api.words import words_of


def make(run: JobRun) -> dict[str, object]:
    """Make the report that was asked for; made again, it is the same file anew."""
    params = dict(run.params)
    words = words_of(str(params.pop("language", "")))
    wish = ReportAsk(**params)

    def look(at: Callable[[Work], Any]) -> Any:
        with run.reading() as work:
            return at(work)

    document = asking.document(look, wish, words, run.progress)
    data = write(document, wish.format, words, run.tools.clock.now())
    run.leave(asking.file_name(wish), MEDIA_TYPES[wish.format], data)
    run.progress(1, 1)
    return {"tables": len(document.sheets), "rows": sum(len(sheet.rows) for sheet in document.sheets)}
