"""What sittings lack, on both databases: everything is counted, and nothing is said that is not so."""

from datetime import timedelta

from sqlmodel import Session, select

from services.api.db.tables import (
    Accommodation,
    Assignment,
    Hall,
    LookAlikePair,
    RosterEntry,
    Sitting,
    Student,
    Template,
    User,
)
from services.api.office import halls, printing, readiness
from services.api.office.halls import HallChange
from services.api.office.readiness import Readiness
from services.api.words import words_of
from tests.api.story import DAY, Morning, at
from tests.api.test_paper import pages
from tests.api.test_sitting_moves import do

MATH, PHYSICS = 1, 2


def lacks(office: Morning, sitting_id: int = MATH) -> dict[tuple[str, str | None], int]:
    """Return what a sitting lacks: how many, by what and in which hall."""
    found = do(office, lambda work: readiness.of_sitting(work, sitting_id))
    assert found.ready == (not found.missing)
    return {(one.what, one.hall): one.count for one in found.missing}


def make_ready(office: Morning) -> None:
    """Plans for both halls, templates for all, an invigilator for the whole of MATH-201."""

    def add(session: Session) -> None:
        for hall in session.exec(select(Hall)):
            hall.rows, hall.columns = 4, 16
        for student_id in ("ada", "grace", "eve", "mallory"):
            session.add(
                Template(
                    student_id=student_id,
                    model_id="net",
                    sealed=b"",
                    event_id=student_id,
                    asked_at=DAY,
                    enrolled_at=DAY,
                )
            )
        session.add(User(id=7, username="watson", password_hash="", role="invigilator", created_at=DAY))
        session.flush()
        session.add(Assignment(user_id=7, sitting_id=MATH))

    office.change(add)


def test_a_new_sitting_lacks_templates_plans_and_invigilators(office: Morning) -> None:
    assert lacks(office) == {
        ("no_template", None): 2,
        ("no_plan", "A"): 1,
        ("no_plan", "B"): 1,
        ("no_invigilator", "A"): 1,
        ("no_invigilator", "B"): 1,
    }


def test_a_sitting_with_everything_is_ready(office: Morning) -> None:
    make_ready(office)
    assert lacks(office) == {}
    (first, second) = do(office, lambda work: readiness.week(work, at("00:00"))).sittings
    assert (first.sitting.exam_code, first.ready, first.expected) == ("MATH-201", True, 2)
    assert not second.ready


def test_who_is_expected_by_number_needs_no_template(office: Morning) -> None:
    def opt_out(session: Session) -> None:
        session.get_one(Student, "ada").by_number = True

    office.change(opt_out)
    assert lacks(office)["no_template", None] == 1


def test_a_hall_without_a_door_or_with_one_that_is_off_is_told(office: Morning) -> None:
    make_ready(office)
    office.change(lambda session: session.add(Hall(id="C", name="Hall C", rows=1, columns=1)))
    office.sitting(3, "LAT-1", "13:00", {"mallory": ("C", ""), "ada": ("C", "")})
    assert lacks(office, 3) == {
        ("no_kiosk", "C"): 1,
        ("no_invigilator", "C"): 1,
        ("no_seat", "C"): 2,
        ("seats_short", "C"): 1,
    }


def test_a_student_and_an_invigilator_in_two_places_and_two_on_one_seat_are_clashes(office: Morning) -> None:
    make_ready(office)
    office.sitting(3, "LAT-1", "10:00", {"ada": ("B", "D-2")})
    office.change(lambda session: session.add(Assignment(user_id=7, sitting_id=3, hall_id="B")))
    clashes = {
        ("student_clash", None): 1,
        ("invigilator_clash", None): 1,
        ("same_seat", "B"): 1,
    }
    assert lacks(office, 3) == clashes
    assert lacks(office) == clashes
    found = do(office, lambda work: readiness.of_sitting(work, 3))
    assert [one.students for one in found.missing if one.what == "student_clash"] == [["ada"]]


