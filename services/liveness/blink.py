"""Blinks, from the eye aspect ratio (EAR) of both eyes against this person's own open eyes.

A fixed level fails people with narrow eyes and passes a tilted photo. So a blink is a dip: both eyes
fall well under this person's baseline and under what they were just before, and come up again within
a second. How long it lasted is read at half depth, between frames, because at 15 fps a real blink may
show a single closed frame.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_NEARLY = 0.95
"""The fall begins at the last frame that is nearly as open as the most open one."""


@dataclass(frozen=True)
class BlinkRules:
    """What counts. Ratios are of the baseline, where 1 is this person's open eye."""

    closed_mean: float = 0.75
    """Both eyes' mean must fall to this where the eyes were calm before: a lid drawn down by a third reaches it."""
    closed_worse: float = 0.82
    """And the less closed eye to this: in a wink it stays above."""
    restless_mean: float = 0.62
    restless_worse: float = 0.70
    """The same where the eyes moved a lot before (talking, frowning), or were not seen long enough to know."""
    restless_spread: float = 0.25
    """The spread of the ratio just before (90th less 10th percentile) from which the eyes are restless."""
    calm_spread: float = 0.10
    min_drop: float = 0.20
    """From the level just before; slow changes (a smile, a frown) are none."""
    min_s: float = 0.05
    max_s: float = 1.0
    half_closed_mean: float = 0.45
    half_closed_max_s: float = 0.5
    """A dip that stays above `half_closed_mean` may last only so long: a long half-closed eye is a squint."""
    shallow_mean: float = 0.65
    shallow_min_s: float = 0.1
    """One frame that hardly dips is noise."""
    reopened: float = 0.5
    """The share of the dip that must be made up again."""
    before_s: float = 0.6
    """How far before the lowest frame the level just before is looked for."""
    baseline_s: float = 4.0
    baseline_quantile: float = 0.75
    spread_s: float = 2.0
    spread_least_s: float = 0.5
    """Eyes seen for less than this are taken for restless."""
    max_yaw_deg: float = 40.0
    max_turn_deg: float = 12.0
    max_turn_deep_deg: float = 25.0
    """How far the head may turn or nod meanwhile: that alone changes the ratio, but cannot shut the eyes."""
    max_gap_s: float = 0.3


class Blink(NamedTuple):
    """A blink, in frame time."""

    closed_s: float
    """When the eyes began to be more closed than open."""
    lowest_s: float
    reopened_s: float
    depth: float
    """Mean ratio at the lowest: 0 is shut."""


class _Sample(NamedTuple):
    t_s: float
    left: float
    right: float
    yaw_deg: float
    pitch_deg: float


class _Level(NamedTuple):
    """A sample over the baseline."""

    t_s: float
    left: float
    right: float

    @property
    def mean(self) -> float:
        return (self.left + self.right) / 2


