"""What was found against what a person saw."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.liveness.blink import Blink, BlinkDetector
from services.liveness.evaluate.clips import Clip, Turn
from services.liveness.gestures import GestureReader
from services.liveness.observation import Observation
from shared.events import Action

_BLINK_SLACK_S = 0.15
"""Annotated moments are to a frame or two."""
_TURN_SLACK_S = 0.25


@dataclass(frozen=True)
class Found:
    """The actions read from one run of numbers."""

    blinks: tuple[Blink, ...]
    turns: tuple[tuple[Action, float], ...]


@dataclass(frozen=True)
class Score:
    """One run against the annotation."""

    found: int
    missed_s: tuple[float, ...]
    false_s: tuple[float, ...]
    turns_found: int
    turns_missed: tuple[Turn, ...]
    turns_false: tuple[tuple[Action, float], ...]
    """Turns that nobody annotated, with their moment in seconds."""


def read_actions(seen: Sequence[Observation]) -> Found:
    """Read blinks and turns from a clip's numbers."""
    blinks, gestures = BlinkDetector(), GestureReader()
    found: list[Blink] = []
    turns: list[tuple[Action, float]] = []
    for look in seen:
        blink = blinks.feed(look.t_s, look.ear_left, look.ear_right, look.yaw_deg, look.pitch_deg)
        found += [blink] if blink else []
        turns += [(action, look.t_s) for action in gestures.feed(look) if action in ("turn_left", "turn_right")]
    return Found(tuple(found), tuple(turns))


def score(found: Found, clip: Clip) -> Score:
    """Pair what was found with what is annotated, one to one."""
    left = list(found.blinks)
    missed: list[float] = []
    for at_s in clip.blinks_s:
        blink = next((b for b in left if _covers(b, at_s)), None)
        if blink is None:
            missed.append(at_s)
        else:
            left.remove(blink)
    turns_missed = tuple(turn for turn in clip.turns if not _turn_found(turn, found))
    return Score(
        found=len(clip.blinks_s) - len(missed),
        missed_s=tuple(missed),
        false_s=tuple(round(b.lowest_s, 2) for b in left),
        turns_found=len(clip.turns) - len(turns_missed),
        turns_missed=turns_missed,
        turns_false=tuple(
            (action, round(at_s, 2)) for action, at_s in found.turns if not _annotated(action, at_s, clip)
        ),
    )


def _covers(blink: Blink, at_s: float) -> bool:
    return blink.closed_s - _BLINK_SLACK_S <= at_s <= blink.reopened_s + _BLINK_SLACK_S


def _turn_found(turn: Turn, found: Found) -> bool:
    return any(_is_turn(turn, action, at_s) for action, at_s in found.turns)


def _annotated(action: Action, at_s: float, clip: Clip) -> bool:
    return any(_is_turn(turn, action, at_s) for turn in clip.turns)


def _is_turn(turn: Turn, action: Action, at_s: float) -> bool:
    """A face that points to the image's right turned to its own left."""
    wanted: Action = "turn_left" if turn.yaw_deg > 0 else "turn_right"
    return action == wanted and turn.from_s - _TURN_SLACK_S <= at_s <= turn.to_s + _TURN_SLACK_S
