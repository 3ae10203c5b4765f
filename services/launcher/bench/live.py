"""What is measured on the running services: one stack per network, a kiosk first, then as many as it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.launcher.bench import networks
from services.launcher.bench.capacity import Reels, Windows, measure_capacity
from services.launcher.bench.figures import Capacity, Latency, Missing
from services.launcher.bench.latency import measure_latency
from services.launcher.bench.rig import Rig, running
from services.launcher.bench.walkups import Show
from services.launcher.merged_log import MergedLog
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import Say
from shared.errors import Unavailable
from shared.models import ModelCache

_REAL_ROUNDS = 2
"""How often each real clip is played."""


@dataclass(frozen=True)
class Live:
    """What is measured on the services."""

    latency: bool
    capacity: bool
    networks: tuple[str, ...]
    walkups: int
    kiosks: tuple[int, ...]
    windows: Windows
    liveness_processes: int


@dataclass(frozen=True)
class Materials:
    """What the cameras show, and who is to be enrolled for it."""

    show: Show
    reels: Reels
    people: Mapping[str, Path]
    folder: Path
    real: Path | None = None
    """Real clips, one after the other; None where they are not there."""
    real_clips: int = 0


Latencies = dict[str, Latency | Missing]


def measure_together(
    live: Live, settings: LauncherSettings, cache: ModelCache, materials: Materials, log: MergedLog, say: Say
) -> dict[str, object]:
    """Measure every network that is there; the capacity with the first of them."""
    latencies: Latencies = {}
    capacity: Capacity | Missing = Missing(not_available="no network's services could be run")
    for network in live.networks:
        wants_capacity = live.capacity and isinstance(capacity, Missing)
        if not (live.latency or wants_capacity):
            continue
        if missing := networks.available(cache, network):
            latencies[network] = missing
            continue
        try:
            with running(settings, network, materials.people, live.liveness_processes, log, say) as rig:
                if live.latency:
                    latencies |= _latencies(rig, network, live, materials, say)
                if wants_capacity:
                    capacity = measure_capacity(rig, materials.reels, live.kiosks, live.windows, say)
        except Unavailable as error:
            latencies[network] = Missing(not_available=str(error))
    return {"latency": latencies if live.latency else None, "capacity": capacity if live.capacity else None}


def _latencies(rig: Rig, network: str, live: Live, materials: Materials, say: Say) -> Latencies:
    def told(count: int) -> None:
        say(f"verdicts with {network}", count, live.walkups)

    found = {network: measure_latency(rig, "A__sample", materials.reels.busy, live.walkups, told)}
    if materials.real is not None:
        wanted = min(live.walkups, _REAL_ROUNDS * materials.real_clips)
        found[f"{network}, real clips"] = measure_latency(rig, "A__real", materials.real, wanted, told)
    return found
