"""The schedule's pure questions: who may come now, and how strictly a kiosk asks."""

from datetime import UTC, datetime, timedelta

from shared.events import Policy
from shared.schedule import KioskView, Schedule, SittingView

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOOR = KioskView(kiosk_id="A__door1", hall="A", source="0")


def sitting(policy: Policy, hall_of: dict[str, str], starts_at: datetime = NINE, sitting_id: int = 1) -> SittingView:
    opens_at = starts_at - timedelta(minutes=30)
    return SittingView(
        sitting_id=sitting_id,
        exam_code="MATH-201",
        subject="Algebra",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        opens_at=opens_at,
        late_after=starts_at,
        closes_at=starts_at + timedelta(minutes=30),
        in_play_from=opens_at - timedelta(minutes=60),
        policy=policy,
        hall_of=hall_of,
    )


def test_the_slot_is_everyone_in_play_in_whichever_hall() -> None:
    schedule = Schedule(
        sittings=(
            sitting("blink", {"ada": "A", "grace": "B"}),
            sitting("blink", {"eve": "A"}, NINE + timedelta(days=1), 2),
        )
    )
    assert schedule.slot(NINE) == {"ada", "grace"}
    assert schedule.slot(NINE - timedelta(minutes=91)) == set()


def test_the_strictest_sitting_of_the_hall_decides() -> None:
    schedule = Schedule(
        sittings=(
            sitting("off", {"ada": "A"}),
            sitting("challenge", {"grace": "A"}, sitting_id=2),
            sitting("blink", {"eve": "B"}, sitting_id=3),
        )
    )
    assert schedule.policy_for(DOOR, NINE) == "challenge"


def test_a_kiosk_can_ask_for_more_than_its_sitting_and_never_for_less() -> None:
    schedule = Schedule(sittings=(sitting("blink", {"ada": "A"}),))
    assert schedule.policy_for(DOOR.model_copy(update={"policy": "challenge"}), NINE) == "challenge"
    assert schedule.policy_for(DOOR.model_copy(update={"policy": "off"}), NINE) == "blink"


def test_nothing_in_play_for_the_hall_asks_for_nothing() -> None:
    schedule = Schedule(sittings=(sitting("blink", {"grace": "B"}),))
    assert schedule.policy_for(DOOR, NINE) is None


def test_a_practice_kiosk_has_a_policy_of_its_own_and_no_hall_that_anything_is_held_in() -> None:
    schedule = Schedule(sittings=(sitting("off", {"ada": "A"}),))
    practice = KioskView(
        kiosk_id="practice-1", hall="", source="browser:", policy="challenge", practice_student_id="ada"
    )
    assert schedule.policy_for(practice, NINE) == "challenge"
    assert schedule.policy_for(practice, NINE + timedelta(days=9)) == "challenge"


def test_a_hall_that_a_sitting_left_still_asks_as_strictly_and_seats_nobody() -> None:
    moved = sitting("challenge", {"ada": "C"}).model_copy(update={"left_halls": ("A",)})
    schedule = Schedule(sittings=(moved,))
    assert schedule.policy_for(DOOR, NINE) == "challenge"
    assert moved.hall_of == {"ada": "C"}
    assert SittingView.model_validate_json(moved.model_dump_json()).halls == {"A", "C"}
