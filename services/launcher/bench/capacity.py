"""How many busy kiosks this machine holds: more and more of them, until too many frames are skipped."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.launcher.bench.figures import Capacity, Load
from services.launcher.bench.rig import Rig
from services.launcher.bench.scrape import Counters

SKIPPED_LIMIT = 0.02
_FPS = 15
_IDLE_KIOSKS = 4


@dataclass(frozen=True)
class Windows:
    """How long is measured, in seconds."""

    settle_s: float = 8.0
    measure_s: float = 25.0


@dataclass(frozen=True)
class Reels:
    """What the cameras play."""

    busy: Path
    busy_frames: int
    idle: Path


def measure_capacity(
    rig: Rig, reels: Reels, tries: Sequence[int], windows: Windows, told: Callable[[str], None]
) -> Capacity:
    """Measure idle kiosks first, then each of `tries` (growing) busy ones until a load does not hold."""
    told(f"{_IDLE_KIOSKS} idle kiosks")
    idle = _measure_idle(rig, reels, windows)
    results = _climb(rig, reels, tries, windows, told)
    loads = tuple(result.load for result in results)
    held = [result for result in results if result.load.holds]
    shown = held[-1] if held else results[0]
    per_kiosk_minute = 60 / shown.load.seconds / shown.load.kiosks
    return Capacity(
        busy_kiosks=held[-1].load.kiosks if held else 0,
        skipped_limit=SKIPPED_LIMIT,
        cpu_s_per_kiosk_minute_busy=shown.load.cpu_s_per_kiosk_minute,
        cpu_s_per_kiosk_minute_idle=round(idle, 3),
        idle_share_of_a_core=round(idle / 60, 4),
        by_process_cpu_s_per_kiosk_minute={
            name: round(seconds * per_kiosk_minute, 3) for name, seconds in sorted(shown.added.cpu_s.items())
        },
        stage_ms=shown.added.stage_ms(),
        loads=loads,
    )


@dataclass(frozen=True)
class _Result:
    load: Load
    added: Counters


def _climb(
    rig: Rig, reels: Reels, tries: Sequence[int], windows: Windows, told: Callable[[str], None]
) -> list[_Result]:
    """Measure growing loads; one that does not hold is measured once more, for something else may have run."""
    results: list[_Result] = []
    present: list[str] = []
    for count in tries:
        told(f"{count} busy kiosks")
        _fill(rig, reels, present, count)
        results.append(_measure(rig, count, windows))
        if not results[-1].load.holds:
            told(f"{count} busy kiosks, once more")
            results.append(_measure(rig, count, windows))
        if not results[-1].load.holds:
            break
    _clear(rig, present)
    return results


def _measure(rig: Rig, count: int, windows: Windows) -> _Result:
    added, seconds = _window(rig, windows)
    return _Result(load_of(count, added, seconds), added)


def default_tries(cores: int | None = None) -> tuple[int, ...]:
    """Return how many kiosks are tried: 2 to 16 for each core."""
    count = cores or os.cpu_count() or 1
    return tuple(range(2 * count, 16 * count + 1, count))


def _measure_idle(rig: Rig, reels: Reels, windows: Windows) -> float:
    """Return the CPU seconds that one more idle kiosk takes a minute, what runs without kiosks taken off."""
    before = _cpu_rate(rig, windows)
    present = [f"A__idle{number}" for number in range(_IDLE_KIOSKS)]
    for number, kiosk in enumerate(present):
        rig.show(kiosk, reels.idle, 7 * number)
    with_idle = _cpu_rate(rig, windows)
    _clear(rig, present)
    return (with_idle - before) * 60 / _IDLE_KIOSKS


def _cpu_rate(rig: Rig, windows: Windows) -> float:
    """Return the CPU seconds of all processes a second."""
    added, seconds = _window(rig, windows)
    return sum(added.cpu_s.values()) / seconds


def _fill(rig: Rig, reels: Reels, present: list[str], count: int) -> None:
    """Add kiosks up to `count`; each begins elsewhere in the reel."""
    while len(present) < count:
        kiosk = f"A__busy{len(present)}"
        rig.show(kiosk, reels.busy, (len(present) * 37) % reels.busy_frames)
        present.append(kiosk)


def _clear(rig: Rig, present: list[str]) -> None:
    for kiosk in present:
        rig.office.delete_kiosk(kiosk)


def _window(rig: Rig, windows: Windows) -> tuple[Counters, float]:
    """Let things settle, then return what was added, and in how many seconds."""
    time.sleep(windows.settle_s)
    begun_s, before = time.monotonic(), rig.counters()
    time.sleep(windows.measure_s)
    ended_s, after = time.monotonic(), rig.counters()
    return after.since(before), ended_s - begun_s


def load_of(count: int, added: Counters, seconds: float) -> Load:
    """Judge one window: every frame that the cameras had is due, sent by capture or not."""
    due = count * _FPS * seconds
    skipped = max(0.0, 1 - added.handled / due)
    return Load(
        kiosks=count,
        sent=round(added.sent),
        handled=round(added.handled),
        skipped_share=round(skipped, 4),
        seconds=round(seconds, 1),
        cpu_s_per_kiosk_minute=round(sum(added.cpu_s.values()) * 60 / seconds / count, 3),
        holds=skipped < SKIPPED_LIMIT,
    )
