"""A typed number belongs to the visit: it outlasts a broken track, and never goes to the next person."""

from datetime import UTC, datetime

from redis import Redis

from services.liveness.check import Passed
from services.liveness.decision import FailedForGood, Report
from services.liveness.wire import letter
from shared import names
from shared.events import FrameCaptured, NumberAsk
from shared.kiosk_channel import ASK_FRESH_S, ASK_KEPT_S, KioskChannel
from tests.liveness.numbers import Kiosk, face

KIOSK = "A__door"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BESIDE = 100.0
"""Where a face is in the picture, but not in the oval."""


def ask(student_id: str = "S1001", unable: bool = False) -> NumberAsk:
    return NumberAsk(student_id=student_id, asked_at=NOW, unable=unable)


def reports(kiosk: Kiosk) -> list[Report]:
    return [report for decision in kiosk.decisions for report in decision.reports]


def id_of(report: Report) -> str:
    """Return the id of the event that tells a report."""
    frame = FrameCaptured(
        event_id="f",
        kiosk_id=KIOSK,
        captured_at=NOW,
        trace_id="",
        sequence=0,
        width=640,
        height=480,
        sent_at=NOW,
    )
    return letter(report, frame, 1, lambda pixels: (b"jpeg", 8, 8, 1.0)).event.event_id


def lean_out(kiosk: Kiosk, who: str = "Ada") -> None:
    """Let somebody lean out of the oval in one unbroken track."""
    for number in range(12):
        kiosk.show([face(kiosk.t_s, who, x=320.0 - number * (320.0 - BESIDE) / 11)])


def lean_back(kiosk: Kiosk, who: str = "Ada") -> None:
    for number in range(12):
        kiosk.show([face(kiosk.t_s, who, x=BESIDE + number * (320.0 - BESIDE) / 11)])


def test_ada_leans_out_after_her_verdict_types_her_number_and_her_second_blink_is_another_event(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    lean_out(kiosk)
    kiosk.show([face(kiosk.t_s, "Ada", x=BESIDE)], ask())
    lean_back(kiosk)
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    first, second = reports(kiosk)
    assert first.track_id == second.track_id
    assert [report.claimed_student_id for report in (first, second)] == [None, "S1001"]
    assert id_of(first) != id_of(second)


def test_ada_who_leans_out_and_back_without_a_number_has_another_event_too(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    lean_out(kiosk)
    lean_back(kiosk)
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    first, second = reports(kiosk)
    assert (first.track_id, first.attempt) == (second.track_id, second.attempt)
    assert id_of(first) != id_of(second)


def test_a_number_outlasts_a_track_that_breaks(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([face(kiosk.t_s, "Ada")], ask())
    kiosk.empty(1.0)
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    (report,) = reports(kiosk)
    assert isinstance(report.result, Passed)
    assert report.claimed_student_id == "S1001"


def test_a_number_typed_with_the_face_beside_the_oval_waits_for_that_face(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    lean_out(kiosk)
    kiosk.show([face(kiosk.t_s, "Ada", x=BESIDE)], ask())
    lean_back(kiosk)
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    (report,) = reports(kiosk)
    assert report.claimed_student_id == "S1001"


def test_grace_who_comes_next_is_not_compared_with_adas_number(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([face(kiosk.t_s, "Ada")], ask())
    kiosk.empty(1.0)
    kiosk.stand("Grace", 3.0, blinks_s=[1.5])
    gone, passed = reports(kiosk)
    assert isinstance(passed.result, Passed)
    assert passed.claimed_student_id is None
    assert isinstance(gone.result, FailedForGood)
    assert (gone.result.reason, gone.result.failures, gone.claimed_student_id) == ("not_seen", 0, "S1001")


def test_a_number_whose_owner_never_shows_a_face_again_ends_at_a_person(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([], ask())
    kiosk.empty(12.0)
    (report,) = reports(kiosk)
    assert (report.claimed_student_id, kiosk.results) == ("S1001", ["not_seen"])


def test_who_failed_by_number_and_left_is_told_of_with_the_number(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    kiosk.show([face(kiosk.t_s, "Ada")], ask())
    for _ in range(9 * 15):
        kiosk.show([face(kiosk.t_s, "Ada", mouth=0.1 + 0.1 * (int(kiosk.t_s * 3) % 2))])
    kiosk.empty(12.0)
    (report,) = reports(kiosk)
    assert (report.claimed_student_id, kiosk.results) == ("S1001", ["timeout"])


def test_who_cannot_do_it_and_leans_aside_still_goes_to_a_person_at_once(kiosk: Kiosk) -> None:
    kiosk.stand("Ada", 0.5)
    lean_out(kiosk)
    kiosk.show([face(kiosk.t_s, "Ada", x=BESIDE)], ask(unable=True))
    (report,) = reports(kiosk)
    assert (report.claimed_student_id, kiosk.results) == ("S1001", ["unable"])


def test_an_old_number_is_left_to_whoever_sees_it_through(redis: Redis) -> None:
    channel, key = KioskChannel(redis, KIOSK), names.ask(KIOSK)
    channel.ask(ask())
    redis.pexpire(key, (ASK_KEPT_S - ASK_FRESH_S) * 1000 - 1)
    assert channel.take_ask() is None
    assert channel.withdraw_ask(ask())


def test_a_fresh_number_is_taken_once(redis: Redis) -> None:
    channel = KioskChannel(redis, KIOSK)
    channel.ask(ask())
    assert channel.take_ask() == ask()
    assert channel.take_ask() is None


def test_every_challenge_that_ends_is_counted_also_those_that_may_be_tried_again(kiosk: Kiosk) -> None:
    for _ in range(9 * 15):
        kiosk.show([face(kiosk.t_s, "Ada", mouth=0.1 + 0.1 * (int(kiosk.t_s * 3) % 2))])
    kiosk.stand("Ada", 3.0, blinks_s=[1.5])
    assert kiosk.results == ["passed"]
    assert kiosk.session.tried == [("blink", "timeout"), ("blink", "met")]
