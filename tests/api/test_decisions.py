"""What invigilators decide: attempts with an actor and a reason; nobody settles what another has settled."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from services.api.attendance import cases
from services.api.attendance.decisions import Answer, By, mark, settle, undo
from services.api.attendance.projection import Rules, Sets
from services.api.attendance.roster import reproject_sitting
from services.api.db.engine import writing
from services.api.db.tables import Admission, Attempt, Evidence, RosterEntry, Sitting
from services.api.problems import Problem
from tests.api.story import Morning, at, failed

RULES = Rules()


def test_ada_is_admitted_from_her_case_at_the_time_she_stood_there(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:59", finding="margin", runner_up="grace")
    attempt = _settle(office, "09:04", Answer("admit", "ada", checked="id"))
    entry = office.entry("ada")
    assert (entry.status, entry.status_at, entry.status_attempt_id) == ("present", at("08:59"), attempt.id)
    assert (attempt.actor, attempt.case_number, attempt.table_label) == ("user:1", 1, "C-14")
    (case,) = office.cases()
    assert (case.state, case.settled_as, case.settled_by) == ("settled", "admit", "user:1")
    assert office.audited()[-1].action == "attendance.admit"


def test_nobody_is_waved_through_without_a_number_or_an_id(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:50", finding="margin", runner_up="grace")
    with pytest.raises(Problem, match="Tick what was checked"):
        _settle(office, "08:51", Answer("admit", "ada"))
    assert (office.status("ada"), office.cases()[0].state) == ("expected", "open")


def test_grace_is_admitted_here_and_her_seat_moves(office: Morning) -> None:
    office.sees("grace", "A__door1", "08:50")
    _settle(office, "08:52", Answer("admit", checked="number", table="A-99"))
    entry = office.entry("grace")
    assert (entry.status, entry.hall_id, entry.table_label) == ("present", "A", "A-99")


def test_an_admission_by_hand_keeps_the_probe_for_the_return(office: Morning) -> None:
    office.sees("ada", "A__door1", "09:40")
    _settle(office, "09:41", Answer("admit", checked="id"))
    with writing(office.engine) as session:
        assert session.exec(select(Admission.sealed)).one() == b"sealed probe"
    assert office.status("ada") == "late"


def test_not_this_person_is_remembered_for_this_sitting(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40", finding="margin", runner_up="grace")
    said = _settle(office, "08:41", Answer("not_this_person", "ada"))
    assert office.sees("ada", "A__door1", "08:45").verdict == "ambiguous"
    _undo(office, "08:46", said)
    assert office.sees("ada", "A__door1", "08:47").verdict == "present"


def test_somebody_who_is_no_candidate_is_forgotten_within_a_day(office: Morning) -> None:
    attempt = office.see(failed("A__door1", at("08:50"))).attempt
    _settle(office, "08:51", Answer("not_a_candidate"))
    with writing(office.engine) as session:
        evidence = session.get_one(Evidence, attempt.id)
        assert evidence.delete_after == at("08:51") + timedelta(days=1)


def test_a_case_claimed_by_one_is_not_settled_by_another_until_the_claim_runs_out(office: Morning) -> None:
    office.see(failed("A__door1", at("08:50")))
    with writing(office.engine) as session:
        cases.claim(session, 1, "user:2", at("08:50:30"))
    with pytest.raises(Problem, match="Somebody else is at case 1"):
        _settle(office, "08:51", Answer("dismiss"))
    _settle(office, "08:53", Answer("dismiss"))
    with pytest.raises(Problem, match="settled already"):
        _settle(office, "08:54", Answer("dismiss"), "user:2")


def test_two_invigilators_settle_the_same_case_and_one_of_them_did(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:50", finding="margin", runner_up="grace")
    start, outcomes = threading.Barrier(4), list[str]()

    def tap(actor: str, answer: Answer) -> None:
        start.wait()
        try:
            _settle(office, "08:51", answer, actor)
            outcomes.append("mine")
        except Problem as problem:
            outcomes.append(problem.body.code)

    answers = [Answer("admit", "ada", checked="id"), Answer("admit", "grace", checked="id", table="X")]
    taps = [threading.Thread(target=tap, args=(f"user:{n}", answers[n % 2])) for n in range(4)]
    _all(taps)
    assert sorted(outcomes) == ["mine", "settled", "settled", "settled"]
    assert len([a for a in office.attempts() if a.kind == "decision"]) == 1


def test_a_decision_sent_twice_over_bad_wifi_is_applied_once(office: Morning) -> None:
    first = _mark(office, "08:50", "in", key="page-1-17")
    again = _mark(office, "08:55", "in", key="page-1-17")
    assert first.id == again.id
    assert office.entry("ada").status_at == at("08:50")


def test_a_paper_sheet_is_entered_with_the_times_on_it(office: Morning) -> None:
    _mark(office, "09:50", "in", effective="08:57")
    entry = office.entry("ada")
    assert (entry.status, entry.status_at) == ("present", at("08:57"))


def test_a_late_attempt_does_not_override_a_person(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    _mark(office, "08:50", "expected", reason="it was her sister")
    office.sees("ada", "A__door2", "08:49")  # arrives after the decision, from before it
    assert office.status("ada") == "expected"
    office.sees("ada", "A__door2", "08:55")  # and here she comes
    assert office.status("ada") == "present"


def test_overriding_the_machine_needs_a_reason(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    with pytest.raises(Problem, match="Say why"):
        _mark(office, "08:50", "expected")


def test_undo_restores_what_stood_and_erases_nothing(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:40")
    out = _mark(office, "09:20", "out", reason="to the doctor")
    taken_back = _undo(office, "09:21", out)
    entry = office.entry("ada")
    assert (entry.status, entry.status_at) == ("present", at("08:40"))
    _undo(office, "09:22", taken_back)
    assert office.status("ada") == "out"
    assert [a.verdict for a in office.attempts()] == ["present", "mark", "undo", "undo"]


@pytest.mark.parametrize("behind_min", [0, 5], ids=["the same moment", "by a clock that is behind"])
def test_an_undo_comes_after_what_it_takes_back(office: Morning, behind_min: int) -> None:
    office.sees("ada", "A__door1", "08:40")
    for minute in range(20, 28):  # each has an id at random, and ids order what is of one moment
        out = _mark(office, f"09:{minute}", "out", reason="to the doctor")
        assert office.status("ada") == "out"
        _undo(office, f"09:{minute - behind_min}", out)
        assert office.status("ada") == "present"


def test_a_tap_taken_back_opens_the_case_again(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:50", finding="margin", runner_up="grace")
    admitted = _settle(office, "08:51", Answer("admit", "ada", checked="id"))
    _undo(office, "08:51:08", admitted)
    assert (office.status("ada"), office.cases()[0].state) == ("expected", "open")
    _settle(office, "08:52", Answer("admit", "ada", checked="id"))
    assert office.status("ada") == "present"


def test_a_sealed_sitting_is_not_decided_on(office: Morning) -> None:
    office.change(lambda session: _set_state(session, "sealed"))
    with pytest.raises(Problem, match="sealed"):
        _mark(office, "12:00", "in")


def test_a_sealed_roster_stays_as_it_was_when_an_attempt_comes_after_all(office: Morning) -> None:
    office.change(lambda session: _set_state(session, "sealed"))
    office.sees("ada", "A__door1", "08:45")
    assert office.status("ada") == "expected"
    assert len(office.attempts()) == 1


def test_a_delayed_sitting_derives_lateness_anew(office: Morning) -> None:
    office.sees("ada", "A__door1", "09:10")

    def delay(session: Session) -> None:
        session.get_one(Sitting, 1).late_after = at("09:15")
        session.flush()
        reproject_sitting(session, 1, RULES)

    assert office.status("ada") == "late"
    office.change(delay)
    assert office.status("ada") == "present"


def test_a_grid_is_edited_while_a_hall_checks_in_and_nothing_is_lost(office: Morning) -> None:
    crowd = {f"s{number:03}": ("A", f"T{number}") for number in range(40)}
    office.crowd(7, "CROWD-1", "10:00", crowd)
    editing = threading.Thread(target=_edit_all, args=(office.engine, list(crowd)))
    doors = [
        threading.Thread(target=_walk_up, args=(office, door, list(crowd)[number::2]))
        for number, door in enumerate(("A__door1", "A__door2"))
    ]
    _all([editing, *doors])
    entries = [office.entry(student_id, 7) for student_id in crowd]
    assert {entry.status for entry in entries} == {"present"}
    assert {entry.note for entry in entries} == {"moved"}
    assert {entry.table_label[-2:] for entry in entries} == {"-b"}
    assert len(office.audited()) == len(office.attempts()) == len(crowd)


def _edit_all(engine: Engine, students: list[str]) -> None:
    for some in (students[n : n + 8] for n in range(0, len(students), 8)):
        with writing(engine) as session:
            rows = select(RosterEntry).where(RosterEntry.sitting_id == 7).order_by(RosterEntry.id)  # type: ignore[arg-type]
            for entry in session.exec(rows.with_for_update()):
                if entry.student_id in some:
                    entry.note, entry.table_label = "moved", f"{entry.table_label}-b"


def _walk_up(office: Morning, door: str, students: list[str]) -> None:
    for number, student_id in enumerate(students):
        office.sees(student_id, door, f"09:{30 + number % 20}")


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def _settle(office: Morning, clock: str, answer: Answer, actor: str = "user:1") -> Attempt:
    with writing(office.engine) as session:
        return settle(session, 1, answer, By(actor, at(clock)), RULES)


def _mark(
    office: Morning, clock: str, sets: Sets, *, reason: str = "", key: str | None = None, effective: str | None = None
) -> Attempt:
    with writing(office.engine) as session:
        effective_at = at(effective) if effective else None
        by = By("user:1", at(clock), key=key)
        return mark(session, 1, "ada", sets, by, RULES, reason=reason, effective_at=effective_at)


def _undo(office: Morning, clock: str, target: Attempt) -> Attempt:
    assert target.id is not None
    with writing(office.engine) as session:
        return undo(session, target.id, By("user:1", at(clock)), RULES, reason="a slip")


def _set_state(session: Session, state: str) -> None:
    session.get_one(Sitting, 1).state = state
