"""Reports put together: of a sitting, an exam, a term, a student, all students."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlmodel import col, select

from services.api.db.tables import RosterEntry, Sitting
from services.api.office import exams, students
from services.api.office.closing.counts import totals_of
from services.api.office.reports import facts, figures
from services.api.office.reports.facts import SittingFacts
from services.api.office.reports.figures import Part
from services.api.office.reports.shapes import (
    SittingHead,
    SittingReport,
    SittingSummary,
    SpanReport,
    StudentLine,
    StudentReport,
    StudentSittingLine,
    StudentsReport,
    StudentTally,
)
from services.api.office.work import Work

Progress = Callable[[int, int], None]
Read = Callable[[int], SittingFacts]
"""Reads one sitting: in a piece of work of its own, where a job goes through many."""


def of_sitting(work: Work, sitting_id: int) -> SittingReport:
    """Return the report of one sitting.

    Raises:
        Problem: there is none.
    """
    found = facts.of_sitting(work, sitting_id)
    return SittingReport(
        head=head_of(found),
        figures=figures.figures_of([figures.part_of(found)]),
        arrivals=figures.arrivals_of(found),
        students=student_lines(found),
    )


def of_exam(work: Work, exam_id: int) -> SpanReport:
    """Return the report of an exam: its sittings, and all of them together.

    Raises:
        Problem: there is none.
    """
    exam = exams.get(work, exam_id)
    return span(
        f"{exam.code} · {exam.subject}",
        facts.sittings_of_exam(work, exam_id),
        lambda sitting_id: facts.of_sitting(work, sitting_id),
    )


def span(
    title: str,
    sitting_ids: list[int],
    read: Read,
    progress: Progress = lambda _done, _total: None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> SpanReport:
    """Return the report of several sittings."""
    parts: list[Part] = []
    summaries: list[SittingSummary] = []
    for number, sitting_id in enumerate(sitting_ids):
        progress(number, len(sitting_ids))
        found = read(sitting_id)
        parts.append(figures.part_of(found))
        summaries.append(SittingSummary(head=head_of(found), figures=figures.figures_of(parts[-1:])))
    return SpanReport(
        title=title,
        since=since,
        until=until,
        figures=figures.figures_of(parts),
        arrivals=figures.arrivals_together(parts),
        sittings=summaries,
    )


def of_student(work: Work, student_id: str) -> StudentReport:
    """Return the report of one student: every sitting, by time.

    Raises:
        Problem: unknown.
    """
    student = students.get(work, student_id)
    query = (
        select(RosterEntry.sitting_id)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(RosterEntry.student_id == student_id, Sitting.state != "cancelled")
        .order_by(col(Sitting.starts_at))
    )
    rows = [_of_one(facts.of_sitting(work, sitting_id), student_id) for sitting_id in work.session.exec(query).all()]
    totals = totals_of(row.line.status for row in rows)
    return StudentReport(
        student_id=student_id,
        name=student.name,
        totals=totals,
        attendance_percent=figures.percent(totals.admitted, totals.on_roster),
        sittings=rows,
    )


def of_students(
    since: datetime,
    until: datetime,
    sitting_ids: list[int],
    read: Read,
    progress: Progress = lambda _done, _total: None,
) -> StudentsReport:
    """Return how each student stands over a span of time; only tallies are kept from sitting to sitting."""
    tallies: dict[str, StudentTally] = {}
    for number, sitting_id in enumerate(sitting_ids):
        progress(number, len(sitting_ids))
        found = read(sitting_id)
        for line in student_lines(found):
            _add(tallies, line)
    rows = [tallies[student_id] for student_id in sorted(tallies)]
    return StudentsReport(
        since=since, until=until, totals=figures.add_totals(row.totals for row in rows), students=rows
    )


def head_of(found: SittingFacts) -> SittingHead:
    """Say which sitting."""
    return SittingHead(
        sitting_id=found.sitting_id,
        exam_code=found.exam_code,
        subject=found.subject,
        halls=list(found.halls),
        zone=found.zone,
        opens_at=found.opens_at,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        policy=found.policy,
        state=found.state,
    )


def student_lines(found: SittingFacts) -> list[StudentLine]:
    """Return a line for each student."""
    overrides = Counter(ruling.student_id for ruling in found.rulings)
    cases = Counter(case.student_id for case in found.cases)
    return [
        StudentLine(
            student_id=line.student_id,
            name=line.name,
            hall=line.hall,
            table=line.table,
            status=line.status,
            admitted_at=line.admitted_at,
            minutes_late=figures.minutes_late(line, found.late_after),
            door=line.kiosk,
            overrides=overrides[line.student_id],
            cases=cases[line.student_id],
            amended=line.amended,
        )
        for line in found.lines
    ]


def _of_one(found: SittingFacts, student_id: str) -> StudentSittingLine:
    line = next(line for line in student_lines(found) if line.student_id == student_id)
    tracks = {one.track for one in found.tries if one.student_id == student_id}
    doors = figures.doors_of([one for one in found.tries if one.track in tracks])
    refused = sum(door.refused for door in doors)
    return StudentSittingLine(head=head_of(found), line=line, refused_first=refused)


def _add(tallies: dict[str, StudentTally], line: StudentLine) -> None:
    before = tallies.get(line.student_id)
    once = totals_of([line.status])
    tallies[line.student_id] = StudentTally(
        student_id=line.student_id,
        name=line.name,
        totals=figures.add_totals([before.totals, once]) if before else once,
        minutes_late=round((before.minutes_late if before else 0) + (line.minutes_late or 0), 1),
        overrides=(before.overrides if before else 0) + line.overrides,
        cases=(before.cases if before else 0) + line.cases,
    )
