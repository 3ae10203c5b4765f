"""`nero bench`."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.bench import networks
from services.launcher.bench.capacity import Windows
from services.launcher.bench.run import PARTS, BenchOptions, run_bench
from services.launcher.bench.table import print_bench
from services.launcher.commands.errors import plainly
from services.launcher.merged_log import MergedLog
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import progress, stderr
from shared.settings import load


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    part: Annotated[list[str] | None, typer.Option(help=f"Only this part: {', '.join(PARTS)}; repeatable.")] = None,
    network: Annotated[
        list[str] | None, typer.Option(help=f"Only this network; repeatable. Default: {', '.join(networks.NETWORKS)}.")
    ] = None,
    walkups: Annotated[int, typer.Option(min=2, help="Verdicts measured per network.")] = 24,
    window: Annotated[float, typer.Option(min=5, help="Seconds that each load is measured for.")] = 25.0,
    kiosks: Annotated[list[int] | None, typer.Option(min=1, help="Only this many busy kiosks; repeatable.")] = None,
    logs: Annotated[bool, typer.Option("--logs", help="Show every service's log on stderr.")] = False,
) -> None:
    """Measure how fast this machine checks people in, beside the prototype's own loop. Takes some minutes."""
    unknown = [name for name in part or () if name not in PARTS]
    if unknown:
        raise typer.BadParameter(f"there is no part {unknown[0]!r}: one of {', '.join(PARTS)}")
    usual = BenchOptions()
    options = BenchOptions(
        parts=tuple(name for name in PARTS if name in (part or PARTS)),
        networks=tuple(network) if network else usual.networks,
        walkups=walkups,
        kiosks=tuple(sorted(kiosks)) if kiosks else usual.kiosks,
        windows=Windows(measure_s=window),
    )
    console = stderr()
    with plainly(console), progress(console) as say:
        report = run_bench(options, load(LauncherSettings), MergedLog(sys.stderr if logs else None), say)
    if as_json:
        print(report.model_dump_json(indent=1))
    else:
        print_bench(report, Console())
