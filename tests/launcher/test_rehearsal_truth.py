from services.launcher.rehearsal.report import OutcomeLine, Report, RosterState
from services.launcher.rehearsal.truth import Truth, WalkUp, differences


def outcome(verdict: str, student_id: str | None, start_s: float, end_s: float) -> OutcomeLine:
    return OutcomeLine("A__door1", start_s, end_s, verdict, student_id, None, None, 120.0)


def walkup(kind: str, expect: str, student_id: str | None) -> WalkUp:
    return WalkUp.model_validate(
        {"kiosk": "A__door1", "kind": kind, "student_id": student_id, "start_s": 10, "end_s": 14, "expect": expect}
    )


def said(expect: WalkUp, *outcomes: OutcomeLine, status: str = "expected") -> list[str]:
    truth = Truth(present=(), not_present=(), walkups=(expect,))
    report = Report(outcomes, (RosterState("ada", status, None, None),))
    return [f"{found.expected} but {found.found}" for found in differences(truth, report)]


ADA = walkup("genuine", "present", "ada")
PHOTO_OF_ADA = walkup("photo", "not_admitted", "ada")
STRANGER = walkup("stranger", "unknown", None)


def test_ada_admitted_when_she_walked_up_is_as_expected() -> None:
    assert said(ADA, outcome("present", "ada", 10.2, 12.5)) == []


def test_ada_admitted_at_another_time_is_not() -> None:
    assert said(ADA, outcome("present", "ada", 1, 4)) == ["present but nothing"]


def test_somebody_else_admitted_in_her_place_is_a_difference() -> None:
    assert said(ADA, outcome("present", "grace", 10.2, 12.5)) == ["present but present grace"]


def test_a_photo_may_be_refused_in_any_way_but_not_admitted() -> None:
    assert said(PHOTO_OF_ADA) == []
    assert said(PHOTO_OF_ADA, outcome("liveness_failed", None, 10.2, 13)) == []
    assert said(PHOTO_OF_ADA, outcome("late", "ada", 10.2, 13)) == ["not_admitted but late ada"]


def test_a_stranger_must_come_out_unknown_and_nobody_be_admitted_then() -> None:
    assert said(STRANGER, outcome("unknown", None, 10, 12)) == []
    assert said(STRANGER, outcome("unknown", None, 10, 12), outcome("present", "ada", 12, 13)) == [
        "unknown but unknown, present ada"
    ]


def test_the_roster_must_come_out_the_same() -> None:
    truth = Truth(present=("ada",), not_present=("grace",), walkups=())
    report = Report((), (RosterState("ada", "expected", None, None), RosterState("grace", "late", None, None)))
    assert [found.where for found in differences(truth, report)] == ["roster ada", "roster grace"]
