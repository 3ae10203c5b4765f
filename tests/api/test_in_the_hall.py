"""The door lane, seats, the paper sheet, handing over, and decisions that come late: on both databases."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest
from redis import Redis
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, select

from services.api.auth import users
from services.api.auth.caller import Caller
from services.api.auth.roles import Role
from services.api.db.engine import writing
from services.api.db.marks import CommitMark
from services.api.db.tables import Assignment, Hall, RosterEntry
from services.api.office import decisions, door_lane, hall_seats, handovers, live, paper, reviews, sitting_moves
from services.api.office.decisions import CaseAnswer, Marking, Undoing
from services.api.office.door_lane import AdmissionCreate
from services.api.office.hall_seats import NoteChange, SeatChange
from services.api.office.handovers import HandoverCreate, HandoverTake
from services.api.office.paper import PaperRow, PaperSheet
from services.api.office.sitting_moves import Delay
from services.api.office.work import Work
from services.api.problems import Problem
from services.api.settings import ApiSection
from shared.keys import new_ring
from tests.api.story import DAY, Morning, at, failed

T = TypeVar("T")


def test_mallory_of_no_roster_is_added_at_a_spare_seat_provisionally(office: Morning) -> None:
    _plan(office, blocked=[[1, 1]])
    admitted = _do(office, "08:50", lambda work: door_lane.admit(work, 1, "A", _admission("mallory")))
    entry = office.entry("mallory")
    assert (entry.status, entry.table_label, entry.provisional) == ("present", "A-2", True)
    assert (admitted.entry.name, admitted.attempt.actor) == ("Mallory", "user:1")
    assert [row.action for row in office.audited()] == ["roster.add_at_door", "attendance.mark"]


def test_somebody_nobody_knows_needs_the_name_on_the_id(office: Morning) -> None:
    with pytest.raises(Problem, match="no student z9"):
        _do(office, "08:50", lambda work: door_lane.admit(work, 1, "A", _admission("z9")))
    _do(office, "08:50", lambda work: door_lane.admit(work, 1, "A", _admission("z9", name="Zoe")))
    assert office.status("z9") == "present"


def test_grace_of_hall_b_is_admitted_here_and_sits_here_now(office: Morning) -> None:
    _plan(office)
    person = _do(office, "08:50", lambda work: door_lane.look_up(work, 1, "A", "grace"))
    assert (person.belongs, person.hall, person.spare) == ("other_hall", "B", "A-1")
    _do(office, "08:50", lambda work: door_lane.admit(work, 1, "A", _admission("grace")))
    entry = office.entry("grace")
    assert (entry.hall_id, entry.table_label, entry.status, entry.provisional) == ("A", "A-1", "present", False)


def test_the_door_lane_says_where_somebody_belongs(office: Morning) -> None:
    assert _do(office, "14:40", lambda work: _belongs(work, "eve")) == "other_sitting"
    assert _do(office, "14:40", lambda work: _belongs(work, "mallory")) == "nowhere"
    assert _do(office, "08:50", lambda work: _belongs(work, "ada")) == "here"


def test_an_admission_sent_twice_adds_nobody_twice(office: Morning) -> None:
    sent = _admission("mallory", key="tablet-1")
    first = _do(office, "08:50", lambda work: door_lane.admit(work, 1, "A", sent))
    again = _do(office, "08:51", lambda work: door_lane.admit(work, 1, "A", sent))
    assert first.attempt.id == again.attempt.id
    assert len(office.attempts()) == 1


def test_a_decision_that_waited_for_the_link_keeps_its_time_and_the_audit_says_so(office: Morning) -> None:
    office.sees("ada", "A__exit", "08:52")  # she leaves while the tablet is alone: seen out before she was in
    late = Marking(status="in", made_at=at("08:50"), key="k")
    _do(office, "09:30", lambda work: decisions.mark_student(work, 1, "ada", late))
    entry = office.entry("ada")
    assert (entry.status, entry.status_at) == ("out", at("08:52")), "what came first counts first"
    assert (office.audited()[-1].after or {})["sent_late_s"] == 2400.0


@pytest.mark.parametrize(("made_at", "code"), [("22:00", "in_the_future"), ("08:00", "too_old")])
def test_a_decisions_own_time_has_bounds(office: Morning, made_at: str, code: str) -> None:
    marking = Marking(status="in", made_at=at(made_at))
    with pytest.raises(Problem) as refused:
        _do(office, "20:30", lambda work: decisions.mark_student(work, 1, "ada", marking))
    assert refused.value.body.code == code


def test_nobody_is_marked_for_a_time_at_which_the_sitting_was_not_in_play(office: Morning) -> None:
    marking = Marking(status="in", at=at("05:00"))
    with pytest.raises(Problem, match="not in play"):
        _do(office, "09:30", lambda work: decisions.mark_student(work, 1, "ada", marking))


@pytest.mark.parametrize("status", ["in", "present", "late"])
def test_nobody_is_marked_before_the_sitting_is_in_play(office: Morning, status: Any) -> None:
    marking = Marking(status=status)
    with pytest.raises(Problem) as refused:
        _do(office, "07:29", lambda work: decisions.mark_student(work, 1, "ada", marking))
    assert (refused.value.status_code, refused.value.body.code) == (422, "not_yet_in_play")
    assert office.attempts() == []
    _do(office, "07:30", lambda work: decisions.mark_student(work, 1, "ada", marking))
    assert office.status("ada") in ("present", "late")


def test_the_door_lane_lets_nobody_in_before_the_sitting_is_in_play(office: Morning) -> None:
    with pytest.raises(Problem, match="too early"):
        _do(office, "07:29", lambda work: door_lane.admit(work, 1, "A", _admission("ada")))
    with pytest.raises(Problem, match="too early"):
        _do(office, "07:29", lambda work: door_lane.admit(work, 1, "A", _admission("mallory")))
    assert (office.status("ada"), office.attempts()) == ("expected", [])
    with pytest.raises(NoResultFound):
        office.entry("mallory")


def test_what_a_tablet_decided_before_the_sitting_was_in_play_is_refused_when_it_comes_later(office: Morning) -> None:
    marking = Marking(status="in", made_at=at("07:10"))
    with pytest.raises(Problem, match="too early"):
        _do(office, "08:50", lambda work: decisions.mark_student(work, 1, "ada", marking))


def test_a_mark_is_taken_back_whenever_that_is(office: Morning) -> None:
    _do(office, "07:40", lambda work: decisions.mark_student(work, 1, "ada", Marking(status="in")))
    _do(office, "07:41", lambda work: sitting_moves.delay(work, 1, Delay(minutes=120, reason="Snow")))
    back = Marking(status="expected", reason="the wrong one")
    _do(office, "07:42", lambda work: decisions.mark_student(work, 1, "ada", back))
    assert office.status("ada") == "expected"


def test_admitting_against_an_attack_needs_a_reason(office: Morning) -> None:
    office.see(failed("A__door1", at("08:50"), reason="photo"))
    case = _do(office, "08:51", lambda work: reviews.find(work, "open", 1, None, 9)[0])
    assert case.reason_needed == "always"
    answer = CaseAnswer(action="admit", student_id="ada", checked="id")
    with pytest.raises(Problem, match="Say why"):
        _do(office, "08:51", lambda work: decisions.answer_case(work, 1, answer))
    said = answer.model_copy(update={"reason": "a sticker on the glasses"})
    _do(office, "08:51", lambda work: decisions.answer_case(work, 1, said))
    assert office.status("ada") == "present"


def test_admitting_somebody_else_than_the_machine_named_needs_a_reason(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:50", finding="margin", runner_up="eve")
    answer = CaseAnswer(action="admit", student_id="grace", checked="id", table="A-9")
    with pytest.raises(Problem, match="Say why"):
        _do(office, "08:51", lambda work: decisions.answer_case(work, 1, answer))


def test_who_is_admitted_here_from_a_case_gets_a_spare_seat(office: Morning) -> None:
    _plan(office)
    office.sees("grace", "A__door1", "08:50")
    _do(office, "08:52", lambda work: decisions.answer_case(work, 1, CaseAnswer(action="admit", checked="number")))
    entry = office.entry("grace")
    assert (entry.hall_id, entry.table_label, entry.row, entry.col) == ("A", "A-1", 1, 1)


def test_an_unknown_face_that_comes_again_is_one_case_with_all_its_pictures(office: Morning) -> None:
    first = office.sees("eve", "A__door1", "08:45", finding="no_match", score=0.31)
    again = office.sees("eve", "A__door2", "08:47", finding="no_match", score=0.35)
    office.sees("eve", "A__door1", "08:46", finding="no_match", score=0.12)  # another face, least unlike Eve too
    office.sees("eve", "A__door1", "08:58", finding="no_match", score=0.31)  # long after
    assert [case.visits for case in office.cases()] == [2, 1, 1]
    shown = _do(office, "08:59", lambda work: reviews.find(work, "open", 1, "A", 9)[0])
    assert shown.visits_seen == [first.id, again.id]


def test_who_is_out_came_when_they_were_let_in_and_not_when_that_was_taken_back(office: Morning, redis: Redis) -> None:
    wrong = office.sees("ada", "A__door1", "08:40")
    undone = Undoing(reason="not Ada")
    _do(office, "08:41", lambda work: decisions.undo_attempt(work, cast(int, wrong.id), undone))
    office.sees("ada", "A__door1", "08:55")
    office.sees("ada", "A__exit", "09:20")
    shown = _do(office, "09:21", lambda work: live.look(work, redis, 1, "A")).roster["ada"]
    assert (shown.status, shown.at, shown.came_at) == ("out", at("09:20"), at("08:55"))


def test_two_change_places_and_a_seat_that_is_somebodys_is_refused(office: Morning) -> None:
    _plan(office)
    office.change(lambda session: _sit(session, "grace", "A", "A-2"))
    with pytest.raises(Problem, match="is somebody's"):
        _seat(office, SeatChange(student_id="ada", table="a2"))
    with pytest.raises(Problem, match="no seat Z-9"):
        _seat(office, SeatChange(student_id="ada", table="Z-9"))
    _seat(office, SeatChange(student_id="ada", table="b 3"))
    assert (office.entry("ada").table_label, office.entry("ada").row) == ("B-3", 2)
    _seat(office, SeatChange(student_id="ada", swap_with="grace"))
    assert (office.entry("ada").table_label, office.entry("grace").table_label) == ("A-2", "B-3")
    assert office.audited()[-1].action == "roster.seat"


def test_a_seat_that_was_changed_meanwhile_is_not_overwritten(office: Morning) -> None:
    with pytest.raises(Problem, match="changed meanwhile"):
        _seat(office, SeatChange(student_id="ada", table="B-1", version=7))


def test_a_note_is_kept_and_its_text_is_not_in_the_audit(office: Morning) -> None:
    _do(office, "09:10", lambda work: hall_seats.change_note(work, 1, "ada", NoteChange(note="forgot her glasses")))
    assert office.entry("ada").note == "forgot her glasses"
    assert "glasses" not in str(office.audited()[-1].model_dump())


def test_a_paper_sheet_is_entered_whole_or_not_at_all(office: Morning) -> None:
    office.change(lambda session: _sit(session, "grace", "A", "A-2"))
    good = [PaperRow(student_id="ada", at=at("08:57")), PaperRow(student_id="grace", at=at("09:08"))]
    bad = [*good, PaperRow(student_id="eve", at=at("09:00")), PaperRow(student_id="ada", at=at("11:59"))]
    with pytest.raises(Problem) as refused:
        _do(office, "09:50", lambda work: paper.enter(work, 1, "A", PaperSheet(rows=bad)))
    wrong = {(problem.where, problem.code) for problem in refused.value.body.problems}
    expected = {("rows.2, student_id", "not_on_roster"), ("rows.3, at", "in_the_future")}
    assert wrong == {*expected, ("rows.3, student_id", "double")}
    assert office.attempts() == []
    _do(office, "09:50", lambda work: paper.enter(work, 1, "A", PaperSheet(rows=good, key="sheet")))
    assert (office.entry("ada").status, office.entry("grace").status) == ("present", "late")
    again = _do(office, "09:51", lambda work: paper.enter(work, 1, "A", PaperSheet(rows=good, key="sheet")))
    assert (again.entered, again.in_already) == (0, ["ada", "grace"])


def test_a_hall_is_handed_over_once_and_who_leaves_no_longer_watches_it(office: Morning) -> None:
    giver, taker = _staff(office, "giver"), _staff(office, "taker")
    office.change(lambda session: session.add(Assignment(user_id=giver, sitting_id=1)))
    offered = _do(office, "09:00", lambda work: handovers.offer(work, 1, "A", HandoverCreate()), giver)
    with pytest.raises(Problem, match="your own code"):
        _do(office, "09:01", lambda work: handovers.take(work, HandoverTake(code=offered.code)), giver)
    typed = HandoverTake(code=offered.code.replace("-", " ").lower())
    taken = _do(office, "09:01", lambda work: handovers.take(work, typed), taker)
    assert (taken.sitting_id, taken.hall) == (1, "A")
    assert _assigned(office) == {(giver, "B"), (taker, "A")}
    with pytest.raises(Problem, match="There is no"):
        _do(office, "09:02", lambda work: handovers.take(work, typed), taker)
    assert office.audited()[-1].action == "hall.hand_over"
    assert offered.code not in str([row.model_dump() for row in office.audited()])


def test_a_code_is_good_for_ten_minutes(office: Morning) -> None:
    giver, taker = _staff(office, "giver"), _staff(office, "taker")
    offered = _do(office, "09:00", lambda work: handovers.offer(work, 1, "A", HandoverCreate(leaves=False)), giver)
    with pytest.raises(Problem, match="There is no"):
        _do(office, "09:10:01", lambda work: handovers.take(work, HandoverTake(code=offered.code)), taker)


def test_an_invigilator_of_hall_a_decides_nothing_in_hall_b(office: Morning) -> None:
    user = _staff(office, "watches-a")
    office.change(lambda session: session.add(Assignment(user_id=user, sitting_id=1, hall_id="A")))
    with pytest.raises(Problem, match="not assigned"):
        _do(office, "08:50", lambda work: decisions.mark_student(work, 1, "grace", Marking(status="in")), user)
    assert office.status("grace") == "expected"
    office.sees("grace", "B__door1", "08:50", finding="margin", runner_up="ada")
    assert _do(office, "08:51", lambda work: reviews.find(work, None, None, None, 9), user) == []
    office.sees("ada", "A__door1", "08:51", finding="margin", runner_up="grace")
    (own,) = _do(office, "08:52", lambda work: reviews.find(work, None, None, None, 9), user)
    assert own.hall == "A"


def test_the_mark_changes_with_a_commit_and_only_then(office: Morning) -> None:
    mark = CommitMark(office.engine)
    before = mark()
    assert mark() == before
    office.change(lambda session: _sit(session, "ada", "A", "A-7"))
    assert mark() != before
    mark.close()


def _do(office: Morning, clock: str, act: Callable[[Work], T], user: int = 1, role: Role | None = None) -> T:
    role = role or ("admin" if user == 1 else "invigilator")
    with writing(office.engine) as session:
        caller = Caller(user_id=user, role=role)
        return act(Work(session, caller, at(clock), ApiSection(), new_ring("media"), cast(Any, None)))


def _admission(student_id: str, **more: Any) -> AdmissionCreate:
    return AdmissionCreate(student_id=student_id, checked="id", **more)


def _belongs(work: Work, student_id: str) -> str:
    return door_lane.look_up(work, 1, "A", student_id).belongs


def _seat(office: Morning, wish: SeatChange) -> None:
    _do(office, "09:00", lambda work: hall_seats.change_seat(work, 1, "A", wish))


def _plan(office: Morning, blocked: list[list[int]] | None = None) -> None:
    def draw(session: Session) -> None:
        hall = session.get_one(Hall, "A")
        hall.rows, hall.columns, hall.blocked = 3, 4, blocked or []

    office.change(draw)


def _sit(session: Session, student_id: str, hall: str, table: str) -> None:
    entry = session.exec(
        select(RosterEntry).where(RosterEntry.student_id == student_id, RosterEntry.sitting_id == 1)
    ).one()
    entry.hall_id, entry.table_label = hall, table


def _staff(office: Morning, name: str) -> int:
    with writing(office.engine) as session:
        if users.find(session, "first") is None:
            users.create_user(session, "first", "admin", DAY, password="long enough to type")
        return users.create_user(session, name, "invigilator", DAY, password="long enough to type")[0].id or 0


def _assigned(office: Morning) -> set[tuple[int, str | None]]:
    with writing(office.engine) as session:
        return set(session.exec(select(Assignment.user_id, Assignment.hall_id)))
