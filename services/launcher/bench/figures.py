"""The figures of a benchmark, and how a call is timed."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

_WARM_UPS = 3
_ROUNDS = 7


class Figures(BaseModel):
    """Base of everything that is reported."""

    model_config = ConfigDict(frozen=True)


class Spread(Figures):
    """Milliseconds of many of a kind."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int


class Network(Figures):
    """One face network on one aligned face."""

    embed_ms: float
    """The adapter's call: normalising, running, unit length."""
    bare_ms: float
    """The runtime's own call with a prepared input."""
    ratio: float
    model_id: str


class Missing(Figures):
    """A figure that cannot be had here."""

    not_available: str


class Search(Figures):
    """Exact search of the whole gallery."""

    templates: int
    dims: int
    ms: float


class Latency(Figures):
    """From the publication of the deciding frame to the committed row, one kiosk."""

    spread: Spread
    verdicts: dict[str, int]


class Load(Figures):
    """So many kiosks at once, each with somebody before it, at 15 fps."""

    kiosks: int
    sent: int
    handled: int
    skipped_share: float
    """Of the frames that the cameras should have sent."""
    seconds: float
    cpu_s_per_kiosk_minute: float
    holds: bool


class Capacity(Figures):
    """How many busy kiosks this machine holds."""

    busy_kiosks: int
    skipped_limit: float
    cpu_s_per_kiosk_minute_busy: float
    cpu_s_per_kiosk_minute_idle: float
    idle_share_of_a_core: float
    by_process_cpu_s_per_kiosk_minute: dict[str, float]
    """Of the last load that held, or of the first where none did."""
    stage_ms: dict[str, float]
    """Mean milliseconds of each stage under that load, by the services' own histograms."""
    loads: tuple[Load, ...]


class Prototype(Figures):
    """The prototype's loop on the same footage: from the blink's frame to its row."""

    spread: Spread
    landmarks_ms: float
    represent_ms: float
    network: str
    recognised: int
    walkups: int


class Machine(Figures):
    """Where it was measured."""

    cpu: str
    cores: int
    system: str
    python: str
    load_before: float
    """One-minute load average before the run: other work on the machine makes figures worse."""


class BenchReport(Figures):
    """Everything. A part that was not asked for is None."""

    machine: Machine
    stages_ms: dict[str, dict[str, float]] | None = None
    """Median milliseconds of each step on one core, by footage."""
    networks: dict[str, Network | Missing] | None = None
    search: tuple[Search, ...] | None = None
    prototype: Prototype | Missing | None = None
    latency: dict[str, Latency | Missing] | None = None
    capacity: Capacity | Missing | None = None
    ratios: dict[str, float] | None = None
    """The prototype's p50 and p95 over each network's."""


Part = Literal["stages", "networks", "search", "prototype", "latency", "capacity"]


def spread(milliseconds: Sequence[float]) -> Spread:
    """Return the percentiles of at least one measurement."""
    p50, p95, p99 = np.percentile(np.asarray(milliseconds), (50, 95, 99))
    return Spread(
        p50_ms=round(float(p50), 1), p95_ms=round(float(p95), 1), p99_ms=round(float(p99), 1), count=len(milliseconds)
    )


def time_ms(call: Callable[[], object], repeats: int = 30, rounds: int = _ROUNDS) -> float:
    """Return the milliseconds of one call: the median of `rounds` means, after a few warm-ups."""
    for _ in range(_WARM_UPS):
        call()
    return round(median(_mean_ms(call, repeats) for _ in range(rounds)), 3)


def time_both_ms(one: Callable[[], object], other: Callable[[], object], repeats: int = 20) -> tuple[float, float]:
    """Return the milliseconds of two calls, measured in turns, so that other work on the machine meets both."""
    for call in (one, other):
        call()
    rounds = [(_mean_ms(one, repeats), _mean_ms(other, repeats)) for _ in range(_ROUNDS)]
    return round(median(a for a, _ in rounds), 3), round(median(b for _, b in rounds), 3)


def time_each_ms(calls: Sequence[Callable[[], object]]) -> float:
    """Return the median milliseconds of different calls, each made once."""
    return round(median(_mean_ms(call, 1) for call in calls), 3)


def _mean_ms(call: Callable[[], object], repeats: int) -> float:
    begun_s = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - begun_s) * 1000 / repeats
