"""The benchmark's report for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from services.launcher.bench.figures import BenchReport, Capacity, Latency, Missing, Network, Prototype


def print_bench(report: BenchReport, console: Console) -> None:
    """Print every part that was measured."""
    machine = report.machine
    console.print(f"{machine.cpu}, {machine.cores} cores, load {machine.load_before} before the run")
    for table in (
        _stages(report),
        _networks(report),
        _search(report),
        _latency(report),
        _capacity(report),
        _loads(report),
    ):
        if table is not None:
            console.print(table)


def _latency(report: BenchReport) -> Table | None:
    if report.latency is None and report.prototype is None:
        return None
    table = _table("Capture to roster, one kiosk (ms)", ("", "p50", "p95", "p99", "of", "prototype ÷ this: p50", "p95"))
    for network, found in (report.latency or {}).items():
        ratios = [str((report.ratios or {}).get(f"{network} {p}", "")) for p in ("p50", "p95")]
        table.add_row(network, *_spread(found), *ratios)
    if report.prototype is not None:
        table.add_row("the prototype's loop", *_spread(report.prototype))
    return table


def _spread(found: Latency | Prototype | Missing) -> Sequence[str]:
    if isinstance(found, Missing):
        return (f"not available here: {found.not_available}",)
    spread = found.spread
    return tuple(map(str, (spread.p50_ms, spread.p95_ms, spread.p99_ms, spread.count)))


def _capacity(report: BenchReport) -> Table | None:
    if report.capacity is None:
        return None
    table = _table("Kiosks", ("what", "figure"))
    if not isinstance(report.capacity, Capacity):
        table.add_row("not available here", report.capacity.not_available)
        return table
    capacity = report.capacity
    table.add_row(f"busy at 15 fps, under {capacity.skipped_limit:.0%} of frames skipped", str(capacity.busy_kiosks))
    table.add_row("CPU-seconds per kiosk-minute, busy", str(capacity.cpu_s_per_kiosk_minute_busy))
    table.add_row("CPU-seconds per kiosk-minute, idle", str(capacity.cpu_s_per_kiosk_minute_idle))
    table.add_row("share of a core, idle", f"{capacity.idle_share_of_a_core:.1%}")
    for name, seconds in capacity.by_process_cpu_s_per_kiosk_minute.items():
        table.add_row(f"  busy: {name}", str(seconds))
    for name, milliseconds in capacity.stage_ms.items():
        table.add_row(f"  mean ms, {name}", str(milliseconds))
    return table


def _loads(report: BenchReport) -> Table | None:
    if not isinstance(report.capacity, Capacity):
        return None
    table = _table("Loads", ("kiosks", "frames sent", "handled", "skipped", "CPU-s per kiosk-minute", "holds"))
    for load in report.capacity.loads:
        row = (load.kiosks, load.sent, load.handled, f"{load.skipped_share:.1%}", load.cpu_s_per_kiosk_minute)
        table.add_row(*map(str, row), "yes" if load.holds else "no")
    return table


def _stages(report: BenchReport) -> Table | None:
    if not report.stages_ms:
        return None
    steps = list(next(iter(report.stages_ms.values())))
    table = _table("Each step (median ms, one core)", ("footage", *steps))
    for name, found in report.stages_ms.items():
        table.add_row(name, *(str(found.get(step, "")) for step in steps))
    return table


def _networks(report: BenchReport) -> Table | None:
    if report.networks is None:
        return None
    table = _table("One face through the network (ms, one thread)", ("network", "adapter", "bare runtime", "ratio"))
    for name, found in report.networks.items():
        if isinstance(found, Network):
            table.add_row(name, str(found.embed_ms), str(found.bare_ms), str(found.ratio))
        else:
            table.add_row(name, f"not available here: {found.not_available}")
    return table


def _search(report: BenchReport) -> Table | None:
    if report.search is None:
        return None
    table = _table("Exact search (ms)", ("templates", "numbers each", "ms"))
    for found in report.search:
        table.add_row(f"{found.templates:,}", str(found.dims), str(found.ms))
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    return table
