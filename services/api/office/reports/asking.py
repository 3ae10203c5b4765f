"""A report as it is asked for: made at once where it is short, by a job where it is long."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.api.office import exams, jobs, sittings
from services.api.office.jobs import JobPublic
from services.api.office.reports import facts, making, tables
from services.api.office.reports.facts import SittingFacts
from services.api.office.reports.making import Progress
from services.api.office.reports.shapes import ReportAsk
from services.api.office.reports.tables import Document, last_day
from services.api.office.work import Work
from services.api.problems import unfit
from services.api.words import Words

KIND = "report"
Looking = Callable[[Callable[[Work], Any]], Any]
"""Runs one look at the database in a piece of work of its own."""


def ask(work: Work, wish: ReportAsk, words: Words) -> JobPublic:
    """Ask for a long report.

    Raises:
        Problem: no such sitting or exam, or a span that ends before it begins.
    """
    if wish.sitting_id is not None:
        sittings.get(work, wish.sitting_id)
    if wish.exam_id is not None:
        exams.get(work, wish.exam_id)
    if wish.since is not None and wish.until is not None and wish.since >= wish.until:
        raise unfit("span", "The span of time ends before it begins.", "until")
    return jobs.ask(work, KIND, {**wish.model_dump(mode="json"), "language": words.language})


def find(work: Work) -> list[JobPublic]:
    """Return the reports that were asked for, newest first."""
    return jobs.find(work, KIND)


def document(look: Looking, wish: ReportAsk, words: Words, progress: Progress) -> Document:
    """Make a report, one sitting in each look, so that nothing is held while a hall checks in."""
    if wish.about == "sitting":
        return tables.of_sitting(look(lambda work: making.of_sitting(work, wish.sitting_id or 0)), words)
    ids, title = look(lambda work: _scope(work, wish))

    def read(sitting_id: int) -> SittingFacts:
        found: SittingFacts = look(lambda work: facts.of_sitting(work, sitting_id))
        return found

    if wish.about == "students":
        since, until = _span(wish)
        return tables.of_students(making.of_students(since, until, ids, read, progress), words)
    return tables.of_span(making.span(title, ids, read, progress, wish.since, wish.until), words)


def file_name(wish: ReportAsk) -> str:
    """Return what the report's file is called."""
    number = wish.sitting_id or wish.exam_id
    span = f"{wish.since:%Y-%m-%d}-{last_day(wish.until):%Y-%m-%d}" if wish.since and wish.until else ""
    return f"report-{'-'.join(part for part in (wish.about, str(number or ''), span) if part)}.{wish.format}"


def _scope(work: Work, wish: ReportAsk) -> tuple[list[int], str]:
    if wish.about == "exam":
        exam = exams.get(work, wish.exam_id or 0)
        return facts.sittings_of_exam(work, wish.exam_id or 0), f"{exam.code} · {exam.subject}"
    since, until = _span(wish)
    return facts.sittings_between(work, since, until), f"{since:%Y-%m-%d} – {last_day(until):%Y-%m-%d}"


def _span(wish: ReportAsk) -> tuple[datetime, datetime]:
    assert wish.since is not None and wish.until is not None
    return wish.since, wish.until
