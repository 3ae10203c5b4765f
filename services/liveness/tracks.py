"""Which face in this frame is which face of the frame before.

A track is one person, unbroken: gaps of at most 300 ms, no jump, and no other face in its place. A
face that looks unlike itself a moment ago is doubtful: nothing it does counts, and if it does not look
like itself again within a quarter of a second, the track is over and another begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.liveness.observation import Appearance, FrameSize, Observation, likeness, tone_change
from shared.face import BoxPx

EndReason = Literal["gone", "face_changed", "unsure"]


@dataclass(frozen=True)
class TrackRules:
    """What breaks a track."""

    max_gap_s: float = 0.3
    max_jump: float = 0.8
    """Furthest that a face moves from frame to frame, in face widths."""
    max_growth: float = 1.6
    """Most that its width grows or shrinks from frame to frame."""
    steady_move: float = 0.08
    """A face that moves or grows more than this share of its width between frames is not steady."""
    min_likeness: float = 0.80
    """To itself, from frame to frame; `appearance.py` has the measurements."""
    same_pose_deg: float = 10.0
    sure_pose_deg: float = 5.0
    less_per_deg: float = 0.04
    """A head that turns looks less like itself: so much less is asked for each degree beyond `sure_pose_deg`."""
    least_likeness: float = 0.40
    """Asked for however far it turned: another face in another pose stays below."""
    most_tone_change: float = 8.0
    """A face whose colour changed more at once did not only turn: nothing less is asked of it."""
    most_turn_deg_s2: float = 900.0
    """Nor of one that began to turn more suddenly than heads do: a photo that is put in a face's place jumps."""
    less_later: float = 0.10
    """So much less is asked when the last sure look is older than `max_gap_s`,"""
    least_likeness_later: float = 0.60
    """but never less than this."""
    surely_another: float = 0.30
    """Who looks less like before than this is another; in between nobody knows, and the check begins anew."""
    comparable_deg: float = 20.0
    """Faces turned further against each other look unlike anyway,"""
    aside_deg: float = 35.0
    """and so does a face seen from the side,"""
    impossible_deg_s: float = 450.0
    """unless no head can have turned so fast."""
    remember_s: float = 5.0
    doubt_s: float = 0.25


class _Memory(NamedTuple):
    """How a face looked in a pose."""

    t_s: float
    yaw_deg: float
    pitch_deg: float
    appearance: Appearance
    tone: tuple[float, float, float]
    turn_deg_s: float
    """How fast it turned then."""


@dataclass
class Track:
    """One face, followed. `last` is where it was; `doubtful_since_s` is set while it looks unlike itself."""

    track_id: str
    started_s: float
    last: Observation
    doubtful_since_s: float | None = None
    doubt_deg_s: float = 0.0
    """How fast it seemed to turn when the doubt began."""
    memories: dict[int, _Memory] = field(default_factory=dict)
    """By pose, in steps of `same_pose_deg` of yaw: a few entries."""
    last_like: _Memory | None = None

    @property
    def doubtful(self) -> bool:
        """Whether it looks unlike itself now."""
        return self.doubtful_since_s is not None


class Ended(NamedTuple):
    """A track that is over, and why."""

    track: Track
    reason: EndReason


class Tracker:
    """Follows the few faces of one camera."""

    def __init__(self, new_id: Callable[[], str], rules: TrackRules | None = None) -> None:
        self._new_id = new_id
        self._rules = rules or TrackRules()
        self.tracks: list[Track] = []

    def update(self, t_s: float, seen: Sequence[Observation], size: FrameSize) -> list[Ended]:
        """Take one frame's faces; return the tracks that ended with it. `tracks` holds those seen in it or just before."""
        ended = [Ended(track, "gone") for track in self.tracks if t_s - track.last.t_s > self._rules.max_gap_s]
        self.tracks = [track for track in self.tracks if t_s - track.last.t_s <= self._rules.max_gap_s]
        left = list(seen)
        for track, observation in _pairs(self.tracks, seen, self._rules):
            left.remove(observation)
            if self._follow(track, observation, size):
                self.tracks.remove(track)
                ended.append(Ended(track, self._why(track, observation)))
                left.append(observation)
        self.tracks += [self._begin(observation) for observation in left]
        return ended

    def end_all(self) -> list[Ended]:
        """End every track: the footage is over."""
        ended = [Ended(track, "gone") for track in self.tracks]
        self.tracks = []
        return ended

    def _begin(self, observation: Observation) -> Track:
        return Track(self._new_id(), observation.t_s, observation.with_steady(False))

    def _why(self, track: Track, observation: Observation) -> EndReason:
        """Tell a face that is surely another from one that turned away too fast to be followed."""
        known, rules = track.last_like, self._rules
        if known is None or likeness(known.appearance, observation.appearance) > rules.surely_another:
            return "unsure"
        aside = max(abs(known.yaw_deg), abs(observation.yaw_deg)) > rules.aside_deg
        apart = aside or _turned_deg(known, observation) > rules.comparable_deg
        turned = apart and track.doubt_deg_s < rules.impossible_deg_s
        return "unsure" if turned else "face_changed"

    def _follow(self, track: Track, observation: Observation, size: FrameSize) -> bool:
        """Move the track on; tell whether it must end because the face is another."""
        steady = _is_steady(track.last.box, observation.box, size, self._rules)
        track.last = observation.with_steady(steady)
        if not steady:
            return False  # nothing that it does counts, so nothing is compared; the next steady look is
        if _looks_like_itself(track, observation, self._rules):
            track.doubtful_since_s = None
            _remember(track, observation, self._rules)
            return False
        if track.doubtful_since_s is None:
            track.doubtful_since_s = observation.t_s
            track.doubt_deg_s = _turn_rate_deg_s(track.last_like, observation)
        return observation.t_s - track.doubtful_since_s >= self._rules.doubt_s


