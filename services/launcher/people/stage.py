"""The people of one script in front of one camera: from seconds and what the kiosk says, to pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.launcher.people.actor import Actor
from services.launcher.people.portrait import FindFaces, Portrait, load_portrait
from services.launcher.people.samples import photo_path
from services.launcher.people.scene import grain_tiles, place, room, with_grain
from services.launcher.people.script import Script, WalkUp
from services.launcher.people.warp import Image
from shared.events import Outcome, Prompt

Portraits = Mapping[str, Portrait]


@dataclass(frozen=True)
class Screen:
    """What a kiosk's screen shows now."""

    prompt: Prompt | None = None
    outcome: Outcome | None = None


NOTHING_SHOWN = Screen()


@dataclass
class Visit:
    """One walk-up as it happened, in seconds of the script."""

    walkup: WalkUp
    began_s: float
    ended_s: float | None = None


@dataclass
class _OnStage:
    actor: Actor
    since_s: float
    seen_before: frozenset[str]


def load_portraits(script: Script, beside: Path, find: FindFaces) -> dict[str, Portrait]:
    """Load every photo that a script names.

    Raises:
        Unavailable: a photo is not there.
        Invalid: one is no picture, or shows no face.
    """
    names = {name for walkup in script.walkups for name in (walkup.photo, walkup.swap_to) if name}
    return {name: load_portrait(photo_path(name, beside), find) for name in sorted(names)}


class Stage:
    """Plays one script. Call `picture` with times that grow."""

    def __init__(self, script: Script, portraits: Portraits) -> None:
        self._script = script
        self._portraits = portraits
        self._room = room(script.seed)
        self._grain = grain_tiles(script.seed)
        self._draw = np.random.default_rng(script.seed)
        self._next = 0
        self._free_since_s = 0.0
        self._on: _OnStage | None = None
        self.visits: list[Visit] = []

    @property
    def over(self) -> bool:
        """Whether everybody has come and gone."""
        return self._on is None and self._next >= len(self._script.walkups) and not self._script.loop

    def picture(self, t_s: float, look: Callable[[], Screen] = lambda: NOTHING_SHOWN) -> Image:
        """Return what the camera sees `t_s` seconds into the script; `look` returns the screen, if somebody looks."""
        self._enter_if_due(t_s, look)
        picture = self._room if self._on is None else self._draw_person(self._on, t_s, look())
        return with_grain(picture, self._grain[self._draw.integers(len(self._grain))])

    def _enter_if_due(self, t_s: float, look: Callable[[], Screen]) -> None:
        if self._on is not None or self.over:
            return
        number = self._next % len(self._script.walkups)
        walkup = self._script.walkups[number]
        if t_s < self._free_since_s + walkup.pause_before_s:
            return
        seed = hash((self._script.seed, self._next)) & 0x7FFFFFFF
        actor = Actor(walkup, seed, self._portraits[walkup.photo].rest_yaw_deg)
        self._on = _OnStage(actor, t_s, _shown_ids(look()))
        self._next += 1
        self.visits.append(Visit(walkup, t_s))

    def _draw_person(self, on: _OnStage, t_s: float, screen: Screen) -> Image:
        since_s = t_s - on.since_s
        new = _shown_ids(screen) - on.seen_before
        on.actor.see(
            since_s,
            screen.prompt if screen.prompt and screen.prompt.event_id in new else None,
            bool(screen.outcome and screen.outcome.event_id in new),
        )
        pose = on.actor.pose(since_s)
        if on.actor.has_left(since_s):
            self._leave(t_s)
            return self._room
        portrait = self._portraits[pose.photo]
        return place(self._room, portrait.show(pose.expression), portrait.centre, pose.placement)

    def _leave(self, t_s: float) -> None:
        self.visits[-1].ended_s = t_s
        self._on, self._free_since_s = None, t_s


def _shown_ids(screen: Screen) -> frozenset[str]:
    """Return the ids of what is shown, so that what was meant for the one before is not taken for one's own."""
    return frozenset(event.event_id for event in (screen.prompt, screen.outcome) if event is not None)
