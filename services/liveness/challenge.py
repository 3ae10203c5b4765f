"""The random challenge: which actions are asked for, and what an action that was seen means for it.

A person's left is the image's right: an unmirrored camera faces them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from shared.events import Action, Policy

OTHERS: tuple[Action, ...] = ("turn_left", "turn_right", "mouth_open", "smile")
TIME_FOR_ACTION_S = 8.0

Effect = Literal["met", "progress", "wrong", "nothing"]

_NEVER_WRONG: frozenset[Action] = frozenset({"blink", "smile"})
"""People blink, and smile at a camera."""
_COMES_WITH: dict[Action, frozenset[Action]] = {"smile": frozenset({"mouth_open"}), "mouth_open": frozenset({"smile"})}
"""A broad smile shows teeth: what an action asked for may bring along is not wrong."""


@dataclass
class Done:
    """One action asked for; `done_s` is set when it was seen. Frame times."""

    action: Action
    asked_s: float
    done_s: float | None = None


@dataclass
class Challenge:
    """One draw, and how far it is met. They are asked one after the other."""

    steps: list[Done]
    began_s: float
    waits_since_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.waits_since_s = self.began_s

    @property
    def current(self) -> Action | None:
        """What is asked for now; None when all is done."""
        return next((step.action for step in self.steps if step.done_s is None), None)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done_s is not None for step in self.steps)

    @property
    def met(self) -> bool:
        """Whether all are done."""
        return self.current is None

    def take(self, action: Action, t_s: float) -> Effect:
        """Count an action that was seen at `t_s`."""
        step = self._waiting_for(action)
        if step is None:
            return "nothing" if self._is_harmless(action) else "wrong"
        asked_before = self.current
        step.done_s = t_s
        self.waits_since_s = t_s
        following = next((step for step in self.steps if step.done_s is None), None)
        if following is not None and following.action != asked_before:
            following.asked_s = t_s
        return "met" if following is None else "progress"

    def timed_out(self, t_s: float) -> bool:
        """Tell whether the current action has been waited for too long."""
        return not self.met and t_s - self.waits_since_s >= TIME_FOR_ACTION_S

    def pause(self, for_s: float) -> None:
        """Do not count `for_s` of time against the person."""
        self.waits_since_s += for_s

    def _waiting_for(self, action: Action) -> Done | None:
        """A blink is never too early; anything else counts only when it is asked for."""
        for step in self.steps:
            if step.done_s is None and step.action == action and action in ("blink", self.current):
                return step
        return None

    def _is_harmless(self, action: Action) -> bool:
        current = self.current
        if current is None or action in _NEVER_WRONG or all(step.action == "blink" for step in self.steps):
            return True
        just_done = any(step.action == action and step.done_s is not None for step in self.steps)
        return just_done or action in _COMES_WITH.get(current, frozenset())


def draw(policy: Policy, rng: random.Random, t_s: float, avoid: Sequence[Action] = ()) -> Challenge:
    """Draw a challenge for `policy`; what is in `avoid` (the draw that failed) is not drawn again.

    >>> [step.action for step in draw("blink", random.Random(1), 0.0).steps]
    ['blink']
    """
    actions: list[Action] = []
    if policy == "blink":
        actions = ["blink"]
    elif policy == "challenge":
        actions = ["blink", rng.choice([action for action in OTHERS if action not in avoid])]
        rng.shuffle(actions)
    return Challenge([Done(action, t_s) for action in actions], t_s)
