"""What is kept no longer than it is needed, and how much waits."""

from datetime import timedelta

from prometheus_client import REGISTRY
from sqlmodel import select

from services.api.attendance.decisions import Answer, By, settle
from services.api.attendance.projection import Rules
from services.api.db.engine import reading, writing
from services.api.db.tables import Admission, Attempt, Evidence, Outbox
from services.api.ingest.tidy import measure, tidy
from tests.api.story import Morning, at, failed


def test_admissions_go_after_the_sitting_and_evidence_after_its_time(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:45")
    tidy(office.engine, at("11:59"))
    assert _left(office) == (1, 1, 1)
    tidy(office.engine, at("12:01"))
    assert _left(office) == (1, 1, 0)
    tidy(office.engine, at("12:01") + timedelta(days=31))
    assert _left(office) == (1, 0, 0)
    with reading(office.engine) as session:
        keys = [row.key for row in session.exec(select(Outbox)) if row.view == "gallery"]
    assert set(keys) == {"admission:1:ada"}


def test_the_crop_of_somebody_who_is_no_candidate_goes_within_a_day(office: Morning) -> None:
    office.see(failed("A__door1", at("08:50")))
    with writing(office.engine) as session:
        settle(session, 1, Answer("not_a_candidate"), By("user:1", at("08:51")), Rules())
    tidy(office.engine, at("09:00") + timedelta(days=1))
    assert _left(office) == (2, 0, 0)


def test_cases_that_wait_are_measured_and_listed_ones_are_not(office: Morning) -> None:
    office.see(failed("A__door1", at("08:50")))
    office.sees("grace", "A__door1", "08:51")
    measure(office.engine, at("08:52"))
    assert REGISTRY.get_sample_value("nero_reviews_waiting") == 1
    assert REGISTRY.get_sample_value("nero_review_oldest_seconds") == 120


def _left(office: Morning) -> tuple[int, int, int]:
    with reading(office.engine) as session:
        tables = (Attempt, Evidence, Admission)
        attempts, evidence, admissions = (len(session.exec(select(table)).all()) for table in tables)
    return attempts, evidence, admissions
