"""The check of one served face: from its arrival in the oval to a pass or a failure. Pure: numbers in, results out."""

import random
from dataclasses import dataclass, field
from typing import Literal

from services.liveness.blink import BlinkDetector
from services.liveness.challenge import Challenge, Done, draw
from services.liveness.crops import Candidate, CropStore, Cut
from services.liveness.gestures import GestureReader
from services.liveness.hints import BLOCKING, Needs, hint_for, looks_here
from services.liveness.observation import FrameSize, Observation
from services.liveness.stillness import Stillness
from services.liveness.tracks import is_whole
from shared.events import Action, FailureReason, Hint, Moment, Policy

Stage = Literal["position", "do", "settle", "passed", "failed"]
_OPEN = 0.85
"""Eyes at least so open, against their own baseline, are not on their way into a blink."""
_TRY_AGAIN_S = 1.0
"""How long a failure is shown before the next action is asked for."""


@dataclass(frozen=True)
class CheckRules:
    """Times of a check, in seconds of frame time."""

    settle_least_s: float = 0.15
    """After the last action: so that there is a crop with open eyes from the end."""
    settle_most_s: float = 0.5
    settle_turned_s: float = 1.5
    """The same for a face that is still turned away."""
    emit_within_s: float = 5.0
    """A challenge met is worth nothing later."""
    off_least_s: float = 0.6
    """Without a challenge, how long a face is looked at."""
    least_looking: float = 0.5
    """Share of the time that somebody must look here to have taken part."""


@dataclass(frozen=True)
class Passed:
    """The challenge is met, and the crops belong to it."""

    steps: tuple[Done, ...]
    crops: tuple[Candidate, ...]


@dataclass(frozen=True)
class Failed:
    """One failure, not yet counted."""

    reason: FailureReason
    evidence: Candidate | None


