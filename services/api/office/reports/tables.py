"""Reports as tables with words in them: what a CSV, a workbook and a PDF are written from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.api.office.reports.bars import Bars, by_the_clock, since_opening
from services.api.office.reports.shapes import (
    Figures,
    SittingHead,
    SittingReport,
    SpanReport,
    StudentLine,
    StudentReport,
    StudentsReport,
)
from services.api.words import Words

Cell = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """One table."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shares: Sequence[float] = ()
    """How wide the columns are on paper, against each other."""


@dataclass(frozen=True)
class Document:
    """One report."""

    title: str
    about: str
    facts: Sequence[tuple[str, Cell]]
    sheets: Sequence[Sheet]
    zone: str = "UTC"
    arrivals: Bars = field(default_factory=Bars)
    warning: str = ""


def of_sitting(report: SittingReport, words: Words) -> Document:
    """Return a sitting's report."""
    students = Sheet(
        words.say("report.students"),
        _titles(words, *_STUDENT),
        [_student(line, report.head.zone, words) for line in report.students],
        (1.1, 2.6, 0.7, 0.8, 1, 0.9, 0.8, 1.2, 0.8, 0.7),
    )
    return Document(
        title=words.say("report.sitting"),
        about=in_words(report.head, words),
        facts=figures_facts(report.figures, words),
        sheets=[*_figure_sheets(report.figures, words), students],
        zone=report.head.zone,
        arrivals=by_the_clock(report.arrivals, report.head.zone, words),
        warning=words.say("report.policy_off") if report.head.policy == "off" else "",
    )


def of_span(report: SpanReport, words: Words) -> Document:
    """Return the report of several sittings."""
    rows: list[Sequence[Cell]] = []
    for one in report.sittings:
        totals, waiting = one.figures.totals, one.figures.waiting
        when = _day(one.head.starts_at, one.head.zone, words), _clock(one.head.starts_at, one.head.zone)
        counts = totals.on_roster, totals.present, totals.late, totals.absent, totals.out
        rest = one.figures.overrides.count, waiting.cases, one.figures.minutes_to_last, waiting.p95_s
        rows.append((one.head.exam_code, *when, ", ".join(one.head.halls), *counts, *rest))
    columns = _titles(
        words,
        *("exam", "date", "time", "halls", "on_roster", "present", "late", "absent", "out", "overrides", "cases"),
        *("minutes_to_last", "p95_s"),
    )
    off = [one.head.exam_code for one in report.sittings if one.head.policy == "off"]
    return Document(
        title=words.say("report.span"),
        about=report.title,
        facts=figures_facts(report.figures, words),
        sheets=[
            Sheet(words.say("report.sittings"), columns, rows, (1.3, 1.6, 0.8, 1, *[0.8] * 9)),
            *_figure_sheets(report.figures, words),
        ],
        zone=report.sittings[0].head.zone if report.sittings else "UTC",
        arrivals=since_opening(report.arrivals, words),
        warning=f"{words.say('report.policy_off')} ({', '.join(sorted(set(off)))})" if off else "",
    )


def of_student(report: StudentReport, words: Words) -> Document:
    """Return a student's report."""
    totals = report.totals
    rows: list[Sequence[Cell]] = []
    for one in report.sittings:
        line, head = one.line, one.head
        when = _day(head.starts_at, head.zone, words), _clock(head.starts_at, head.zone)
        came = words.say(f"status.{line.status}"), _clock(line.admitted_at, head.zone), line.minutes_late, line.door
        rows.append(
            (head.exam_code, *when, line.hall, line.table, *came, line.overrides, line.cases, one.refused_first)
        )
    columns = _titles(
        words,
        *("exam", "date", "time", "hall", "table", "status", "admitted", "minutes_late", "door", "overrides", "cases"),
        "refused_first",
    )
    percent = "–" if report.attendance_percent is None else f"{report.attendance_percent} %"
    return Document(
        title=words.say("report.student"),
        about=f"{report.student_id} {report.name}",
        facts=[
            (words.say("report.column.sittings"), totals.on_roster),
            (words.say("report.attendance"), percent),
            *((words.say(f"report.column.{name}"), getattr(totals, name)) for name in _STATUSES),
        ],
        sheets=[Sheet(words.say("report.sittings"), columns, rows, (1.3, 1.5, *[0.9] * 10))],
        zone=report.sittings[0].head.zone if report.sittings else "UTC",
    )


