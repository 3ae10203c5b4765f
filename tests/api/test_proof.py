"""What proves that somebody is alive is held against the database's own policy, sitting by sitting."""

import pytest
from sqlmodel import Session

from services.api.db.tables import Kiosk, Sitting
from shared.events import Action, Policy
from tests.api.story import Morning, at, done

BOTH: tuple[Action, ...] = ("blink", "turn_left")


@pytest.mark.parametrize(
    ("sitting", "asked", "actions"),
    [
        ("off", "off", ()),
        ("off", "challenge", BOTH),
        ("blink", "blink", ("blink",)),
        ("blink", "challenge", BOTH),
        ("challenge", "challenge", BOTH),
    ],
)
def test_ada_is_present_who_did_what_her_sitting_asks(
    office: Morning, sitting: Policy, asked: Policy, actions: tuple[Action, ...]
) -> None:
    office.change(lambda session: _ask(session, sitting))
    attempt = office.sees("ada", "A__door1", "08:45", policy=asked, challenge=done(*actions, t=at("08:45")))
    assert (attempt.verdict, office.cases()) == ("present", [])


@pytest.mark.parametrize(
    ("sitting", "asked", "actions"),
    [
        ("blink", "off", ()),
        ("blink", "off", ("blink",)),
        ("blink", "blink", ()),
        ("blink", "challenge", ("turn_left", "smile")),
        ("challenge", "off", ()),
        ("challenge", "blink", ("blink",)),
        ("challenge", "blink", BOTH),
        ("challenge", "challenge", ("blink", "blink")),
        ("challenge", "challenge", ()),
    ],
)
def test_whoever_proved_less_than_the_sitting_asks_is_a_case_and_never_admitted(
    office: Morning, sitting: Policy, asked: Policy, actions: tuple[Action, ...]
) -> None:
    office.change(lambda session: _ask(session, sitting))
    attempt = office.sees("ada", "A__door1", "08:45", policy=asked, challenge=done(*actions, t=at("08:45")))
    (case,) = office.cases()
    assert (case.verdict, case.detail, case.state) == ("liveness_failed", "proof_too_weak", "open")
    assert (attempt.student_id, office.outcome(attempt).name, office.status("ada")) == (None, None, "expected")
    passed = office.sees("ada", "A__door1", "08:46")
    assert (passed.verdict, office.status("ada")) == ("present", "present")  # nothing of it counts later either


def test_a_kiosk_that_asks_for_more_than_the_sitting_is_held_to_it(office: Morning) -> None:
    def stricter(session: Session) -> None:
        _ask(session, "off")
        session.get_one(Kiosk, "A__door1").policy = "blink"

    office.change(stricter)
    assert office.sees("ada", "A__door1", "08:45", policy="off", challenge=()).verdict == "liveness_failed"
    assert office.sees("ada", "A__door2", "08:45", policy="off", challenge=()).verdict == "present"


def test_a_kiosk_that_asks_for_less_waives_nothing(office: Morning) -> None:
    def laxer(session: Session) -> None:
        session.get_one(Kiosk, "A__door1").policy = "off"

    office.change(laxer)
    assert office.sees("ada", "A__door1", "08:45", policy="off", challenge=()).verdict == "liveness_failed"


def test_the_strictest_of_two_sittings_in_a_hall_counts_for_both(office: Morning) -> None:
    office.sitting(3, "CHEM-1", "09:20", {"mallory": ("A", "Z-9")})
    office.change(lambda session: _ask(session, "off"))
    assert office.sees("ada", "A__door1", "08:45", policy="off", challenge=()).verdict == "liveness_failed"
    assert office.status("ada") == "expected"


def test_a_sitting_of_another_hall_asks_nothing_here(office: Morning) -> None:
    office.sitting(3, "CHEM-1", "09:20", {"mallory": ("B", "Z-9")})
    office.change(lambda session: _ask(session, "off"))
    assert office.sees("ada", "A__door1", "08:45", policy="off", challenge=()).verdict == "present"


def _ask(session: Session, policy: Policy) -> None:
    session.get_one(Sitting, 1).policy = policy
