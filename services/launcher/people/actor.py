"""What one person at the kiosk does next: watches the prompts, reacts as people do, leaves after the verdict.

No pictures here: seconds and prompts in, a `Pose` out.
"""

from dataclasses import dataclass, replace
from random import Random

from services.launcher.people.expression import Expression
from services.launcher.people.motion import ENVELOPES, acting, has_left, standing, walking
from services.launcher.people.scene import Placement
from services.launcher.people.script import SWAPS, Behaviour, WalkUp
from shared.events import Action, Prompt

_REACTION_S = (0.3, 0.7)
_ASKED_AGAIN_AFTER_S = 1.6
"""Somebody who did it, and is still asked, does it again after this time."""
_OWN_BLINKS_AT_S: dict[Behaviour, tuple[float, ...]] = {"blink": (1.3, 2.4), "blink_then_swap": (1.3,)}
_STEADY_AFTER_S = 0.5
_HELD_PHOTO_LIVELINESS = 0.5


@dataclass(frozen=True)
class Pose:
    """How somebody looks now."""

    photo: str
    expression: Expression
    placement: Placement


class Actor:
    """One walk-up, from entering to having left. Times are seconds since entering."""

    def __init__(self, walkup: WalkUp, seed: int, rest_yaw_deg: float = 0.0) -> None:
        self._walkup = walkup
        self._random = Random(seed)
        self._seed = seed
        self._side = self._random.choice((-1, 1))
        self._rest_yaw_deg = rest_yaw_deg
        self._asked: tuple[str | None, Action | None, int] | None = None
        self._begin: list[tuple[float, Action]] = [
            (at + self._random.uniform(-0.2, 0.2), "blink") for at in _OWN_BLINKS_AT_S.get(walkup.behaviour, ())
        ]
        self._swapped = False
        self._leaves_at_s = walkup.stay_max_s

    def see(self, t_s: float, prompt: Prompt | None, verdict_shown: bool) -> None:
        """Take in what the kiosk's screen shows at `t_s`."""
        if verdict_shown and self._walkup.heed_outcome:
            self._leaves_at_s = min(self._leaves_at_s, t_s + self._walkup.linger_s)
        if self._heeds_prompts and prompt is not None and prompt.code == "do" and prompt.action is not None:
            self._plan(t_s, prompt, prompt.action)

    def pose(self, t_s: float) -> Pose:
        """Return how the person looks at `t_s`; call it with times that grow."""
        action, since_s = self._doing(t_s)
        self._swap_if_due(t_s)
        leaving_s = None if t_s < self._leaves_at_s else t_s - self._leaves_at_s
        placement = walking(standing(t_s, self._seed, self._liveliness), t_s, leaving_s, self._side)
        return Pose(self._photo, self._expression(action, since_s), placement)

    def has_left(self, t_s: float) -> bool:
        """Return whether the person is out of the picture for good."""
        return has_left(t_s - self._leaves_at_s if t_s >= self._leaves_at_s else None)

    @property
    def _heeds_prompts(self) -> bool:
        return self._walkup.behaviour in ("obey", "swap_after_blink") and not self._swapped

    @property
    def _photo(self) -> str:
        return self._walkup.swap_to if self._swapped and self._walkup.swap_to else self._walkup.photo

    @property
    def _liveliness(self) -> float:
        return _HELD_PHOTO_LIVELINESS if self._walkup.behaviour == "hold_still" else 1.0

    def _expression(self, action: Action | None, since_s: float) -> Expression:
        if action is None or self._swapped:
            return Expression()
        full = acting(action, since_s, self._rest_yaw_deg)
        return replace(full, lids=full.lids * self._walkup.blink_depth)

    def _plan(self, t_s: float, prompt: Prompt, action: Action) -> None:
        """Plan the action once when it is first asked for, and again when it is asked for long after it was done."""
        if self._walkup.behaviour == "swap_after_blink":
            action = "blink"  # whatever is asked first: it must not meet the whole challenge before the swap
        asked = (prompt.track_id, action, prompt.done)
        last_s = self._begin[-1][0] if self._begin else 0.0
        free_s = last_s + (ENVELOPES[self._begin[-1][1]].length_s if self._begin else 0.0)
        if asked == self._asked and t_s < free_s + _ASKED_AGAIN_AFTER_S:
            return
        self._asked = asked
        reaction_s = self._random.uniform(*_REACTION_S)
        self._begin.append((max(t_s + reaction_s, free_s + 0.1, _STEADY_AFTER_S), action))

    def _doing(self, t_s: float) -> tuple[Action | None, float]:
        """Return the action under way, and since when."""
        for begin_s, action in self._begin:
            if begin_s <= t_s < begin_s + ENVELOPES[action].length_s:
                return action, t_s - begin_s
        return None, 0.0

    def _swap_if_due(self, t_s: float) -> None:
        """Hold up the other photo as soon as the first blink is over."""
        blinked = any(a == "blink" and t_s >= begin_s + ENVELOPES[a].length_s for begin_s, a in self._begin)
        if self._walkup.behaviour in SWAPS and blinked:
            self._swapped = True
