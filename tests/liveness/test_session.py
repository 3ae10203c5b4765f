"""What happens at one kiosk, told as stories. Ada and Grace are students; Mallory is up to something."""

from datetime import UTC, datetime

import pytest

from services.liveness.challenge import OTHERS
from services.liveness.check import Passed
from services.liveness.crops import Candidate
from services.liveness.session import FailedForGood, Report
from shared.events import Action, NumberAsk
from tests.liveness.numbers import Kiosk, face, lids, new_kiosk


def reports(kiosk: Kiosk) -> list[Report]:
    return [report for decision in kiosk.decisions for report in decision.reports]


def only_pass(kiosk: Kiosk) -> Report:
    (report,) = [report for report in reports(kiosk) if isinstance(report.result, Passed)]
    return report


def crops_of(report: Report) -> tuple[Candidate, ...]:
    assert isinstance(report.result, Passed)
    return report.result.crops


def failure_of(report: Report) -> FailedForGood:
    assert isinstance(report.result, FailedForGood)
    return report.result


def test_ada_blinks_and_her_crops_are_from_the_start_the_middle_and_the_end(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    assert kiosk.codes == ["waiting", "do", "checking", "done"]
    crops = crops_of(only_pass(kiosk))
    assert {crop.moment for crop in crops} == {"start", "middle", "end"}
    assert 3 <= len(crops) <= 5
    times = [crop.seen.t_s for crop in crops]
    assert times == sorted(times)


@pytest.mark.parametrize("fps", [10.0, 15.0, 30.0])
def test_ada_passes_within_half_a_second_of_her_blink_at_every_frame_rate(kiosk: Kiosk, fps: float) -> None:
    kiosk.step_s = 1 / fps
    began_s = kiosk.t_s
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    report = only_pass(kiosk)
    assert began_s + 1.5 < crops_of(report)[-1].seen.t_s <= began_s + 1.5 + 0.5


def test_mallory_cannot_use_adas_blink(kiosk: Kiosk) -> None:
    """Ada blinks, and at once Mallory's photo is in her place: nobody passes, and it goes to a person."""
    kiosk.stand("Ada", 1.6, blinks_s=[1.5])
    kiosk.stand("Mallory", 3.0)
    assert kiosk.results == ["face_changed"]


def test_whoever_takes_the_place_after_a_verdict_is_somebody_new_and_must_blink(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    kiosk.stand("Mallory", 5.0)
    assert kiosk.results == ["passed"]
    assert kiosk.codes[-3:] == ["done", "waiting", "do"]
    tracks = {d.screen.track_id for d in kiosk.decisions if d.screen.track_id}
    assert len(tracks) == 2


def test_a_face_that_changes_in_the_middle_of_a_blink_does_not_pass(kiosk: Kiosk) -> None:
    for number in range(45):
        t_s = number / 15
        kiosk.show([face(kiosk.t_s, "Mallory" if t_s > 1.5 else "Ada", openness=lids(t_s, [1.5]))])
    assert kiosk.results == ["face_changed"]


def test_one_odd_frame_is_no_other_face(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 1.0)
    kiosk.show([face(kiosk.t_s, "a hand over her face")])
    kiosk.stand("Ada", 3.0, blinks_s=[1.0])
    assert kiosk.results == ["passed"]


def test_a_still_photo_is_refused_as_one_after_its_first_wait(kiosk: Kiosk) -> None:
    began_s = kiosk.t_s
    while kiosk.t_s < began_s + 10:
        kiosk.show([face(0.5, "Ada")])
    assert kiosk.results == ["photo"]
    assert kiosk.codes[-1] == "see_invigilator"


def test_somebody_who_cannot_blink_in_time_fails_three_times_and_goes_to_the_invigilator(kiosk: Kiosk) -> None:
    began_s = kiosk.t_s
    while kiosk.t_s < began_s + 30:  # talking all the while: no photo
        kiosk.show([face(kiosk.t_s, "Ada", mouth=0.1 + 0.1 * (int(kiosk.t_s * 3) % 2))])
    assert kiosk.results == ["timeout"]
    assert kiosk.codes.count("try_again") == 2
    (report,) = reports(kiosk)
    assert failure_of(report).failures == 3
    assert kiosk.codes[-1] == "see_invigilator"


def talk(kiosk: Kiosk, who: str, for_s: float) -> None:
    began_s = kiosk.t_s
    while kiosk.t_s < began_s + for_s:
        kiosk.show([face(kiosk.t_s, who, mouth=0.1 + 0.1 * (int(kiosk.t_s * 3) % 2))])


def test_walking_off_and_coming_back_resets_nothing(kiosk: Kiosk) -> None:
    talk(kiosk, "Ada", 8.5)
    kiosk.empty(4.0)
    talk(kiosk, "Ada", 20.0)
    assert kiosk.results == ["timeout"]
    traces = {d.screen.trace_id for d in kiosk.decisions if d.screen.trace_id}
    assert len(traces) == 1


def test_whoever_failed_and_left_is_told_of_once_after_ten_seconds(kiosk: Kiosk) -> None:
    talk(kiosk, "Ada", 9.0)
    kiosk.empty(9.0)
    assert kiosk.results == []
    kiosk.empty(3.0)
    assert kiosk.results == ["timeout"]
    kiosk.empty(20.0)
    assert kiosk.results == ["timeout"]


def test_grace_does_not_inherit_adas_failures(kiosk: Kiosk) -> None:
    talk(kiosk, "Ada", 17.8)
    kiosk.empty(1.0)
    kiosk.stand("Grace", 3.0, blinks_s=[1.5])
    assert kiosk.results == ["timeout", "passed"]
    assert only_pass(kiosk).trace_id != kiosk.decisions[5].screen.trace_id


def test_a_passer_by_who_never_looked_is_no_failure(kiosk: Kiosk) -> None:
    talk_aside = kiosk.t_s
    while kiosk.t_s < talk_aside + 12:
        kiosk.show([face(kiosk.t_s, "Grace", yaw=60, mouth=0.1 + 0.1 * (int(kiosk.t_s * 3) % 2))])
    kiosk.empty(12.0)
    assert kiosk.results == []


def test_a_face_outside_the_oval_is_not_served(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 4.0, blinks_s=[2.0], x=100.0)
    assert kiosk.results == []
    assert kiosk.codes == ["waiting"]


def test_somebody_who_stands_behind_does_not_disturb_but_one_who_overlaps_pauses(kiosk: Kiosk) -> None:
    for number in range(60):
        t_s = number / 15
        behind = face(kiosk.t_s, "Grace", x=520.0, width=70.0)
        kiosk.show([face(kiosk.t_s, "Ada", openness=lids(t_s, [1.5])), behind])
    assert kiosk.results == ["passed"]


def test_a_blink_under_another_face_does_not_count(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.6)
    for number in range(45):
        over = face(kiosk.t_s, "Grace", x=420.0, width=150.0)
        kiosk.show([face(kiosk.t_s, "Ada", openness=lids(number / 15, [1.5])), over])
    assert kiosk.results == []
    assert kiosk.codes[-1] == "paused"
    assert kiosk.decisions[-1].screen.hint == "one_at_a_time"


def test_faces_that_stay_over_each_other_fail_as_two_faces(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.6)
    for _ in range(30 * 15):
        kiosk.show([face(kiosk.t_s, "Ada"), face(kiosk.t_s, "Grace", x=420.0)])
    assert kiosk.results == ["two_faces"]


def test_a_gap_of_more_than_300_ms_ends_the_track(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 1.0)
    kiosk.empty(0.4)
    kiosk.stand("Ada", 1.0)
    tracks = [d.screen.track_id for d in kiosk.decisions if d.screen.track_id]
    assert len(set(tracks)) == 2


def test_without_a_sitting_nobody_is_served(kiosk: Kiosk) -> None:
    kiosk.policy = None
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    assert kiosk.codes == ["no_sitting"]
    assert kiosk.results == []


def test_with_the_policy_off_ada_passes_without_an_action_but_with_crops(kiosk: Kiosk) -> None:
    kiosk.policy = "off"
    kiosk.stand("Ada", 2.0)
    report = only_pass(kiosk)
    assert isinstance(report.result, Passed)
    assert report.result.steps == ()
    assert len(crops_of(report)) >= 3


def obey(kiosk: Kiosk, for_s: float) -> set[Action]:
    """Let Ada do whatever the screen says; return what it said."""
    doing, since_s = None, 0.0
    asked: set[Action] = set()
    until_s = kiosk.t_s + for_s
    while kiosk.t_s < until_s and not kiosk.results:
        t_s = kiosk.t_s
        shown = kiosk.decisions[-1].screen if kiosk.decisions else None
        if shown and shown.code == "do" and shown.action and shown.action != doing:
            doing, since_s = shown.action, t_s
            asked.add(shown.action)
        share = max(0.0, 1 - abs(t_s - since_s - 0.9) / 0.5)
        yaw = {"turn_left": 30.0, "turn_right": -30.0}.get(doing or "", 0.0) * share
        openness = lids(t_s, [since_s + 0.9]) if doing == "blink" else 1.0
        mouth = 0.5 * share if doing == "mouth_open" else 0.02
        smile = 0.75 + 0.3 * share if doing == "smile" else 0.75
        kiosk.show([face(t_s, "Ada", openness=openness, yaw=yaw, mouth=mouth, smile=smile)])
    return asked


def test_a_random_challenge_is_met_by_doing_what_the_screen_says() -> None:
    asked: set[Action] = set()
    for seed in range(24):
        kiosk = new_kiosk(seed)
        kiosk.policy = "challenge"
        asked |= obey(kiosk, 20.0)
        assert kiosk.results == ["passed"], f"seed {seed}"
    assert asked == {"blink", *OTHERS}


@pytest.mark.parametrize("seed", range(6))
def test_a_random_challenge_is_not_met_by_blinking_alone(seed: int) -> None:
    kiosk = new_kiosk(seed)
    kiosk.policy = "challenge"
    kiosk.stand("Ada", 30.0, blinks_s=[1.5 + 2 * number for number in range(14)])
    assert "passed" not in kiosk.results


def ask(student_id: str, unable: bool = False) -> NumberAsk:
    return NumberAsk(student_id=student_id, asked_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC), unable=unable)


def test_a_typed_number_goes_with_the_face(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([face(kiosk.t_s, "Ada")], ask("S1001"))
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    assert only_pass(kiosk).claimed_student_id == "S1001"


def test_a_number_typed_after_the_verdict_asks_for_a_new_blink(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    kiosk.show([face(kiosk.t_s, "Ada")], ask("S1001"))
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    found = reports(kiosk)
    assert [report.claimed_student_id for report in found] == [None, "S1001"]
    assert [report.attempt for report in found] == [0, 1]
    assert found[0].track_id == found[1].track_id


def test_who_cannot_do_it_goes_to_a_person_at_once(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([face(kiosk.t_s, "Ada")], ask("S1001", unable=True))
    (report,) = reports(kiosk)
    assert failure_of(report).reason == "unable"
    assert failure_of(report).evidence is not None
    assert report.claimed_student_id == "S1001"
    kiosk.stand("Ada", 1.0)
    assert kiosk.codes[-1] == "see_invigilator"


def test_the_end_of_the_footage_ends_what_is_owed(kiosk: Kiosk) -> None:
    talk(kiosk, "Ada", 9.0)
    kiosk.show([face(kiosk.t_s, "Ada")], last=True)
    assert kiosk.results == ["timeout"]