def overlap(a: BoxPx, b: BoxPx) -> float:
    """Return the shared area over the smaller box's area."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min(a.width * a.height, b.width * b.height), 1e-6)


def _pairs(tracks: Sequence[Track], seen: Sequence[Observation], rules: TrackRules) -> list[tuple[Track, Observation]]:
    """Pair tracks with faces, nearest first."""
    near = [
        (jump, i, j)
        for i, track in enumerate(tracks)
        for j, observation in enumerate(seen)
        if (jump := _jump(track.last.box, observation.box)) <= rules.max_jump
        and _growth(track.last.box, observation.box) <= rules.max_growth
    ]
    paired, used_tracks, used_seen = [], set(), set()
    for _, i, j in sorted(near):
        if i not in used_tracks and j not in used_seen:
            used_tracks.add(i)
            used_seen.add(j)
            paired.append((tracks[i], seen[j]))
    return paired


def _jump(a: BoxPx, b: BoxPx) -> float:
    """Return how far a face moved, in face widths."""
    dx, dy = b.centre.x - a.centre.x, b.centre.y - a.centre.y
    return float((dx * dx + dy * dy) ** 0.5 / max(a.width, b.width, 1e-6))


def _growth(a: BoxPx, b: BoxPx) -> float:
    small, large = sorted((max(a.width, 1e-6), max(b.width, 1e-6)))
    return large / small


def is_whole(box: BoxPx, size: FrameSize) -> bool:
    """Tell whether a face is wholly in the picture: a mesh that reaches over the edge is a guess."""
    return box.x >= 0 and box.y >= 0 and box.x + box.width <= size.width and box.y + box.height <= size.height


def _is_steady(before: BoxPx, now: BoxPx, size: FrameSize, rules: TrackRules) -> bool:
    still = _jump(before, now) <= rules.steady_move and _growth(before, now) <= 1 + rules.steady_move
    return still and is_whole(now, size)


def _looks_like_itself(track: Track, seen: Observation, rules: TrackRules) -> bool:
    """Compare with the last sure look, or, when the head turned since, with the last one in this pose."""
    if track.last_like is None:
        return True
    known = track.last_like
    if _turned_deg(known, seen) > rules.same_pose_deg:
        here = track.memories.get(_pose_step(seen, rules))
        if (
            here is not None
            and seen.t_s - here.t_s <= rules.remember_s
            and _turned_deg(here, seen) < rules.same_pose_deg
        ):
            known = here
    asked = rules.min_likeness if track.doubtful else _asked(known, seen, rules)
    return likeness(known.appearance, seen.appearance) >= asked


def _asked(known: _Memory, seen: Observation, rules: TrackRules) -> float:
    """Return the likeness that this face must have to what is known of it."""
    age_s, turned_deg = seen.t_s - known.t_s, _turned_deg(known, seen)
    by_turning = rules.min_likeness - rules.less_per_deg * max(0.0, turned_deg - rules.sure_pose_deg)
    if age_s > rules.max_gap_s:
        return max(rules.least_likeness_later, by_turning - rules.less_later)
    expected_deg = rules.sure_pose_deg + known.turn_deg_s * age_s + rules.most_turn_deg_s2 * age_s**2
    if turned_deg > expected_deg or tone_change(known.tone, seen.tone) > rules.most_tone_change:
        return rules.min_likeness
    return max(rules.least_likeness, by_turning)


def _remember(track: Track, seen: Observation, rules: TrackRules) -> None:
    turn_deg_s = _turn_rate_deg_s(track.last_like, seen)
    track.last_like = _Memory(seen.t_s, seen.yaw_deg, seen.pitch_deg, seen.appearance, seen.tone, turn_deg_s)
    track.memories[_pose_step(seen, rules)] = track.last_like


def _turned_deg(known: _Memory, seen: Observation) -> float:
    return max(abs(known.yaw_deg - seen.yaw_deg), abs(known.pitch_deg - seen.pitch_deg))


def _turn_rate_deg_s(known: _Memory | None, seen: Observation) -> float:
    if known is None:
        return 0.0
    return _turned_deg(known, seen) / max(seen.t_s - known.t_s, 1e-3)


def _pose_step(seen: Observation, rules: TrackRules) -> int:
    return round(seen.yaw_deg / rules.same_pose_deg)
