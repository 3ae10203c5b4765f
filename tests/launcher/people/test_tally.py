"""What came of many walk-ups is counted, and each that missed is named with its cause."""

import pytest

from services.launcher.people.tally import Played, interval, played, tally_lines
from services.launcher.rehearsal.report import OutcomeLine, Report
from services.launcher.rehearsal.truth import Truth, WalkUp

ADA, GRACE = "S1", "S2"
EXPECT = {"genuine": "present", "stranger": "unknown", "photo": "not_admitted", "again": "already_in"}


def outcome(verdict: str, student_id: str | None = None, end_s: float = 3, **more: object) -> OutcomeLine:
    return OutcomeLine("A__door1", 1.0, end_s, verdict, student_id, None, None, 100.0, **more)  # type: ignore[arg-type]


def walkup(kind: str, student_id: str | None) -> WalkUp:
    return WalkUp.model_validate(
        {
            "kiosk": "A__door1",
            "kind": kind,
            "student_id": student_id,
            "start_s": 1,
            "end_s": 5,
            "expect": EXPECT[kind],
        }
    )


def came(kind: str, student_id: str | None, *outcomes: OutcomeLine, refusal: str | None = None) -> Played:
    return Played("one", walkup(kind, student_id), outcomes, refusal)


def test_ada_admitted_at_once_is_right() -> None:
    assert came("genuine", ADA, outcome("present", ADA)).right_at_once


def test_ada_admitted_at_the_second_try_is_not_right_at_once() -> None:
    twice = came("genuine", ADA, outcome("unknown", end_s=2), outcome("present", ADA, end_s=4))
    assert not twice.right_at_once
    assert not twice.admitted_wrongly


def test_ada_let_in_as_grace_is_let_in_wrongly() -> None:
    assert came("genuine", ADA, outcome("present", GRACE)).admitted_wrongly


def test_mallory_let_in_as_ada_is_let_in_wrongly_and_taken_for_a_student() -> None:
    mallory = came("stranger", None, outcome("present", ADA))
    assert mallory.admitted_wrongly
    assert mallory.taken_for_a_student
    assert not mallory.right_at_once


def test_mallory_told_that_ada_is_in_already_is_not_let_in_and_yet_taken_for_her() -> None:
    mallory = came("stranger", None, outcome("already_in", ADA))
    assert not mallory.admitted_wrongly
    assert mallory.taken_for_a_student


def test_adas_photo_let_in_as_ada_is_let_in_wrongly_even_after_a_refusal() -> None:
    photo = came("photo", ADA, outcome("liveness_failed", end_s=2), outcome("present", ADA, end_s=4))
    assert photo.admitted_wrongly
    assert not photo.right_at_once


def test_ada_who_missed_and_comes_again_may_be_admitted_then() -> None:
    again = came("again", ADA, outcome("present", ADA))
    assert not again.admitted_wrongly
    assert not again.right_at_once


def test_a_miss_is_told_with_its_cause() -> None:
    truth = Truth(present=(ADA,), not_present=(), walkups=(walkup("genuine", ADA), walkup("stranger", None)))
    report = Report((outcome("unknown", reason="no_match", score=0.414),), ())
    lines = list(tally_lines(played("one", truth, report, {})))
    assert any("one A__door1 1 s, genuine, S1: unknown (no_match, 0.414)" in line for line in lines)
    assert sum("stranger" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("outcomes", "refusal", "cause"),
    [
        ((), None, "no verdict while standing there"),
        ((), "blurred (sharpness 1, at least 2 needed)", "enrolment photo refused: blurred"),
        ((outcome("liveness_failed", reason="face_changed"),), None, "liveness_failed (face_changed)"),
    ],
)
def test_the_cause_names_what_went_wrong(outcomes: tuple[OutcomeLine, ...], refusal: str | None, cause: str) -> None:
    assert came("genuine", ADA, *outcomes, refusal=refusal).cause.startswith(cause)


def test_the_interval_is_wilsons() -> None:
    low, high = interval(95, 100)
    assert low == pytest.approx(0.8882, abs=1e-3)
    assert high == pytest.approx(0.9785, abs=1e-3)
    assert interval(10, 10)[1] == pytest.approx(1)


def test_the_report_of_a_rehearsal_keeps_to_its_contract() -> None:
    told = Report((outcome("unknown", reason="no_match", score=0.414),), ()).document()
    assert {"reason", "score"}.isdisjoint(told["outcomes"][0])
    assert told["outcomes"][0]["verdict"] == "unknown"
