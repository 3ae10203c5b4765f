"""A sitting is delayed, goes to another hall, or is called off, while people arrive; on both databases."""

from collections.abc import Callable
from typing import TypeVar, cast

import pytest
from redis import Redis
from sqlmodel import Session, select

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import Assignment, Hall, HallMove, Kiosk, User
from services.api.ingest.views_of import schedule_of
from services.api.office import (
    assignments,
    attendance,
    hall_moves,
    halls,
    live,
    record,
    seats_proposed,
    seats_set,
    sitting_moves,
    sittings,
    student_sittings,
)
from services.api.office.hall_moves import HallMoving
from services.api.office.halls import HallChange
from services.api.office.reports import facts
from services.api.office.reports.figures import part_of
from services.api.office.seat_shapes import PlaceSet, SeatsPut, SeatsWish
from services.api.office.sitting_moves import CallingOff, Delay
from services.api.office.work import Work, follow_schedule
from services.api.problems import Problem
from services.api.settings import ApiSection
from shared.keys import new_ring
from shared.schedule import Schedule
from tests.api.story import DAY, Morning, at

T = TypeVar("T")
MATH = 1


def do(office: Morning, act: Callable[[Work], T], clock: str = "08:40") -> T:
    """Let an admin act at a time of the day."""
    with writing(office.engine) as session, follow_schedule(session):
        return act(work_of(session, clock))


def work_of(session: Session, clock: str) -> Work:
    nobody = cast("Redis", None)  # what is tested here asks no broker
    return Work(session, Caller(user_id=1, role="admin"), at(clock), ApiSection(), new_ring("media"), nobody)


def schedule(office: Morning, clock: str = "08:40") -> Schedule:
    with reading(office.engine) as session:
        return schedule_of(session, at(clock), ApiSection())


def move(office: Morning, **more: object) -> hall_moves.Moved:
    wish = HallMoving.model_validate({"from": "A", "to": "C", "reason": "No power", **more})
    return do(office, lambda work: hall_moves.move(work, MATH, wish))


@pytest.fixture
def with_hall_c(office: Morning) -> Morning:
    """Hall C, four rows of sixteen seats, with a door; a second student, Tim, sits in hall A, at no table of C's."""

    def add(session: Session) -> None:
        session.add(Hall(id="C", name="Hall C", directions="Across the yard", rows=4, columns=16))
        session.flush()
        session.add(Kiosk(id="C__door1", hall_id="C"))

    office.change(add)
    return office


def test_who_was_late_is_punctual_once_the_sitting_is_delayed(office: Morning) -> None:
    assert office.sees("ada", "A__door1", "09:10").verdict == "late"
    delayed = do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=15, reason="No papers")), "09:12")
    assert office.status("ada") == "present"
    assert delayed.late_after == at("09:15")
    assert delayed.starts_at == at("09:15")
    assert delayed.closes_at == at("09:45")
    assert delayed.ends_at == at("11:15")
    assert office.sees("grace", "B__door1", "09:14").verdict == "present"


def test_check_in_that_has_opened_stays_open_unless_the_doors_are_closed_again(office: Morning) -> None:
    stays = do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=30, reason="Snow")), "08:45")
    assert stays.opens_at == at("08:30")
    wish = Delay(minutes=30, reason="Snow", close_the_doors=True)
    assert do(office, lambda work: sitting_moves.delay(work, MATH, wish), "08:46").opens_at == at("09:00")
    assert office.sees("ada", "A__door1", "08:50").verdict == "too_early"


def test_before_check_in_opens_everything_shifts(office: Morning) -> None:
    delayed = do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=30, reason="Snow")), "07:00")
    assert delayed.opens_at == at("09:00")
    assert [entry.action for entry in office.audited()] == ["sitting.delay"]


def test_a_sitting_that_is_over_or_changed_meanwhile_is_not_delayed(office: Morning) -> None:
    with pytest.raises(Problem, match="over"):
        do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=5, reason="Late")), "11:30")
    with pytest.raises(Problem, match="changed"):
        do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=5, reason="Late", version=7)))


def test_the_old_door_sends_ada_to_the_new_hall(with_hall_c: Morning) -> None:
    office = with_hall_c
    moved = move(office)
    assert (moved.moved, moved.already_in, moved.unseated) == (1, 0, [])
    refused = office.sees("ada", "A__door1", "08:50")
    assert refused.verdict == "wrong_hall"
    outcome = office.outcome(refused)
    assert outcome.hall == "C"
    assert "Across the yard" in outcome.model_dump_json()
    admitted = office.sees("ada", "C__door1", "08:55")
    assert admitted.verdict == "present"
    assert admitted.table_label == "C-14"