class BlinkDetector:
    """Follows one face. Keeps four seconds of numbers."""

    def __init__(self, rules: BlinkRules | None = None) -> None:
        self._rules = rules or BlinkRules()
        self._samples: deque[_Sample] = deque()
        self._since_s = float("-inf")

    def feed(
        self, t_s: float, ear_left: float, ear_right: float, yaw_deg: float = 0.0, pitch_deg: float = 0.0
    ) -> Blink | None:
        """Take one frame's numbers; return the blink that ends with it, if one does."""
        if self._samples and t_s - self._samples[-1].t_s > self._rules.max_gap_s:
            self._since_s = t_s  # nobody knows what the eyes did meanwhile
        self._samples.append(_Sample(t_s, ear_left, ear_right, yaw_deg, pitch_deg))
        while t_s - self._samples[0].t_s > self._rules.baseline_s:
            self._samples.popleft()
        return self._ended(t_s)

    @property
    def open_ear(self) -> float | None:
        """This person's open-eye aspect ratio, mean of both eyes; None before three frames."""
        if len(self._samples) < 3:
            return None
        return sum(self._baseline()) / 2

    def openness(self) -> float:
        """Return the last frame's mean ratio to the baseline, 1 where there is none yet."""
        if len(self._samples) < 3:
            return 1.0
        return self._levels([self._samples[-1]])[0].mean

    def _ended(self, now_s: float) -> Blink | None:
        rules = self._rules
        recent = [s for s in self._samples if s.t_s >= self._since_s and now_s - s.t_s <= rules.max_s + rules.before_s]
        if len(recent) < 4:
            return None
        levels = self._levels(recent)
        low = min(range(len(levels)), key=lambda i: levels[i].mean)
        before = [i for i in range(low) if levels[low].t_s - levels[i].t_s <= rules.before_s]
        if low == len(levels) - 1 or not before:
            return None
        highest = max(levels[i].mean for i in before)
        high = max(i for i in before if levels[i].mean >= _NEARLY * highest)
        half = _part_way(levels[low].mean, levels[high].mean, rules.reopened)
        if levels[-1].mean < half:
            return None
        return self._judge(recent, levels, low, high, half)

    def _judge(
        self, recent: Sequence[_Sample], levels: Sequence[_Level], low: int, high: int, half: float
    ) -> Blink | None:
        """Decide about a dip that is over."""
        if not _is_dip(levels[low], levels[high], self._spread_before(levels[high].t_s), self._rules):
            return None
        blink = Blink(
            _falls_through(levels, high, low, half),
            levels[low].t_s,
            _rises_through(levels, low, half),
            levels[low].mean,
        )
        self._since_s = levels[-1].t_s
        right = _lasts_right(blink, self._rules) and _head_still(recent[high:], blink.depth, self._rules)
        return blink if right else None

    def _spread_before(self, t_s: float) -> float | None:
        """Return how much the mean ratio moved in the two seconds before, or None where too little was seen."""
        rules = self._rules
        before = [s for s in self._samples if max(self._since_s, t_s - rules.spread_s) <= s.t_s <= t_s]
        if not before or before[-1].t_s - before[0].t_s < rules.spread_least_s:
            return None
        means = [level.mean for level in self._levels(before)]
        return _quantile(means, 0.9) - _quantile(means, 0.1)

    def _baseline(self) -> tuple[float, float]:
        quantile = self._rules.baseline_quantile
        return (
            _quantile([s.left for s in self._samples], quantile),
            _quantile([s.right for s in self._samples], quantile),
        )

    def _levels(self, samples: Sequence[_Sample]) -> list[_Level]:
        left, right = self._baseline()
        return [_Level(s.t_s, s.left / max(left, 1e-6), s.right / max(right, 1e-6)) for s in samples]


def _is_dip(low: _Level, high: _Level, spread: float | None, rules: BlinkRules) -> bool:
    """Tell whether both eyes closed, against the baseline and against just before; the more restless, the more."""
    restless = 1.0
    if spread is not None:
        share = (spread - rules.calm_spread) / (rules.restless_spread - rules.calm_spread)
        restless = min(1.0, max(0.0, share))
    return (
        low.mean <= _part_way(rules.closed_mean, rules.restless_mean, restless)
        and max(low.left, low.right) <= _part_way(rules.closed_worse, rules.restless_worse, restless)
        and high.mean - low.mean >= rules.min_drop
    )


def _lasts_right(blink: Blink, rules: BlinkRules) -> bool:
    shortest_s = rules.shallow_min_s if blink.depth > rules.shallow_mean else rules.min_s
    longest_s = rules.half_closed_max_s if blink.depth > rules.half_closed_mean else rules.max_s
    return shortest_s <= blink.reopened_s - blink.closed_s <= longest_s


def _head_still(samples: Sequence[_Sample], depth: float, rules: BlinkRules) -> bool:
    yaws, pitches = [s.yaw_deg for s in samples], [s.pitch_deg for s in samples]
    allowed_deg = rules.max_turn_deep_deg if depth <= rules.half_closed_mean else rules.max_turn_deg
    turned_deg = max(max(yaws) - min(yaws), max(pitches) - min(pitches))
    return max(map(abs, yaws)) <= rules.max_yaw_deg and turned_deg <= allowed_deg


def _falls_through(levels: Sequence[_Level], high: int, low: int, level: float) -> float:
    """Return when the mean last fell through `level` on its way down to `low`."""
    for i in range(low, high, -1):
        if levels[i - 1].mean >= level:
            return _crossing(levels[i - 1], levels[i], level)
    return levels[high].t_s


def _rises_through(levels: Sequence[_Level], low: int, level: float) -> float:
    """Return when the mean first rose through `level` after `low`."""
    for i in range(low, len(levels) - 1):
        if levels[i + 1].mean >= level:
            return _crossing(levels[i], levels[i + 1], level)
    return levels[-1].t_s


def _crossing(a: _Level, b: _Level, level: float) -> float:
    """Return the time between two frames at which the mean, drawn straight, passes `level`."""
    if a.mean == b.mean:
        return b.t_s
    return a.t_s + (b.t_s - a.t_s) * (a.mean - level) / (a.mean - b.mean)


def _part_way(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed. A few dozen values: sorting is cheap."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