def of_students(report: StudentsReport, words: Words) -> Document:
    """Return the report of all students of a span of time."""
    rows: list[Sequence[Cell]] = [
        (
            one.student_id,
            one.name,
            one.totals.on_roster,
            *(getattr(one.totals, name) for name in _STATUSES),
            one.minutes_late,
            one.overrides,
            one.cases,
        )
        for one in report.students
    ]
    columns = _titles(words, "number", "name", "sittings", *_STATUSES, "minutes_late", "overrides", "cases")
    return Document(
        title=words.say("report.all_students"),
        about=f"{report.since:%Y-%m-%d} – {last_day(report.until):%Y-%m-%d}",
        facts=[
            (words.say("report.students"), len(report.students)),
            *((words.say(f"report.column.{name}"), getattr(report.totals, name)) for name in _STATUSES),
        ],
        sheets=[Sheet(words.say("report.students"), columns, rows, (1.1, 2.6, *[0.8] * 8))],
    )


def figures_facts(figures: Figures, words: Words) -> list[tuple[str, Cell]]:
    """Return the figures that are one number each, with their words."""
    totals, late, waiting = figures.totals, figures.lateness, figures.waiting
    percent = None if figures.attendance_percent is None else f"{figures.attendance_percent} %"
    return [
        (words.say("report.column.on_roster"), totals.on_roster),
        (words.say("report.attendance"), percent),
        *((words.say(f"report.column.{name}"), getattr(totals, name)) for name in _STATUSES),
        (words.say("report.late_median"), late.median_min),
        (words.say("report.late_most"), late.most_min),
        (words.say("report.column.minutes_to_last"), figures.minutes_to_last),
        (words.say("report.column.overrides"), figures.overrides.count),
        (words.say("report.taken_back"), figures.overrides.taken_back),
        (words.say("report.column.cases"), waiting.cases),
        (words.say("report.wait_median"), waiting.median_s),
        (words.say("report.wait_p95"), waiting.p95_s),
        (words.say("report.wait_longest"), waiting.longest_s),
    ]


def arrivals_sheet(bars: Bars, words: Words) -> Sheet:
    """Return the bars as a table, for files that have no drawing."""
    rows = list(zip(bars.labels, bars.punctual, bars.late, strict=True))
    return Sheet(bars.title, _titles(words, "minute", "punctual", "late"), rows)


def last_day(until: datetime) -> datetime:
    """Return the last moment of a span whose end is not in it any more."""
    return until - timedelta(microseconds=1)


def in_words(head: SittingHead, words: Words) -> str:
    """Return how a sitting is called: exam, halls, day, time."""
    times = f"{_clock(head.starts_at, head.zone)}–{_clock(head.ends_at, head.zone)}"
    return f"{head.exam_code} · {head.subject} · {', '.join(head.halls)} · {_day(head.starts_at, head.zone, words)}, {times}"


def reason(verdict: str, detail: str, words: Words) -> str:
    """Return why there was a case."""
    said = words.say(f"review.verdict.{verdict}")
    return f"{said}: {because(detail, words)}" if detail else said


def because(detail: str, words: Words) -> str:
    """Return the failure or finding behind a verdict, in words where there are some."""
    code = f"review.detail.{detail}"
    return words.say(code) if words.has(code) else detail.replace("_", " ")


def _figure_sheets(figures: Figures, words: Words) -> list[Sheet]:
    exceptions: list[Sequence[Cell]] = [
        (reason(one.verdict, one.detail, words), one.count, one.open) for one in figures.exceptions
    ]
    doors: list[Sequence[Cell]] = [
        (
            one.door,
            one.people,
            one.refused,
            one.refused_percent,
            "; ".join(f"{because(why, words)}: {count}" for why, count in one.by_reason.items()),
        )
        for one in figures.doors
    ]
    kinds: list[Sequence[Cell]] = [
        (words.say(f"decision.{kind}"), count) for kind, count in figures.overrides.by_kind.items()
    ]
    return [
        Sheet(words.say("report.overrides"), _titles(words, "kind", "count"), kinds, (3, 1)),
        Sheet(words.say("report.exceptions"), _titles(words, "reason", "count", "open"), exceptions, (3, 1, 1)),
        Sheet(
            words.say("report.doors"),
            _titles(words, "door", "people", "refused", "refused_percent", "reason"),
            doors,
            (1.4, 0.8, 0.8, 0.8, 3),
        ),
    ]


def _student(line: StudentLine, zone: str, words: Words) -> Sequence[Cell]:
    status = words.say(f"status.{line.status}") + (" *" if line.amended else "")
    came = status, _clock(line.admitted_at, zone), line.minutes_late, line.door
    return (line.student_id, line.name, line.hall, line.table, *came, line.overrides, line.cases)


def _titles(words: Words, *codes: str) -> list[str]:
    return [words.say(f"report.column.{code}") for code in codes]


def _day(at: datetime, zone: str, words: Words) -> str:
    return words.day(at.astimezone(ZoneInfo(zone)))


def _clock(at: datetime | None, zone: str) -> str:
    return "" if at is None else f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


_STATUSES = ("present", "late", "absent", "out")
_STUDENT = ("number", "name", "hall", "table", "status", "admitted", "minutes_late", "door", "overrides", "cases")
