"""`nero rehearse FOLDER`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.errors import plainly
from services.launcher.merged_log import MergedLog
from services.launcher.rehearsal.folder import Rehearsal, read_folder
from services.launcher.rehearsal.report import Report, print_report
from services.launcher.rehearsal.run import rehearse
from services.launcher.rehearsal.truth import Difference, differences, read_truth
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import progress, stderr
from shared.clock import SystemClock
from shared.settings import load


def command(
    folder: Annotated[Path, typer.Argument(help="students/ID.jpg, roster.csv, kiosks/HALL__NAME.mp4, exam.toml.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    speed: Annotated[
        int, typer.Option(min=0, max=1, help="1: in real time. 0: on the footage's own clock, every frame.")
    ] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Hold it against FOLDER/truth.json; exit 1 if it differs.")
    ] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Show every service's log on stderr.")] = False,
) -> None:
    """Play an exam from a folder through the real services, and report every outcome and the roster."""
    console = stderr()
    with plainly(console):
        rehearsal = read_folder(folder)
        truth = read_truth(folder / "truth.json") if check else None
        log = MergedLog(sys.stderr if logs else None)
        settings = load(LauncherSettings)
        with progress(console) as say:
            report = rehearse(rehearsal, settings, speed=speed, log=log, clock=SystemClock(), say=say)
    _print(report, rehearsal, as_json=as_json)
    wrong = differences(truth, report) if truth else []
    if truth is not None:
        _print_differences(wrong, len(truth.walkups), console)
    raise typer.Exit(1 if wrong else 0)


def _print(report: Report, rehearsal: Rehearsal, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.document(), ensure_ascii=False, indent=1))
        return
    names = {line.student_id: line.name for line in rehearsal.roster}
    print_report(report, names, Console())


def _print_differences(wrong: list[Difference], walkups: int, console: Console) -> None:
    if not wrong:
        console.print(f"As in truth.json: all {walkups} walk-ups, and the roster.")
        return
    table = Table(title="Otherwise than in truth.json", title_justify="left")
    for column in ("where", "expected", "found"):
        table.add_column(column)
    for difference in wrong:
        table.add_row(difference.where, difference.expected, difference.found)
    console.print(table)
