import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.liveness.challenge import OTHERS, TIME_FOR_ACTION_S, Challenge, draw
from shared.events import Action


@given(seed=st.integers())
def test_a_challenge_is_a_blink_and_one_other_action(seed: int) -> None:
    actions = [step.action for step in draw("challenge", random.Random(seed), 0.0).steps]
    assert len(actions) == 2
    assert actions.count("blink") == 1
    assert set(actions) - {"blink"} <= set(OTHERS)


def test_every_action_and_both_orders_are_drawn() -> None:
    drawn = {tuple(s.action for s in draw("challenge", random.Random(seed), 0.0).steps) for seed in range(200)}
    assert len(drawn) == 2 * len(OTHERS)


@given(seed=st.integers(), failed=st.sampled_from(OTHERS))
def test_a_new_draw_asks_for_another_action(seed: int, failed: Action) -> None:
    assert failed not in [step.action for step in draw("challenge", random.Random(seed), 0.0, [failed]).steps]


def challenge(*actions: Action) -> Challenge:
    draws = (draw("challenge", random.Random(seed), 10.0) for seed in range(500))
    return next(drawn for drawn in draws if [step.action for step in drawn.steps] == list(actions))


def test_actions_in_the_order_asked_meet_it() -> None:
    asked = challenge("turn_left", "blink")
    assert asked.take("turn_left", 12.0) == "progress"
    assert asked.current == "blink"
    assert asked.take("blink", 13.0) == "met"
    assert [(step.asked_s, step.done_s) for step in asked.steps] == [(10.0, 12.0), (12.0, 13.0)]


def test_a_blink_is_never_too_early() -> None:
    asked = challenge("turn_left", "blink")
    assert asked.take("blink", 11.0) == "progress"
    assert asked.current == "turn_left"
    assert asked.take("turn_left", 12.0) == "met"
    assert asked.steps[0].asked_s == 10.0


def test_a_blink_is_never_wrong() -> None:
    asked = challenge("blink", "turn_left")
    asked.take("blink", 11.0)
    assert asked.take("blink", 12.0) == "nothing"


@pytest.mark.parametrize("wrong", ["turn_right", "mouth_open"])
def test_another_action_than_the_one_asked_for_is_wrong(wrong: Action) -> None:
    assert challenge("turn_left", "blink").take(wrong, 11.0) == "wrong"


def test_teeth_in_a_smile_are_not_wrong() -> None:
    assert challenge("smile", "blink").take("mouth_open", 11.0) == "nothing"


def test_where_only_a_blink_is_asked_for_nothing_is_wrong() -> None:
    assert draw("blink", random.Random(1), 0.0).take("turn_left", 1.0) == "nothing"


def test_eight_seconds_without_the_action_time_out_and_a_pause_does_not_count() -> None:
    asked = challenge("blink", "smile")
    assert not asked.timed_out(10.0 + TIME_FOR_ACTION_S - 0.1)
    assert asked.timed_out(10.0 + TIME_FOR_ACTION_S)
    asked.pause(3.0)
    assert not asked.timed_out(10.0 + TIME_FOR_ACTION_S)


def test_with_the_policy_off_nothing_is_asked() -> None:
    assert draw("off", random.Random(1), 0.0).met
