"""What a sample person does with what the kiosk's screen says. No pictures, no clocks."""

from datetime import UTC, datetime
from itertools import pairwise

from services.launcher.people.actor import Actor, Pose
from services.launcher.people.expression import Expression
from services.launcher.people.script import WalkUp
from shared.events import Action, Prompt

ADA, GRACE = "ada.jpg", "grace.jpg"
FPS = 30


def asks(action: Action, done: int = 0) -> Prompt:
    return Prompt(
        event_id=f"{action}-{done}",
        kiosk_id="A__door1",
        captured_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        trace_id="t",
        track_id="track-1",
        code="do",
        action=action,
        done=done,
        total=2,
    )


def play(actor: Actor, seconds: float, prompt: Prompt | None = None, verdict_at_s: float | None = None) -> list[Pose]:
    """The poses of the first `seconds`, while the screen shows one prompt, and a verdict from some time on."""
    poses = []
    for frame in range(int(seconds * FPS)):
        t_s = frame / FPS
        actor.see(t_s, prompt, verdict_at_s is not None and t_s >= verdict_at_s)
        poses.append(actor.pose(t_s))
    return poses


def test_ada_does_nothing_until_she_is_asked() -> None:
    poses = play(Actor(WalkUp(photo=ADA), seed=1), 5)
    assert {pose.expression for pose in poses} == {Expression()}


def test_ada_blinks_a_moment_after_she_is_asked_to() -> None:
    poses = play(Actor(WalkUp(photo=ADA), seed=1), 3, asks("blink"))
    first = next(number for number, pose in enumerate(poses) if pose.expression.lids > 0) / FPS
    assert 0.25 < first < 1.0
    assert max(pose.expression.lids for pose in poses) > 0.95


def test_ada_turns_to_her_own_left_which_is_the_images_right() -> None:
    poses = play(Actor(WalkUp(photo=ADA), seed=1), 3, asks("turn_left"))
    assert max(pose.expression.turn_deg for pose in poses) > 25
    assert min(pose.expression.turn_deg for pose in poses) >= 0


def test_ada_tries_again_while_she_is_still_asked() -> None:
    lids = [pose.expression.lids for pose in play(Actor(WalkUp(photo=ADA), seed=1), 8, asks("blink"))]
    beginnings = sum(before == 0 and now > 0 for before, now in pairwise(lids))
    assert beginnings >= 3


def test_ada_leaves_after_her_verdict() -> None:
    actor = Actor(WalkUp(photo=ADA, linger_s=1.0), seed=1)
    play(actor, 6, verdict_at_s=3.0)
    assert not actor.has_left(4.0)
    assert actor.has_left(4.6)


def test_a_photo_held_still_shows_nothing_however_it_is_asked() -> None:
    poses = play(Actor(WalkUp(photo=ADA, behaviour="hold_still"), seed=1), 10, asks("blink"))
    assert {pose.expression for pose in poses} == {Expression()}
    assert {pose.photo for pose in poses} == {ADA}


def test_mallory_blinks_once_whatever_is_asked_then_holds_up_adas_photo() -> None:
    mallory = Actor(WalkUp(photo=GRACE, behaviour="swap_after_blink", swap_to=ADA), seed=1)
    poses = play(mallory, 6, asks("turn_left"))
    swap = next(number for number, pose in enumerate(poses) if pose.photo == ADA)
    assert max(pose.expression.lids for pose in poses[:swap]) > 0.95
    assert all(pose.expression == Expression() and pose.photo == ADA for pose in poses[swap:])
    assert max(pose.expression.turn_deg for pose in poses) == 0


def test_a_recorded_person_blinks_twice_without_being_asked() -> None:
    lids = [pose.expression.lids for pose in play(Actor(WalkUp(photo=ADA, behaviour="blink"), seed=1), 4)]
    assert sum(before == 0 and now > 0 for before, now in pairwise(lids)) == 2


def test_a_shallow_blink_is_shallow() -> None:
    walkup = WalkUp(photo=ADA, behaviour="blink", blink_depth=0.6)
    assert max(pose.expression.lids for pose in play(Actor(walkup, seed=1), 4)) <= 0.6


def test_people_walk_in_from_outside_the_picture_and_are_steady_soon() -> None:
    poses = play(Actor(WalkUp(photo=ADA), seed=1), 2)
    assert not 0 < poses[0].placement.x < 640
    assert all(280 < pose.placement.x < 360 for pose in poses[FPS:])


def test_turns_of_a_face_that_already_looks_aside_are_measured_from_the_front() -> None:
    to_left = play(Actor(WalkUp(photo=ADA), seed=1, rest_yaw_deg=10), 3, asks("turn_left"))
    to_right = play(Actor(WalkUp(photo=ADA), seed=1, rest_yaw_deg=10), 3, asks("turn_right"))
    assert max(p.expression.turn_deg for p in to_left) < -min(p.expression.turn_deg for p in to_right)