def test_somebody_whose_seat_was_blocked_or_is_off_the_plan_since_is_told(office: Morning) -> None:
    make_ready(office)

    def seat(session: Session) -> None:
        for student_id, place in {"ada": (3, 14), "grace": (4, 2)}.items():
            entry = session.exec(
                select(RosterEntry).where(RosterEntry.student_id == student_id, RosterEntry.sitting_id == MATH)
            ).one()
            entry.row, entry.col = place

    office.change(seat)
    assert lacks(office) == {}
    do(office, lambda work: halls.change(work, "A", HallChange(blocked=[(3, 14)])))
    assert lacks(office) == {("seat_gone", "A"): 1}
    do(office, lambda work: halls.change(work, "A", HallChange(columns=13)))
    do(office, lambda work: halls.change(work, "B", HallChange(rows=3)))
    assert lacks(office) == {("seat_gone", "A"): 1, ("seat_gone", "B"): 1}


def test_a_seat_that_is_known_by_its_tables_name_alone_goes_as_well(office: Morning) -> None:
    make_ready(office)

    def name_only(session: Session) -> None:
        entry = office.entry("ada")
        entry = session.get_one(RosterEntry, entry.id)
        entry.table_label, entry.row, entry.col = "C-14", None, None

    office.change(name_only)
    assert lacks(office) == {}
    do(office, lambda work: halls.change(work, "A", HallChange(blocked=[(3, 14)])))
    assert lacks(office) == {("seat_gone", "A"): 1}


def test_one_after_the_other_is_no_clash(office: Morning) -> None:
    make_ready(office)
    office.sitting(3, "LAT-1", "11:00", {"ada": ("A", "C-14")})
    office.change(lambda session: session.add(Assignment(user_id=7, sitting_id=3)))
    assert lacks(office, 3) == {}


def test_a_sitting_called_off_clashes_with_nothing(office: Morning) -> None:
    make_ready(office)
    office.sitting(3, "LAT-1", "10:00", {"ada": ("B", "D-2")})

    def call_off(session: Session) -> None:
        session.get_one(Sitting, 3).state = "cancelled"

    office.change(call_off)
    assert lacks(office) == {}
    week = do(office, lambda work: readiness.week(work, at("00:00")))
    assert [one.sitting.id for one in week.sittings] == [MATH, PHYSICS]


def test_look_alikes_count_where_both_come_at_the_same_time(office: Morning) -> None:
    make_ready(office)

    def add(session: Session) -> None:
        for other in ("eve", "grace"):
            session.add(LookAlikePair(student_a="ada", student_b=other, similarity=0.7, model_id="net", found_at=DAY))

    office.change(add)
    assert lacks(office) == {("look_alikes", None): 1}  # Eve writes in the afternoon


def test_a_sitting_without_liveness_is_never_ready(office: Morning) -> None:
    make_ready(office)

    def waive(session: Session) -> None:
        session.get_one(Sitting, MATH).policy = "off"

    office.change(waive)
    assert lacks(office) == {("liveness_off", None): 1}


def test_the_week_ends_after_seven_days(office: Morning) -> None:
    def of_week(days: int) -> list[Readiness]:
        return do(office, lambda work: readiness.week(work, at("00:00") + timedelta(days=days))).sittings

    assert len(of_week(0)) == len(of_week(-6)) == 2
    assert of_week(-7) == of_week(1) == []


def test_papers_of_a_hall_are_the_same_each_time_and_speak_the_reader_s_language(office: Morning) -> None:
    make_ready(office)
    office.sitting(3, "LAT-1", "10:00", {"mallory": ("A", "A-1")})
    office.change(
        lambda session: session.add(Accommodation(student_id="ada", seat_need="front", set_at=DAY, set_by="user:1"))
    )
    for make in printing.PRINTS.values():
        one, same, malay = (printed(office, make, language) for language in ("en", "en", "ms"))
        assert one.startswith(b"%PDF")
        assert one == same != malay
        assert len(pages(one)) >= 1


def printed(office: Morning, make: printing.Print, language: str) -> bytes:
    """Return a paper of hall A, in a language."""
    return do(office, lambda work: make(work, words_of(language), MATH, "A"))
