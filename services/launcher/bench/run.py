"""The whole benchmark, part by part."""

import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from services.launcher.bench import networks, walkups
from services.launcher.bench.capacity import Reels, Windows, default_tries
from services.launcher.bench.figures import BenchReport, Latency, Machine, Part, Prototype
from services.launcher.bench.live import Live, Materials, measure_together
from services.launcher.bench.prototype import measure_prototype
from services.launcher.bench.reel import write_reel
from services.launcher.bench.stages import measure_stages
from services.launcher.merged_log import MergedLog
from services.launcher.people.samples import photo_path
from services.launcher.settings import LauncherSettings
from services.launcher.stack import PROJECT_ROOT, find_mirror
from services.launcher.terminal import Say
from shared.models import ModelCache

PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class BenchOptions:
    """What is measured, and for how long."""

    parts: tuple[Part, ...] = PARTS
    networks: tuple[str, ...] = networks.NETWORKS
    walkups: int = 24
    """Verdicts per network, and walk-ups that the prototype's loop sees."""
    kiosks: tuple[int, ...] = default_tries()
    """Loads tried, growing."""
    windows: Windows = field(default_factory=Windows)
    liveness_processes: int = os.cpu_count() or 1
    footage: Path | None = PROJECT_ROOT.parent / "shared" / "footage"
    """Real clips; where the folder is not there, the sample people alone."""

    def live(self) -> Live:
        """Return what concerns the services."""
        return Live(
            latency="latency" in self.parts,
            capacity="capacity" in self.parts,
            networks=self.networks,
            walkups=self.walkups,
            kiosks=self.kiosks,
            windows=self.windows,
            liveness_processes=self.liveness_processes,
        )


def run_bench(options: BenchOptions, settings: LauncherSettings, log: MergedLog, say: Say) -> BenchReport:
    """Measure and report; a part that cannot be had here says why in its place.

    Raises:
        Unavailable: no Redis server, or no landmarks, so that nothing can be measured.
    """
    machine = _machine()
    cache = ModelCache(settings.models_dir, find_mirror(settings.models_mirror))
    with tempfile.TemporaryDirectory(prefix="nero-bench-") as name:
        say("drawing the walk-ups")
        footage = options.footage if options.footage and options.footage.is_dir() else None
        materials = _draw(Path(name), footage)
        report = BenchReport(machine=machine, **_alone(options, cache, materials, footage, say))
        return _with_ratios(
            report.model_copy(update=measure_together(options.live(), settings, cache, materials, log, say))
        )


def _draw(folder: Path, footage: Path | None) -> Materials:
    """Draw and encode what the cameras will show."""
    show = walkups.busy()
    reels = Reels(folder / "busy.reel", len(show.frames), folder / "idle.reel")
    write_reel(show.jpegs(), reels.busy)
    write_reel(walkups.idle().jpegs(), reels.idle)
    people = {student: photo_path(photo) for student, photo in walkups.PEOPLE.items()}
    clips = walkups.clips_with_blinks(footage) if footage else []
    if not clips:
        return Materials(show, reels, people, folder)
    real, photos = walkups.real(clips, folder)
    write_reel(real.jpegs(), folder / "real.reel")
    return Materials(show, reels, people | photos, folder, folder / "real.reel", len(clips))


def _alone(
    options: BenchOptions, cache: ModelCache, materials: Materials, footage: Path | None, say: Say
) -> dict[str, object]:
    """Measure what needs no services."""
    found: dict[str, object] = {}
    if "stages" in options.parts:
        say("timing each step of a frame's way")
        found["stages_ms"] = measure_stages(materials.show, footage)
    if "networks" in options.parts:
        say("timing the face networks")
        found["networks"] = networks.measure_networks(cache, options.networks)
    if "search" in options.parts:
        say("timing the search")
        found["search"] = networks.measure_search()
    if "prototype" in options.parts:
        say("playing the prototype's loop")
        rounds = max(1, options.walkups // len(walkups.PEOPLE))
        found["prototype"] = measure_prototype(walkups.busy(rounds), cache, materials.folder)
    return found


def _with_ratios(report: BenchReport) -> BenchReport:
    """Add the prototype's times over ours."""
    if not isinstance(report.prototype, Prototype) or report.latency is None:
        return report
    theirs = report.prototype.spread
    ratios = {
        f"{network} {percentile}": round(
            getattr(theirs, f"{percentile}_ms") / getattr(ours.spread, f"{percentile}_ms"), 1
        )
        for network, ours in report.latency.items()
        if isinstance(ours, Latency)
        for percentile in ("p50", "p95")
    }
    return report.model_copy(update={"ratios": ratios})


def _machine() -> Machine:
    return Machine(
        cpu=_cpu_name(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 2),
    )


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names: Mapping[str, str] = {
        line.split(":")[0].strip(): line.split(":", 1)[1].strip() for line in lines if ":" in line
    }
    return names.get("model name", platform.machine())
