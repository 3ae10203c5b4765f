"""Reports on a morning with everything in it, on both databases; and files whose cells are text."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from openpyxl import load_workbook

from services.api.attendance.answers import Answer, settle
from services.api.attendance.decisions import By, mark
from services.api.attendance.projection import Rules
from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import Student
from services.api.office.reports import asking, making, tables
from services.api.office.reports.figures import quantile
from services.api.office.reports.shapes import ReportAsk
from services.api.office.reports.writers import write
from services.api.office.work import Work
from services.api.words import words_of
from tests.api.story import Morning, at, failed

WORDS = words_of("en")
CROWD = {f"s{number}": ("A", f"A-{number}") for number in range(4)}


@pytest.fixture
def busy(office: Morning) -> Morning:
    """Ada came at 08:50, Grace late at 09:12; somebody unknown was let in as s0 after two minutes, s1 by hand, s2 blinked too late at first."""
    office.crowd(3, "CHEM-1", "09:00", CROWD)
    office.sees("ada", "A__door1", "08:50")
    office.sees("grace", "B__door1", "09:12")
    office.sees(None, "A__door1", "08:52", finding="no_match", track="t-s0")
    office.see(failed("A__door2", at("08:40"), "timeout", track="t-s2"))
    office.sees("s2", "A__door2", "08:41", track="t-s2")
    office.sees("s3", "A__door2", "08:41:30")
    case = next(case for case in office.cases() if case.verdict == "unknown")

    def decide(session: Any) -> None:
        by, rules = By("user:1", at("08:54")), Rules()
        settle(session, case.id or 0, Answer("admit", student_id="s0", checked="id"), by, rules)
        mark(session, 3, "s1", "in", By("user:1", at("09:01")), rules, effective_at=at("09:01"))

    office.change(decide)
    return office


@contextmanager
def looking(office: Morning) -> Iterator[Work]:
    """An office at eleven that evening."""
    with reading(office.engine) as session:
        yield Work(session, Caller(user_id=1), at("23:00"), office.office.api, office.office.media, cast(Any, None))


def test_a_sittings_figures_are_counted_from_what_happened(busy: Morning) -> None:
    with looking(busy) as work:
        report = making.of_sitting(work, 3)
    figures = report.figures
    assert (figures.totals.present, figures.totals.late, figures.totals.absent) == (3, 1, 0)
    assert (figures.attendance_percent, figures.minutes_to_last) == (100.0, 31.0)
    assert (figures.lateness.count, figures.lateness.most_min) == (1, 1.0)
    assert figures.overrides.by_kind == {"admit": 1, "mark": 1}
    (door,) = figures.doors
    assert (door.door, door.people, door.refused, door.by_reason) == ("A__door2", 2, 1, {"timeout": 1})
    assert sum(report.arrivals.punctual) + sum(report.arrivals.late) == 4
    assert (report.arrivals.minutes[0], report.arrivals.minutes[-1]) == (at("08:41"), at("09:01"))


def test_the_wait_of_a_case_counts_from_the_door_to_the_answer(busy: Morning) -> None:
    with looking(busy) as work:
        first = making.of_sitting(work, 1)
    assert (first.figures.waiting.cases, first.figures.waiting.answered) == (2, 1)
    assert (first.figures.waiting.median_s, first.figures.waiting.p95_s) == (120.0, 120.0)
    assert [(one.verdict, one.detail, one.count) for one in first.figures.exceptions] == [
        ("liveness_failed", "timeout", 1),
        ("unknown", "no_match", 1),
    ]


def test_an_exam_a_term_and_students_add_their_sittings_up(busy: Morning) -> None:
    with looking(busy) as work:
        exam = making.of_exam(work, 3)
        ada = making.of_student(work, "ada")
    assert [one.head.exam_code for one in exam.sittings] == ["CHEM-1"]
    assert (ada.totals.present, ada.attendance_percent) == (1, 100.0)
    term = ReportAsk(about="term", since=at("00:00"), until=at("23:00"))
    steps: list[tuple[int, int]] = []
    document = asking.document(_look(busy), term, WORDS, lambda done, of: steps.append((done, of)))
    assert [row[0] for row in document.sheets[0].rows] == ["MATH-201", "CHEM-1", "PHYS-101"]
    assert steps == [(0, 3), (1, 3), (2, 3)]
    everybody = asking.document(_look(busy), term.model_copy(update={"about": "students"}), WORDS, lambda *_: None)
    tallies = {row[0]: row[2:] for row in everybody.sheets[0].rows}
    assert tallies["grace"] == (1, 0, 1, 0, 0, 12.0, 0, 0)
    assert tallies["eve"] == (1, 0, 0, 1, 0, 0.0, 0, 0)


def test_an_exams_arrivals_are_its_sittings_laid_on_one_another(busy: Morning) -> None:
    with looking(busy) as work:
        first, exam = making.of_sitting(work, 3), making.of_exam(work, 3)
        opens_at = first.head.opens_at
    came = [int((minute - opens_at).total_seconds() // 60) for minute in first.arrivals.minutes]
    assert exam.arrivals.minutes == came
    assert (exam.arrivals.punctual, exam.arrivals.late) == (first.arrivals.punctual, first.arrivals.late)
    term = ReportAsk(about="term", since=at("00:00"), until=at("23:00"))
    document = asking.document(_look(busy), term, WORDS, lambda *_: None)
    assert sum(document.arrivals.punctual) + sum(document.arrivals.late) == 6


def test_files_hold_the_arrivals_too(busy: Morning) -> None:
    with looking(busy) as work:
        document = tables.of_span(making.of_exam(work, 3), WORDS)
    rows = list(csv.reader(io.StringIO(write(document, "csv", WORDS, at("23:00")).decode("utf-8-sig"))))
    begins = rows.index(["Minute", "On time", "Late"])
    assert rows[begins + 1 :][0] == [document.arrivals.labels[0], "2", "0"]
    book = load_workbook(io.BytesIO(write(document, "xlsx", WORDS, at("23:00"))))
    assert [cell.value for cell in next(book[book.sheetnames[-1]].iter_rows())] == ["Minute", "On time", "Late"]
    assert write(document, "pdf", WORDS, at("23:00")).startswith(b"%PDF")


def test_no_cell_of_any_file_is_a_formula(busy: Morning) -> None:
    busy.change(lambda session: setattr(session.get_one(Student, "s0"), "name", "=HYPERLINK(1)"))
    with looking(busy) as work:
        document = tables.of_sitting(making.of_sitting(work, 3), WORDS)
    rows = list(csv.reader(io.StringIO(write(document, "csv", WORDS, at("23:00")).decode("utf-8-sig"))))
    assert any("'=HYPERLINK(1)" in row for row in rows)
    book = load_workbook(io.BytesIO(write(document, "xlsx", WORDS, at("23:00"))))
    cells = [cell for row in book["Students"].iter_rows() for cell in row]
    assert ("=HYPERLINK(1)", "s") in {(cell.value, cell.data_type) for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}
    assert write(document, "pdf", WORDS, at("23:00")).startswith(b"%PDF")


def test_a_sitting_that_nobody_came_to_has_a_report_too(office: Morning) -> None:
    with looking(office) as work:
        report = making.of_sitting(work, 2)
    assert (report.figures.totals.absent, report.figures.minutes_to_last, report.arrivals.minutes) == (1, None, [])
    assert write(tables.of_sitting(report, WORDS), "pdf", WORDS, at("23:00")).startswith(b"%PDF")


def test_the_nearest_rank_is_a_value_that_was_there() -> None:
    assert quantile([5.0], 0.95) == 5.0
    assert quantile([float(n) for n in range(1, 101)], 0.95) == 95.0


def _look(office: Morning) -> asking.Looking:
    def look(at_it: Any) -> Any:
        with looking(office) as work:
            return at_it(work)

    return look
