"""What the kiosk's screen is told: codes for what to do, how far it is, and where the faces are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.liveness.observation import FrameSize
from services.liveness.tracks import Track
from shared.events import Action, Aim, Box, Hint, PromptCode

if TYPE_CHECKING:
    from services.liveness.decision import Frame
    from services.liveness.session import Session

_FINE = 200
"""Boxes are told in two-hundredths of the frame: a still face makes no new prompt."""


@dataclass(frozen=True)
class Screen:
    """A prompt without its time and ids: two that are equal need not be sent twice."""

    code: PromptCode
    trace_id: str = ""
    track_id: str | None = None
    action: Action | None = None
    done: int = 0
    total: int = 0
    hint: Hint | None = None
    boxes: tuple[Box, ...] = ()
    usable: bool = False
    aim: Aim | None = None


def screen_of(session: "Session", frame: "Frame") -> Screen:
    """Return what the screen should say after `frame`."""
    boxes = boxes_of(session.tracker.tracks, session.serving, frame.size, frame.t_s)
    if frame.policy is None:
        return Screen("no_sitting", boxes=boxes)
    track, check, visit = session.serving, session.check, session.visits.current
    if track is None or check is None or visit is None:
        return Screen("waiting", boxes=boxes)
    code = _code(session)
    paused = code == "paused"
    return Screen(
        code=code,
        trace_id=visit.trace_id,
        track_id=track.track_id,
        action=check.challenge.current if code in ("do", "try_again") else None,
        done=check.challenge.done,
        total=len(check.challenge.steps),
        hint="one_at_a_time" if paused else check.hint,
        boxes=boxes,
        usable=check.hint is None and not paused,
    )


def boxes_of(tracks: Sequence[Track], serving: Track | None, size: FrameSize, t_s: float) -> tuple[Box, ...]:
    """Return the faces of this frame as the screen draws them."""
    return tuple(_box(track, track is serving, size) for track in tracks if track.last.t_s == t_s)


def _code(session: "Session") -> PromptCode:
    check, track = session.check, session.serving
    if check is None or track is None:
        return "waiting"
    if check.stage in ("do", "settle") and session.covered_by(track) is not None:
        return "paused"
    if check.stage == "do":
        if check.shows_try_again:
            return "try_again"
        return "do" if check.challenge.current else "position"
    codes: dict[str, PromptCode] = {
        "position": "position",
        "settle": "checking",
        "passed": "done",
        "failed": "see_invigilator",
    }
    return codes[check.stage]


def _box(track: Track, serving: bool, size: FrameSize) -> Box:
    box = track.last.box
    return Box(
        track_id=track.track_id,
        x=_fraction(box.x, size.width),
        y=_fraction(box.y, size.height),
        width=_fraction(box.width, size.width),
        height=_fraction(box.height, size.height),
        serving=serving,
    )


def _fraction(px: float, whole_px: int) -> float:
    return round(px / whole_px * _FINE) / _FINE
