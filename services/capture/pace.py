"""What of a camera is worth sending: many frames while somebody is there, few while nothing moves."""

from dataclasses import dataclass
from typing import Literal

from services.capture.look import moved
from services.capture.rate import Rate
from services.capture.settings import CaptureSection
from shared.images import GrayImage

Skip = Literal["still", "pace"]


@dataclass(frozen=True, slots=True)
class _Reference:
    at_s: float
    thumbnail: GrayImage


class Pace:
    """Decides frame by frame. Times are the camera's own, in seconds."""

    def __init__(self, settings: CaptureSection) -> None:
        self._settings = settings
        self._looks = Rate()
        self._idle_sends = Rate()
        self._active_until_s = float("-inf")
        self._reference: _Reference | None = None

    def active(self, at_s: float) -> bool:
        """Tell whether somebody is there, or something moved a moment ago."""
        return at_s < self._active_until_s

    def wanted_fps(self, at_s: float) -> float:
        """Return how many frames a second are worth a look now."""
        if self.active(at_s):
            return self._settings.fps_active
        return max(self._settings.fps_look, self._settings.fps_idle)

    def face_in_view(self, at_s: float) -> None:
        """Hear that liveness sees a face."""
        self._stay_active(at_s)

    def skip_before_look(self, at_s: float) -> Skip | None:
        """Say why a frame is not worth a look; None where it is."""
        if self._looks.take(at_s, self.wanted_fps(at_s)):
            return None
        return "pace" if self.active(at_s) else "still"

    def skip_after_look(self, at_s: float, thumbnail: GrayImage) -> Skip | None:
        """Say why a frame that was looked at is not worth sending; None where it is."""
        if self._has_moved(at_s, thumbnail):
            self._stay_active(at_s)
        idle_turn = self._idle_sends.take(at_s, self._settings.fps_idle)
        return None if idle_turn or self.active(at_s) else "still"

    def _stay_active(self, at_s: float) -> None:
        self._active_until_s = max(self._active_until_s, at_s + self._settings.active_hold_s)

    def _has_moved(self, at_s: float, thumbnail: GrayImage) -> bool:
        """Compare with a picture at least one idle look old: at 15 fps a slow walker hardly changes."""
        reference = self._reference
        if reference is None:
            self._reference = _Reference(at_s, thumbnail)
            return False
        changed = moved(reference.thumbnail, thumbnail, self._settings.motion_threshold, self._settings.motion_share)
        if at_s - reference.at_s >= 0.9 / self._settings.fps_look or at_s < reference.at_s:
            self._reference = _Reference(at_s, thumbnail)
        return changed
