"""Capture's source `people:SCRIPT.json`: sample people walk up, and do what the kiosk's prompts ask.

Options: `pace=own` runs on the footage's own clock, every frame in order (`people:demo.json?pace=own`).
"""

import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from services.capture.sources.base import Address, Picture, SourceBase, SourceContext
from services.launcher.people.script import Script, read_script
from services.launcher.people.stage import Screen, Stage, load_portraits
from shared import names
from shared.errors import Invalid, Unavailable
from shared.events import Outcome, Prompt, decode
from shared.landmarks import open_landmarker

if TYPE_CHECKING:
    from redis import Redis

SCHEME = "people"
_OWN_PACE_FPS = 15.0
_MOST_WAIT_S = 0.5


class PeopleSource(SourceBase):
    """One kiosk's sample people. See `services.capture.sources.base.Source`."""

    simulated = True

    def __init__(self, script: Path, context: SourceContext, *, own_pace: bool) -> None:
        self.in_order = own_pace
        self.wanted_fps = _OWN_PACE_FPS
        self._path = script
        self._clock = context.clock
        self._screen = ScreenReader(context.redis_frames, context.kiosk.kiosk_id)
        self._stage: Stage | None = None
        self._script: Script | None = None
        self._frames = 0
        self._started_at = context.clock.now()
        self._started_s = 0.0
        self._next_s = 0.0

    def open(self) -> None:
        """Read the script and find the faces of its photos."""
        self._script = read_script(self._path)
        self._stage = self._make_stage(self._script)
        self._started_at, self._started_s = self._clock.now(), self._clock.monotonic_s()

    def read(self) -> Picture | None:
        """Draw the next frame when it is due."""
        if self._stage is None or self._script is None:
            raise Unavailable(f"people:{self._path}: not open")
        if not self._wait():
            return None
        t_s = self._frames / _OWN_PACE_FPS if self.in_order else self._clock.monotonic_s() - self._started_s
        at = self._started_at + timedelta(seconds=t_s) if self.in_order else self._clock.now()
        self._frames += 1
        image = self._stage.picture(t_s, self._screen.look)
        return Picture(captured_at=at, image=image, last=self._stage.over and self._script.end == "last_frame")

    def _make_stage(self, script: Script) -> Stage:
        landmarker = open_landmarker(still=True)
        try:
            return Stage(script, load_portraits(script, self._path.parent, landmarker.find))
        except Invalid as error:
            raise Unavailable(f"people:{self._path}: {error}") from error
        finally:
            landmarker.close()

    def _wait(self) -> bool:
        """Wait until the next frame is due, or at most half a second; return whether it is."""
        if self.in_order:
            return True
        now_s = self._clock.monotonic_s()
        wait_s = self._next_s - now_s
        if wait_s > 0:
            time.sleep(min(wait_s, _MOST_WAIT_S))
        if wait_s > _MOST_WAIT_S:
            return False
        self._next_s = max(self._next_s, now_s) + 1 / self.wanted_fps
        return True


class ScreenReader:
    """Reads what a kiosk's screen shows: the last prompt and the last outcome, while they are kept."""

    def __init__(self, redis_frames: "Redis", kiosk_id: str) -> None:
        self._redis = redis_frames
        self._keys = [names.last(names.prompts(kiosk_id)), names.last(names.outcomes(kiosk_id))]

    def look(self) -> Screen:
        """Return what is shown now."""
        kept = cast(list[bytes | None], self._redis.mget(self._keys))
        prompt, outcome = (decode(message) if message else None for message in kept)
        return Screen(prompt if isinstance(prompt, Prompt) else None, outcome if isinstance(outcome, Outcome) else None)


def make_people_source(address: Address, context: SourceContext) -> PeopleSource:
    """Make a source of `people:SCRIPT.json`."""
    address.only("pace")
    pace = address.options.get("pace", "real")
    if pace not in ("real", "own"):
        raise Unavailable(f"people: has no pace {pace!r}; it has real, own")
    return PeopleSource(Path(address.path), context, own_pace=pace == "own")
