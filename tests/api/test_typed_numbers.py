"""A number typed at the door: whose it is, whether the face fits it, and whose face it is instead."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest
from sqlmodel import Session

from services.api.auth.caller import Caller
from services.api.db.engine import writing
from services.api.db.tables import Attempt, Student
from services.api.office import decisions, reviews
from services.api.office.decisions import CaseAnswer
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Work
from services.api.problems import Problem
from services.api.settings import ApiSection
from tests.api.story import Morning, at

T = TypeVar("T")
SAID = "compared face and ID"


def test_a_number_that_no_student_has_is_shown_as_it_was_typed(office: Morning) -> None:
    _types(office, "999", finding="no_template")
    case = _case(office)
    assert (case.typed, case.typed_says, case.candidates, case.like_other) == ("999", "nobody", [], None)


def test_a_friend_without_a_photo_is_not_admitted_on_the_face_of_who_is_in_already(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    _types(office, "mallory", finding="no_template", runner_up="ada")
    case = _case(office)
    assert (case.typed_says, case.like_other, case.reason_needed) == ("no_photo", "ada", "always")
    mallory, ada = case.candidates
    assert (mallory.student_id, mallory.score, mallory.status) == ("mallory", None, None)
    assert (ada.student_id, ada.score, ada.status, ada.since) == ("ada", 0.68, "present", at("08:40"))


def test_admitting_against_whose_face_it_is_needs_a_reason(office: Morning) -> None:
    office.sees("grace", "B__door1", "08:40")
    _types(office, "ada", finding="no_template", runner_up="grace")
    answer = CaseAnswer(action="admit", student_id="ada", checked="id")
    with pytest.raises(Problem, match="Say why"):
        _do(office, lambda work: decisions.answer_case(work, 1, answer))
    assert office.status("ada") == "expected"
    _do(office, lambda work: decisions.answer_case(work, 1, answer.model_copy(update={"reason": SAID})))
    assert office.status("ada") == "present"


def test_admitting_whose_face_it_is_not_needs_a_reason(office: Morning) -> None:
    _types(office, "ada", who="ada", finding="no_match", score=0.1)
    assert (_case(office).typed_says, _case(office).reason_needed) == ("unlike", "always")
    answer = CaseAnswer(action="admit", student_id="ada", checked="id")
    with pytest.raises(Problem, match="Say why"):
        _do(office, lambda work: decisions.answer_case(work, 1, answer))


def test_a_student_without_a_photo_whose_face_is_like_nobodys_needs_no_reason(office: Morning) -> None:
    _types(office, "ada", finding="no_template")
    assert (_case(office).typed_says, _case(office).reason_needed) == ("no_photo", "never")
    _do(office, lambda work: decisions.answer_case(work, 1, CaseAnswer(action="admit", student_id="ada", checked="id")))
    assert office.status("ada") == "present"


def test_a_face_more_like_somebody_else_than_the_number_is_never_admitted_by_the_machine(office: Morning) -> None:
    attempt = _types(office, "ada", who="ada", finding="margin", runner_up="grace", score=0.6)
    assert (attempt.verdict, office.status("ada")) == ("ambiguous", "expected")
    assert (_case(office).typed_says, _case(office).reason_needed) == ("more_like", "always")


def test_nor_let_back_in_however_like_todays_admission(office: Morning) -> None:
    """Admission tells the best two of a search apart; with a number typed, the face is more like the other one."""
    office.sees("ada", "A__door1", "08:40")
    again = _types(office, "ada", who="ada", finding="margin", runner_up="grace", score=0.6, like_admission=True)
    assert (again.verdict, _case(office).typed_says) == ("ambiguous", "more_like")
    office.sees("ada", "A__exit", "09:20")
    assert office.status("ada") == "out"
    back = office.sees(
        "ada",
        "A__door1",
        "09:30",
        asked="number",
        claimed_student_id="ada",
        finding="margin",
        runner_up="grace",
        score=0.6,
        like_admission=True,
    )
    assert (back.verdict, office.status("ada")) == ("ambiguous", "out")


def test_what_one_number_found_another_number_does_not_take_back(office: Morning) -> None:
    _types(office, "ada", who="ada", finding="no_match", score=0.1, runner_up="grace", track="t")
    office.sees(
        None, "A__door1", "08:46:30", asked="number", claimed_student_id="999", finding="no_template", track="t"
    )
    case = _case(office)
    assert (case.visits, case.typed, case.like_other, case.reason_needed) == (2, "999", "grace", "always")


def test_crops_that_disagree_below_the_threshold_speak_against_the_number(office: Morning) -> None:
    _types(office, "ada", who="ada", finding="crops_disagree", score=0.1)
    assert _case(office).reason_needed == "always"


def test_a_number_of_a_student_who_was_deleted_is_nobodys(office: Morning) -> None:
    def delete(session: Session) -> None:
        student = session.get_one(Student, "mallory")
        student.name, student.active, student.deleted_at = "", False, at("08:00")

    office.change(delete)
    _types(office, "mallory", finding="no_template")
    assert (_case(office).typed_says, _case(office).candidates) == ("nobody", [])


def test_somebody_who_is_not_active_any_more_is_said_to_be_so(office: Morning) -> None:
    def leave(session: Session) -> None:
        session.get_one(Student, "mallory").active = False

    office.change(leave)
    _types(office, "mallory", finding="no_template")
    assert _case(office).typed_says == "inactive"


def test_the_number_typed_after_a_doubt_is_part_of_its_case(office: Morning) -> None:
    office.sees("eve", "A__door1", "08:45", finding="no_match", score=0.2, track="t")
    _types(office, "mallory", finding="no_template", runner_up="ada", track="t")
    case = _case(office)
    assert (case.visits, case.typed, case.like_other, case.reason_needed) == (2, "mallory", "ada", "always")
    assert [one.student_id for one in case.candidates] == ["mallory", "ada", "eve"]


@pytest.mark.parametrize("typed", ["999", "mallory", "ada"])
def test_the_screen_says_nothing_of_who_exists(office: Morning, typed: str) -> None:
    office.sees("grace", "B__door1", "08:40")
    outcome = office.outcome(_types(office, typed, finding="no_template", runner_up="grace"))
    said = outcome.model_dump(
        exclude={"event_id", "kiosk_id", "captured_at", "trace_id", "track_id", "schema_version", "hold_s"},
        exclude_none=True,
    )
    assert said == {"verdict": "unknown", "case_number": 1, "by_number": True}


def test_whoever_joined_an_unknown_case_is_not_forgotten_when_the_first_is_let_in(office: Morning) -> None:
    office.sees("eve", "A__door1", "08:45", finding="no_match", score=0.2, track="grace comes")
    office.sees("eve", "A__door1", "08:46", finding="no_match", score=0.21, track="mallory comes")
    office.sees("ada", "A__door1", "08:46:20", asked="number", track="grace comes")
    assert [(case.visits, case.state) for case in office.cases()] == [(2, "open")]


def _types(office: Morning, number: str, *, who: str | None = None, **more: Any) -> Attempt:
    return office.sees(who, "A__door1", "08:46", asked="number", claimed_student_id=number, **more)


def _case(office: Morning) -> ReviewPublic:
    (case,) = _do(office, lambda work: reviews.find(work, "open", None, None, 9))
    return case


def _do(office: Morning, deed: Callable[[Work], T]) -> T:
    """Do something as an admin."""
    with writing(office.engine) as session:
        return deed(
            Work(
                session,
                Caller(user_id=1, role="admin"),
                at("08:50"),
                ApiSection(),
                office.office.media,
                cast(Any, None),
            )
        )