@dataclass
class Check:
    """One served track."""

    policy: Policy
    rng: random.Random
    began_s: float
    needs: Needs = field(default_factory=Needs)
    rules: CheckRules = field(default_factory=CheckRules)
    stage: Stage = "position"
    hint: Hint | None = None
    challenge: Challenge = field(init=False)

    def __post_init__(self) -> None:
        self.crops = CropStore()
        self._blinks = BlinkDetector()
        self._gestures = GestureReader()
        self._stillness = Stillness()
        self._looked = self._frames = 0
        self._met_s = 0.0
        self._faces_end = False
        self._asks_from_s = self.began_s
        self._last_s = self.began_s
        self.challenge = draw(self.policy, self.rng, self.began_s)

    @property
    def shows_try_again(self) -> bool:
        """Whether the last failure is still on the screen."""
        return self.stage == "do" and self._last_s < self._asks_from_s

    def begin_again(self, t_s: float, avoid: tuple[Action, ...] = (), wait_s: float = 0.0) -> None:
        """Draw anew; nothing seen before counts. The person's baselines stay."""
        self.challenge = draw(self.policy, self.rng, t_s + wait_s, avoid)
        self._asks_from_s = t_s + wait_s
        self.crops.clear()
        self._stillness.restart()
        self._gestures.ask_anew()
        self._looked = self._frames = 0
        self._faces_end = False
        self.stage = "do"

    def pause(self, for_s: float) -> None:
        """Another face is over this one: no time counts, and what was seen is void."""
        waited = self.challenge.waits_since_s
        if self.challenge.done or self.crops.count("start"):
            self.begin_again(self._last_s)
            self.challenge.waits_since_s = waited
        self.challenge.pause(for_s)
        self._last_s += for_s

    def step(self, seen: Observation, doubtful: bool, size: FrameSize, cut: Cut) -> Passed | Failed | None:
        """Take one frame of this face."""
        self._last_s = seen.t_s
        self.hint = hint_for(seen, size, self.needs)
        if doubtful or self.stage in ("passed", "failed"):
            return None
        if self.stage == "position":
            self._arrive(seen)
        effects = self._read(seen) if is_whole(seen.box, size) else []
        self._gather(seen, cut)
        if self.stage == "settle":
            return self._settle(seen.t_s)
        if self.stage != "do":
            return None
        if "wrong" in effects:
            return self._fail("timeout")
        return self._wait(seen.t_s)

    def leave(self) -> Passed | None:
        """Return the pass of somebody who left the moment it was met, where the crops suffice."""
        if self.stage == "settle" and self.crops.count("start") and self.crops.count("end"):
            return Passed(tuple(self.challenge.steps), tuple(self.crops.in_order()))
        return None

    def look(self, cut: Cut, seen: Observation) -> Candidate | None:
        """Take a crop of this very frame, for whoever goes to a person without a challenge."""
        self.crops.consider("start", seen, self._blinks.openness(), cut)
        return self.crops.best()

    def _arrive(self, seen: Observation) -> None:
        if seen.steady and self.hint not in BLOCKING:
            self.stage = "do"
            self.challenge = draw(self.policy, self.rng, seen.t_s)
            self._asks_from_s = seen.t_s
            self._gestures.ask_anew()

    def _read(self, seen: Observation) -> list[str]:
        """Read this frame's actions, and count those that are asked for."""
        actions: list[tuple[Action, float]] = [(action, seen.t_s) for action in self._gestures.feed(seen)]
        if seen.steady:
            blink = self._blinks.feed(seen.t_s, seen.ear_left, seen.ear_right, seen.yaw_deg, seen.pitch_deg)
            if blink is not None and blink.closed_s >= self.challenge.began_s:
                actions.append(("blink", blink.reopened_s))
        if self.stage != "do" or seen.t_s < self._asks_from_s:
            return []
        effects = [self.challenge.take(action, t_s) for action, t_s in actions]
        if "met" in effects:
            self.stage, self._met_s = "settle", seen.t_s
        elif "progress" in effects:
            self._gestures.ask_anew()
            self._stillness.restart()
        return [str(effect) for effect in effects]

    def _gather(self, seen: Observation, cut: Cut) -> None:
        if self.stage not in ("do", "settle") or not seen.steady:
            return
        self._stillness.feed(seen)
        self._frames += 1
        self._looked += looks_here(seen, self.needs)
        openness = self._blinks.openness()
        moment = self._moment(openness)
        self._faces_end = self._faces_end or (moment == "end" and openness >= _OPEN and self._gestures.is_neutral(seen))
        self.crops.consider(moment, seen, openness, cut)

    def _moment(self, openness: float) -> Moment:
        if self.stage == "settle":
            return "end"
        if self.policy == "off":
            return "start" if not self.crops.count("start") else "middle"
        return "start" if not self.challenge.done and openness >= _OPEN else "middle"

    def _wait(self, t_s: float) -> Failed | None:
        if self.challenge.met:  # nothing was asked: the policy is off
            if t_s - self.challenge.began_s >= self.rules.off_least_s:
                self.stage, self._met_s = "settle", t_s
            return None
        if not self.challenge.timed_out(t_s):
            return None
        if self._stillness.is_picture():
            return self._fail("photo")
        if self._looked < self.rules.least_looking * max(1, self._frames) or not self._frames:
            self.begin_again(t_s)  # who never looked took no part
            return None
        return self._fail("timeout")

    def _fail(self, reason: FailureReason) -> Failed:
        failed = Failed(reason, self.crops.best())
        avoid = tuple(step.action for step in self.challenge.steps if step.action != "blink")
        self.begin_again(self._last_s, avoid, _TRY_AGAIN_S)
        return failed

    def _settle(self, t_s: float) -> Passed | None:
        """Wait for crops from the end with open eyes, but not for long."""
        waited_s = t_s - self._met_s
        if waited_s > self.rules.emit_within_s:
            self.begin_again(t_s)
            return None
        enough = self.crops.count("end") > 0 and waited_s >= self._wait_for_end_s()
        if not enough:
            return None
        if not self.crops.count("start"):
            self.begin_again(t_s)
            return None
        self.stage = "passed"
        return Passed(tuple(self.challenge.steps), tuple(self.crops.in_order()))

    def _wait_for_end_s(self) -> float:
        """Return how long to wait for crops from the end: shortly, when one with open eyes faces the camera."""
        if self._faces_end:
            return self.rules.settle_least_s
        turned = any(step.action in ("turn_left", "turn_right") for step in self.challenge.steps)
        return self.rules.settle_turned_s if turned else self.rules.settle_most_s