def test_the_old_hall_s_doors_still_ask_for_the_challenge(with_hall_c: Morning) -> None:
    office = with_hall_c
    move(office)
    view = schedule(office)
    (math,) = [sitting for sitting in view.sittings if sitting.sitting_id == MATH]
    assert math.hall_of["ada"] == "C"
    assert math.left_halls == ("A",)
    door = view.kiosk("A__door1")
    assert door is not None
    assert view.policy_for(door, at("08:50")) == "challenge"


def test_who_is_in_stays_in_and_is_known_at_both_doors(with_hall_c: Morning) -> None:
    office = with_hall_c
    assert office.sees("ada", "A__door1", "08:41").verdict == "present"
    assert move(office).already_in == 1
    assert office.status("ada") == "present"
    assert office.sees("ada", "A__door1", "08:50").verdict == "wrong_hall"
    assert office.sees("ada", "C__door1", "09:10").verdict == "already_in"
    assert office.status("ada") == "present"


def test_a_move_back_takes_the_old_door_off_again(with_hall_c: Morning) -> None:
    office = with_hall_c
    move(office)
    back = HallMoving.model_validate({"from": "C", "to": "A", "reason": "Power is back"})
    do(office, lambda work: hall_moves.move(work, MATH, back))
    (math,) = [sitting for sitting in schedule(office).sittings if sitting.sitting_id == MATH]
    assert math.left_halls == ("C",)
    with reading(office.engine) as session:
        assert session.exec(select(HallMove.from_hall_id)).all() == ["C"]
    assert office.sees("ada", "A__door1", "08:55").verdict == "present"
    assert office.sees("ada", "C__door1", "08:59").verdict == "wrong_hall"


def test_a_table_that_the_new_hall_lacks_is_given_anew_or_left_open(with_hall_c: Morning) -> None:
    office = with_hall_c
    do(office, lambda work: halls.change(work, "C", HallChange(rows=2, columns=3)))
    assert move(office).unseated == ["ada"]
    again = HallMoving.model_validate({"from": "C", "to": "A", "reason": "Too small"})
    do(office, lambda work: hall_moves.move(work, MATH, again))
    assert move(office, seats="id").unseated == []
    assert office.entry("ada").table_label == "A-1"


def test_nobody_is_given_a_seat_that_another_exam_has_there(with_hall_c: Morning) -> None:
    office = with_hall_c
    office.sitting(3, "LAT-1", "10:00", {"mallory": ("C", "C-14")})
    assert move(office).unseated == ["ada"]
    entry = office.entry("ada")
    assert (entry.table_label, entry.row, entry.col) == ("", None, None)


def test_invigilators_of_the_hall_go_with_it(with_hall_c: Morning) -> None:
    office = with_hall_c

    def add(session: Session) -> None:
        session.add(User(id=7, username="watson", password_hash="", role="invigilator", created_at=DAY))
        session.flush()
        session.add(Assignment(user_id=7, sitting_id=MATH, hall_id="A"))

    office.change(add)
    move(office)
    (watcher,) = do(office, lambda work: assignments.every(work, MATH))
    assert watcher.halls == ["C"]


