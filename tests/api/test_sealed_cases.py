"""A case of nobody known goes to a sitting that can still answer it: a sealed hall gets none, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from redis import Redis
from sqlmodel import Session

from services.api.auth.caller import Caller
from services.api.db.engine import writing
from services.api.db.tables import Attempt, SittingHall
from services.api.office import decisions, live, reviews
from services.api.office.closing import sealing, state
from services.api.office.closing.shapes import CountsPut
from services.api.office.decisions import CaseAnswer
from services.api.office.work import Work
from services.api.problems import Problem
from services.api.words import words_of
from tests.api.story import Morning, at, failed


@pytest.fixture
def beside(office: Morning) -> Morning:
    """Katherine sits in hall A, too, at the same time, for another exam."""
    office.crowd(3, "MATH-202", "09:00", {"katherine": ("A", "C-15")})
    return office


def test_who_comes_to_a_sealed_hall_is_a_case_of_the_sitting_that_goes_on_there(beside: Morning, redis: Redis) -> None:
    _seal(beside)
    _types(beside, "katherine", "A__door1", "09:50")
    beside.see(failed("A__door1", at("09:51")))
    assert beside.sees("ada", "A__door1", "09:52").verdict == "closed"
    assert [case.sitting_id for case in beside.cases()] == [3, 3, None]
    assert _waiting(beside, redis, 1) == []
    assert _waiting(beside, redis, 3) == ["unknown", "liveness_failed", "closed"]


def test_a_case_goes_to_the_sitting_of_the_number_typed_or_of_whom_the_face_is_like(beside: Morning) -> None:
    _types(beside, "katherine", "A__door1", "08:46")
    beside.sees("katherine", "A__door2", "08:47", finding="margin", runner_up="ada")
    beside.sees("katherine", "A__exit", "08:48", finding="no_match", score=0.1)
    assert [case.sitting_id for case in beside.cases()] == [3, 3, 1], "whom a face is least unlike says nothing"


def test_a_number_typed_counts_for_more_than_the_nearest_start_or_a_closed_check_in(office: Morning) -> None:
    office.crowd(3, "MATH-202", "09:40", {"katherine": ("A", "C-15")})
    _close(office, "09:30")
    _types(office, "ada", "A__door1", "09:35")
    assert [case.sitting_id for case in office.cases()] == [1]


def test_nobodys_case_goes_to_where_check_in_was_not_closed(office: Morning) -> None:
    office.crowd(3, "MATH-202", "09:40", {"katherine": ("A", "C-15")})
    office.see(failed("A__door1", at("09:15")))
    _close(office, "09:16")
    office.see(failed("A__door2", at("09:17")))
    assert [case.sitting_id for case in office.cases()] == [1, 3]


def test_a_door_that_stays_on_after_the_seal_makes_no_case_of_its_record(office: Morning, redis: Redis) -> None:
    _seal(office)
    office.see(failed("A__door1", at("09:50")))
    _types(office, "ada", "A__door2", "09:51")
    office.sees("ada", "A__door1", "09:52")
    assert [(case.sitting_id, case.state) for case in office.cases()] == [(None, "open")] * 3
    assert _waiting(office, redis, 1) == []
    with _working(office) as work:
        assert [line.id for line in reviews.find(work, "open", None, "A", 9)] == [1, 2, 3], "the reviews page has them"


def test_who_belongs_in_another_hall_is_no_case_of_the_sealed_one_either(office: Morning, redis: Redis) -> None:
    _seal(office)
    office.sees("grace", "A__door1", "09:20")
    assert [(case.verdict, case.sitting_id) for case in office.cases()] == [("wrong_hall", None)]
    assert _waiting(office, redis, 1) == []


@pytest.mark.parametrize("action", ["dismiss", "not_a_candidate", "not_this_person"])
@pytest.mark.parametrize("sitting_id", [None, 1])
def test_a_case_is_settled_though_no_hall_goes_on(office: Morning, action: str, sitting_id: int | None) -> None:
    """Of no sitting; or of a sealed one, where the door's case and the seal were written at the same time."""
    _seal(office)
    _types(office, "ada", "A__door1", "09:50")
    office.change(lambda session: _belong(session, office, sitting_id))
    with pytest.raises(Problem) as refused, _working(office) as work:
        decisions.answer_case(work, 1, CaseAnswer(action="admit", student_id="ada", checked="id"))
    assert refused.value.body.code == "sealed"
    with _working(office) as work:
        decisions.answer_case(work, 1, CaseAnswer(action=cast(Any, action), student_id="ada"))
    assert [(case.state, case.settled_as) for case in office.cases()] == [("settled", action)]
    assert office.status("ada") == "expected"


def test_a_case_of_no_sitting_that_is_opened_again_is_not_open_on_the_sealed_halls_page(
    office: Morning, redis: Redis
) -> None:
    _seal(office)
    office.see(failed("A__door1", at("09:50")))
    with _working(office) as work:
        done = decisions.answer_case(work, 1, CaseAnswer(action="dismiss"))
    with _working(office) as work:
        decisions.undo_attempt(work, done.id, decisions.Undoing(reason="it was no joke"))
    assert [case.state for case in office.cases()] == ["open"]
    assert _waiting(office, redis, 1) == []


def _types(office: Morning, number: str, kiosk: str, clock: str) -> Attempt:
    return office.sees(None, kiosk, clock, asked="number", claimed_student_id=number, finding="no_template")


def _belong(session: Session, office: Morning, sitting_id: int | None) -> None:
    (case,) = office.cases()
    case.sitting_id = sitting_id
    session.merge(case)


def _close(office: Morning, clock: str) -> None:
    def close(session: Session) -> None:
        session.get_one(SittingHall, (1, "A")).closed_at = at(clock)

    office.change(close)


def _seal(office: Morning) -> None:
    """Seal hall A of MATH-201, where nobody came."""
    with _working(office, "09:40") as work:
        state.put_counts(work, 1, "A", CountsPut(head_count=0, scripts_collected=0))
    with _working(office, "09:45") as work:
        sealing.seal(work, 1, "A", words_of("en"))


def _waiting(office: Morning, redis: Redis, sitting_id: int) -> list[str]:
    """What waits for a person on hall A's page of a sitting."""
    with _working(office) as work:
        seen = live.look(work, redis, sitting_id, "A")
    waiting = [case.verdict for case in seen.reviews.values() if case.state == "open"]
    assert seen.counts.waiting == len([case for case in seen.reviews.values() if not case.listed])
    return waiting


@contextmanager
def _working(office: Morning, clock: str = "09:55") -> Iterator[Work]:
    with writing(office.engine) as session:
        by = Caller(user_id=1, role="admin")
        yield Work(session, by, at(clock), office.office.api, office.office.media, cast(Any, None))
