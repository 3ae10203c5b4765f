"""The verdict table of the design, row by row, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from services.api.db.tables import Accommodation, LookAlikePair, RosterEntry, Sitting, SittingHall, Student
from tests.api.story import DAY, Morning, at, failed


def test_liveness_failed_for_good_is_a_case_with_a_number(office: Morning) -> None:
    attempt = office.see(failed("A__door1", at("08:45"))).attempt
    assert (attempt.verdict, attempt.case_number) == ("liveness_failed", 1)
    (case,) = office.cases()
    assert (case.verdict, case.detail, case.hall_id, case.sitting_id) == ("liveness_failed", "photo", "A", 1)
    assert office.outcome(attempt).case_number == 1
    assert office.status("ada") == "expected"


def test_nobody_within_the_threshold_is_unknown(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "08:45", finding="no_match")
    assert (attempt.verdict, attempt.student_id, attempt.case_number) == ("unknown", None, 1)
    outcome = office.outcome(attempt)
    assert (outcome.name, outcome.by_number) == (None, False)
    assert office.status("ada") == "expected"


def test_an_unknown_is_one_case_per_visit(office: Morning) -> None:
    first = office.sees("ada", "A__door1", "08:45", finding="no_match")
    again = office.sees("ada", "A__door1", "08:45:05", finding="no_match")
    later = office.sees("ada", "A__door1", "08:50", finding="no_match")
    assert first.case_number == again.case_number
    assert later.case_number != first.case_number
    assert [case.visits for case in office.cases()] == [2, 1]


@pytest.mark.parametrize("finding", ["no_template", "no_usable_crop"])
def test_no_template_or_no_usable_crop_ends_at_the_invigilator(office: Morning, finding: str) -> None:
    attempt = office.sees(None, "A__door1", "08:45", finding=finding, asked="number", claimed_student_id="ada")
    assert (attempt.verdict, attempt.claimed_student_id) == ("unknown", "ada")
    assert office.outcome(attempt).by_number
    assert office.cases()[0].detail == finding


def test_the_same_person_at_the_same_kiosk_gets_the_verdict_before_again(office: Morning) -> None:
    first = office.sees("ada", "A__door1", "08:45")
    again = office.sees("ada", "A__door1", "08:45:09")
    later = office.sees("ada", "A__door1", "08:45:11", like_admission=True)
    assert (again.verdict, again.repeat_of_id, again.table_label) == ("present", first.id, "C-14")
    assert later.verdict == "already_in"
    assert office.outcome(again).name == "Ada Lovelace"


def test_a_repeat_of_a_case_names_the_same_case(office: Morning) -> None:
    first = office.sees("mallory", "A__door1", "08:45")
    again = office.sees("mallory", "A__door1", "08:45:05")
    assert first.verdict == again.verdict == "not_registered"
    assert first.case_number == again.case_number == 1
    assert len(office.cases()) == 1


def test_a_number_typed_after_a_doubt_is_no_repeat(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:45", finding="margin", runner_up="grace", track="t")
    by_number = office.sees("ada", "A__door1", "08:45:06", asked="number", track="t2")
    assert by_number.verdict == "present"


def test_ada_already_in_sees_her_name_and_table_again(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    again = office.sees("ada", "A__door1", "08:55", like_admission=True)
    outcome = office.outcome(again)
    assert (again.verdict, outcome.name, outcome.table) == ("already_in", "Ada Lovelace", "C-14")
    assert office.cases() == []


def test_already_in_but_unlike_todays_admission_is_a_case(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    again = office.sees("ada", "A__door1", "08:55", like_admission=False)
    assert again.verdict == "already_in"
    (case,) = office.cases()
    assert (case.detail, case.state, case.case_number) == ("unlike_admission", "open", again.case_number)


def test_already_in_and_at_another_door_within_ten_minutes_is_a_case(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    at_once = office.sees("ada", "A__door2", "08:49", like_admission=True)
    (case,) = office.cases()
    assert (at_once.verdict, case.detail, case.state) == ("already_in", "other_door", "open")
    much_later = office.sees("ada", "A__door1", "09:40", like_admission=True)
    assert (much_later.verdict, much_later.case_number) == ("already_in", None)


def test_at_an_exit_kiosk_she_is_out_and_told_when_to_be_back(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    out = office.sees("ada", "A__exit", "09:30")
    assert (out.verdict, office.status("ada")) == ("out", "out")
    assert office.outcome(out).at == at("09:40")
    assert office.cases() == []


@pytest.mark.parametrize("clock", ["08:45", "09:10"])
def test_whoever_leaves_and_was_never_seen_to_come_is_a_case_and_not_present(office: Morning, clock: str) -> None:
    leaves = office.sees("ada", "A__exit", clock)
    (case,) = office.cases()
    assert (leaves.verdict, case.detail, case.state, case.student_id) == ("ambiguous", "not_seen_in", "open", "ada")
    assert (office.status("ada"), office.outcome(leaves).name) == ("expected", None)
    comes = office.sees("ada", "A__door1", "09:15")
    assert (comes.verdict, office.status("ada")) == ("late", "late")  # leaving counted for nothing


def test_out_and_like_todays_admission_she_returned(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    office.sees("ada", "A__exit", "09:30")
    back = office.sees("ada", "A__door1", "09:36", like_admission=True)
    entry = office.entry("ada")
    assert (back.verdict, entry.status, entry.status_at) == ("returned", "present", at("08:40"))


@pytest.mark.parametrize("like", [False, None])
def test_out_and_unlike_todays_admission_is_ambiguous(office: Morning, like: bool | None) -> None:
    office.sees("ada", "A__door1", "08:40")
    office.sees("ada", "A__exit", "09:30")
    back = office.sees("ada", "A__door1", "09:36", like_admission=like)
    assert (back.verdict, office.status("ada")) == ("ambiguous", "out")
    assert office.cases()[0].detail == "unlike_admission"


@pytest.mark.parametrize("finding", ["margin", "crops_disagree"])
def test_second_best_within_the_margin_or_crops_that_disagree_are_ambiguous(office: Morning, finding: str) -> None:
    attempt = office.sees("ada", "A__door1", "08:45", finding=finding, runner_up="grace")
    assert (attempt.verdict, attempt.student_id, office.status("ada")) == ("ambiguous", None, "expected")
    assert office.cases()[0].detail == finding
    assert office.outcome(attempt).name is None


@pytest.mark.parametrize("asked", ["search", "number"])
def test_a_look_alike_of_this_slot_is_ambiguous(office: Morning, asked: str) -> None:
    office.change(lambda session: _pair(session, "ada", "grace", "unconfirmed"))
    attempt = office.sees("ada", "A__door1", "08:45", asked=asked)
    assert (attempt.verdict, office.cases()[0].detail) == ("ambiguous", "look_alike")


def test_a_look_alike_of_another_slot_is_none_of_this_ones_business(office: Morning) -> None:
    office.change(lambda session: _pair(session, "ada", "eve", "unconfirmed"))
    assert office.sees("ada", "A__door1", "08:45").verdict == "present"


def test_a_confirmed_twin_is_always_ambiguous_and_a_dismissed_pair_never(office: Morning) -> None:
    office.change(lambda session: _pair(session, "ada", "eve", "confirmed"))
    office.change(lambda session: _pair(session, "grace", "mallory", "dismissed"))
    assert office.sees("ada", "A__door1", "08:45").verdict == "ambiguous"
    assert office.sees("grace", "B__door1", "08:45").verdict == "present"


@pytest.mark.parametrize("kiosk", ["A__door1", "A__door2", "A__exit"])
@pytest.mark.parametrize("finding", ["match", "margin"])
def test_a_twin_who_comes_second_is_never_shown_the_first_ones_name(office: Morning, kiosk: str, finding: str) -> None:
    office.sees("ada", "A__door1", "08:40")
    office.change(lambda session: _pair(session, "ada", "mallory", "confirmed"))
    second = office.sees("ada", kiosk, "08:40:05", finding=finding, runner_up="mallory", like_admission=True)
    assert (second.verdict, second.student_id, office.outcome(second).name) == ("ambiguous", None, None)
    assert (office.status("ada"), [case.state for case in office.cases()]) == ("present", ["open"])


def test_before_check_in_opens_it_is_too_early(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "08:29:59")
    assert (attempt.verdict, office.outcome(attempt).at) == ("too_early", at("08:30"))
    assert (office.status("ada"), office.cases()) == ("expected", [])


def test_ada_on_time_is_present_with_name_exam_and_table(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "09:00")
    outcome = office.outcome(attempt)
    assert (attempt.verdict, office.status("ada")) == ("present", "present")
    assert (outcome.name, outcome.exam_code, outcome.hall, outcome.table) == ("Ada Lovelace", "MATH-201", "A", "C-14")


def test_after_late_after_she_is_late(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "09:00:01")
    assert (attempt.verdict, office.status("ada")) == ("late", "late")
    assert office.outcome(attempt).name == "Ada Lovelace"


def test_her_own_allowance_and_the_queue_grace_make_her_punctual(office: Morning) -> None:
    def grant(session: Session) -> None:
        session.add(Accommodation(student_id="ada", allowance_min=10, set_at=DAY))
        session.get_one(SittingHall, (1, "A")).queue_grace_min = 5

    office.change(grant)
    assert office.sees("ada", "A__door1", "09:15").verdict == "present"
    assert office.sees("grace", "B__door1", "09:15").verdict == "late"


def test_after_check_in_closes_a_person_decides(office: Morning) -> None:
    assert office.sees("ada", "A__door1", "09:30:01").verdict == "closed"
    assert (office.status("ada"), office.cases()[0].verdict) == ("expected", "closed")


def test_an_invigilator_who_closes_early_closes_for_those_who_come_after(office: Morning) -> None:
    def close(session: Session) -> None:
        session.get_one(SittingHall, (1, "A")).closed_at = at("09:10")

    office.change(close)
    assert office.sees("ada", "A__door1", "09:10:01").verdict == "closed"


def test_grace_at_hall_a_is_told_her_hall_and_the_way(office: Morning) -> None:
    attempt = office.sees("grace", "A__door1", "08:45")
    outcome = office.outcome(attempt)
    assert (attempt.verdict, outcome.hall, outcome.directions) == ("wrong_hall", "B", "Up the stairs")
    assert (outcome.name, outcome.table) == (None, None)
    (case,) = office.cases()
    assert (case.listed, case.hall_id, case.student_id) == (True, "A", "grace")
    assert office.status("grace") == "expected"


def test_eve_of_the_afternoon_is_told_when_and_where(office: Morning) -> None:
    attempt = office.sees("eve", "B__door1", "08:45")
    outcome = office.outcome(attempt)
    assert (attempt.verdict, outcome.at, outcome.hall) == ("wrong_sitting", at("15:00"), "A")
    assert office.cases() == []


def test_mallory_on_no_roster_is_not_registered(office: Morning) -> None:
    attempt = office.sees("mallory", "A__door1", "08:45")
    assert (attempt.verdict, office.outcome(attempt).name) == ("not_registered", None)
    assert office.cases()[0].verdict == "not_registered"


def test_a_student_deactivated_since_is_nobody(office: Morning) -> None:
    def deactivate(session: Session) -> None:
        session.get_one(Student, "ada").active = False

    office.change(deactivate)
    assert office.sees("ada", "A__door1", "08:45").verdict == "unknown"


def test_a_cancelled_sitting_is_not_in_play(office: Morning) -> None:
    def cancel(session: Session) -> None:
        session.get_one(Sitting, 1).state = "cancelled"

    office.change(cancel)
    assert office.sees("ada", "A__door1", "08:45").verdict == "not_registered"


def test_a_sitting_is_in_play_from_sixty_minutes_before_it_opens_until_its_end(office: Morning) -> None:
    assert office.sees("ada", "A__door1", "07:29:59").verdict == "wrong_sitting"
    assert office.sees("ada", "A__door1", "07:30:10").verdict == "too_early"
    assert office.sees("ada", "A__door1", "11:00").verdict == "closed"
    assert office.sees("ada", "A__door1", "11:00:11").verdict == "wrong_sitting"


def test_of_two_in_play_the_one_where_she_is_not_yet_in_counts(office: Morning) -> None:
    office.sitting(3, "CHEM-1", "09:20", {"ada": ("A", "Z-9")})
    assert office.sees("ada", "A__door1", "08:55").table_label == "C-14"  # nearest start
    second = office.sees("ada", "A__door1", "08:56")
    assert (second.verdict, second.table_label) == ("present", "Z-9")
    assert (office.status("ada", 1), office.status("ada", 3)) == ("present", "present")


def test_coming_back_to_the_first_exam_is_not_taken_for_the_next_one(office: Morning) -> None:
    office.sitting(3, "CHEM-1", "11:00", {"ada": ("B", "Z-9")})
    office.sees("ada", "A__door1", "08:55")
    assert office.sees("ada", "A__exit", "10:00").verdict == "out"
    assert office.sees("ada", "A__door1", "10:05", like_admission=True).verdict == "returned"


def test_a_slow_pipeline_does_not_make_a_punctual_student_late(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "08:59:59", received_at=at("08:59:59") + timedelta(seconds=9))
    assert attempt.verdict == "present"


def test_a_camera_an_hour_behind_does_not_make_a_late_student_punctual(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "08:10", received_at=at("09:10"))
    assert (attempt.verdict, attempt.captured_at, attempt.claimed_at) == ("late", at("09:09:50"), at("08:10"))


def test_footage_on_its_own_clock_is_believed(office: Morning) -> None:
    attempt = office.sees("ada", "A__door1", "08:45", received_at=at("13:00"), simulated=True)
    assert (attempt.verdict, attempt.claimed_at) == ("present", None)


def test_a_roster_moved_to_another_hall_sends_people_there(office: Morning) -> None:
    def move(session: Session) -> None:
        entry = session.get_one(RosterEntry, office.entry("ada").id)
        entry.hall_id = "B"

    office.change(move)
    assert office.sees("ada", "A__door1", "08:45").verdict == "wrong_hall"


def test_a_number_that_works_closes_the_case_of_the_same_visit(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:45", finding="margin", runner_up="grace", track="t")
    office.sees("ada", "A__door1", "08:45:20", asked="number", track="t")
    (case,) = office.cases()
    assert (case.state, case.settled_as) == ("settled", "superseded")


def test_whoever_held_up_a_photo_and_then_passes_stays_a_case(office: Morning) -> None:
    office.see(failed("A__door1", at("08:45"), "photo", track="t"))
    assert office.sees("ada", "A__door1", "08:45:20", track="t").verdict == "present"
    (case,) = office.cases()
    assert (case.detail, case.state) == ("photo", "open")


@pytest.mark.parametrize("reason", ["timeout", "two_faces"])
def test_whoever_was_only_clumsy_and_then_passes_is_none_any_more(office: Morning, reason: str) -> None:
    office.see(failed("A__door1", at("08:45"), reason, track="t"))
    office.sees("ada", "A__door1", "08:45:20", track="t")
    (case,) = office.cases()
    assert (case.state, case.settled_as) == ("settled", "superseded")


def test_somebody_else_who_passes_does_not_settle_a_doubt_about_ada(office: Morning) -> None:
    office.sitting(3, "CHEM-1", "09:20", {"mallory": ("A", "E-1")})
    office.sees("ada", "A__door1", "08:40")
    office.sees("ada", "A__exit", "09:10")
    office.sees("ada", "A__door1", "09:16", like_admission=False, track="t")
    assert office.sees("mallory", "A__door1", "09:16:30", track="t").verdict == "present"
    (case,) = office.cases()
    assert (case.verdict, case.student_id, case.state) == ("ambiguous", "ada", "open")


def _pair(session: Session, first: str, second: str, state: str) -> None:
    session.add(
        LookAlikePair(student_a=first, student_b=second, similarity=0.6, model_id="m", state=state, found_at=DAY)
    )