def test_a_sitting_called_off_is_on_no_door_and_its_facts_stay(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:45")
    do(office, lambda work: sitting_moves.cancel(work, MATH, CallingOff(reason="Fire alarm")))
    assert MATH not in [sitting.sitting_id for sitting in schedule(office).sittings]
    assert office.status("ada") == "present"
    assert office.sees("grace", "B__door1", "08:50").verdict == "not_registered"
    assert [attempt.verdict for attempt in office.attempts()] == ["present", "not_registered"]
    do(office, lambda work: sitting_moves.reinstate(work, MATH, CallingOff(reason="False alarm")))
    assert office.status("ada") == "present"
    assert office.sees("grace", "B__door1", "08:55").verdict == "present"
    audited = [entry.action for entry in office.audited() if entry.action.startswith("sitting.")]
    assert audited == ["sitting.cancel", "sitting.reinstate"]


@pytest.mark.parametrize("clock", ["08:50", "12:00"])
def test_nobody_is_absent_from_what_was_called_off_wherever_one_looks(office: Morning, clock: str) -> None:
    office.sees("ada", "A__door1", "08:45")
    do(office, lambda work: sitting_moves.cancel(work, MATH, CallingOff(reason="Fire alarm")))
    stand = {"ada": "present", "grace": "cancelled"}

    def look(work: Work) -> None:
        assert {one.student_id: one.status for one in attendance.roster(work, MATH)} == stand
        assert attendance.roster_status_of(work, office.entry("grace")).status == "cancelled"
        assert [one.status for one in student_sittings.of_student(work, "grace")] == ["cancelled"]
        assert {one.student_id: one.status for one in record.lines(work, sittings.get(work, MATH))} == stand
        seen = live._roster(work, MATH, None, {})
        assert {one.student_id: one.status for one in seen} == stand
        assert live.count(seen, []).cancelled == 1
        assert part_of(facts.of_sitting(work, MATH)).totals.cancelled == 1

    do(office, look, clock)


def test_what_is_called_off_is_neither_delayed_nor_called_off_again(office: Morning) -> None:
    do(office, lambda work: sitting_moves.cancel(work, MATH, CallingOff(reason="Fire alarm")))
    with pytest.raises(Problem, match="called off"):
        do(office, lambda work: sitting_moves.delay(work, MATH, Delay(minutes=5, reason="Late")))
    with pytest.raises(Problem, match="called off"):
        do(office, lambda work: sitting_moves.cancel(work, MATH, CallingOff(reason="Fire alarm")))


def test_a_sitting_and_a_hall_can_be_deleted_after_a_move(with_hall_c: Morning) -> None:
    office = with_hall_c
    move(office)
    do(office, lambda work: sittings.delete(work, MATH))
    do(office, lambda work: halls.get(work, "C"))
    with reading(office.engine) as session:
        assert session.get(HallMove, 1) is None


def test_seats_are_proposed_then_set_all_or_none(with_hall_c: Morning) -> None:
    office = with_hall_c
    office.sitting(3, "LAT-1", "09:30", {"mallory": ("C", ""), "eve": ("C", "")})
    office.sitting(4, "ART-1", "09:00", {"grace": ("C", "A-1")})
    proposal = do(office, lambda work: seats_proposed.propose(work, 3, "C", SeatsWish(how="id")))
    assert {place.student_id: place.table for place in proposal.places} == {"eve": "A-2", "mallory": "A-3"}
    assert office.entry("eve", 3).table_label == ""
    places = [PlaceSet(student_id=p.student_id, row=p.row, col=p.col, version=p.version) for p in proposal.places]
    stale = [places[0], places[1].model_copy(update={"version": 9})]
    with pytest.raises(Problem, match="meanwhile"):
        do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=stale)))
    assert office.entry("eve", 3).table_label == ""
    assert do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=places))).changed == 2
    assert office.entry("eve", 3).table_label == "A-2"


def test_two_swap_and_nobody_sits_on_another(with_hall_c: Morning) -> None:
    office = with_hall_c
    office.sitting(3, "LAT-1", "09:30", {"mallory": ("C", "A-1"), "eve": ("C", "A-2")})
    swap = [
        PlaceSet(student_id="mallory", row=1, col=2, version=1),
        PlaceSet(student_id="eve", row=1, col=1, version=1),
    ]
    assert do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=swap))).changed == 2
    assert office.entry("mallory", 3).table_label == "A-2"
    onto = [PlaceSet(student_id="mallory", row=1, col=1, version=2)]
    with pytest.raises(Problem, match="wrong"):
        do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=onto)))
    outside = [PlaceSet(student_id="mallory", row=9, col=1, version=2)]
    with pytest.raises(Problem, match="wrong"):
        do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=outside)))
    off = [PlaceSet(student_id="mallory", version=2)]
    do(office, lambda work: seats_set.put(work, 3, "C", SeatsPut(places=off)))
    assert office.entry("mallory", 3).table_label == ""


def test_spaced_seats_move_the_other_exam_too_and_leave_who_is_in(with_hall_c: Morning) -> None:
    office = with_hall_c
    office.crowd(3, "LAT-1", "09:00", {f"L{n}": ("C", "") for n in range(1, 17)})
    office.crowd(4, "ART-1", "09:00", {f"R{n}": ("C", f"A-{n}") for n in range(1, 17)})
    office.sees("R1", "C__door1", "08:45")
    proposal = do(office, lambda work: seats_proposed.propose(work, 3, "C", SeatsWish(how="spaced")))
    assert proposal.neighbour_pairs == 0
    assert {place.sitting_id for place in proposal.places} == {3, 4}
    assert "R1" not in {place.student_id for place in proposal.places}
    alone = do(office, lambda work: seats_proposed.propose(work, 3, "C", SeatsWish(how="spaced", together=False)))
    assert {place.sitting_id for place in alone.places} == {3}
