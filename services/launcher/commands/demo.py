"""`nero demo`."""

import signal
import sys
import threading
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.errors import plainly
from services.launcher.demo.cases import CASES, Case, Result, roster_differences
from services.launcher.demo.run import Exam, play, set_up
from services.launcher.merged_log import MergedLog
from services.launcher.office import BASES_ENV, Office
from services.launcher.plan import CAPTURE_WITH_PEOPLE
from services.launcher.rehearsal.run import temporary
from services.launcher.settings import LauncherSettings
from services.launcher.stack import BackgroundWatch, Stack, Wish, new_password
from services.launcher.terminal import progress
from shared.clock import SystemClock
from shared.settings import load

USER = "demo"


def command(
    stay: Annotated[bool, typer.Option("--stay", help="Keep the pages up afterwards, until Ctrl-C.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Show every service's log on stderr.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the pages. Default: a free one.")] = None,
) -> None:
    """Run a whole exam check-in on sample people, with the pages up while it runs."""
    console = Console(soft_wrap=True, highlight=False)
    password = new_password()
    wish = Wish(
        web_port=port,
        accept_simulated=True,
        capture=CAPTURE_WITH_PEOPLE,
        extra_env=(BASES_ENV,),
        sign_in_as=(USER, password),
    )
    log = MergedLog(sys.stderr if logs else None)
    with plainly(console), temporary(load(LauncherSettings)) as apart, Stack(apart, wish, log) as stack:
        with progress(console) as say:
            stack.start(say)
        with BackgroundWatch(stack), Office(stack.plan.base_url, USER, password) as office:
            wrong = _run(stack, office, password, console)
            if stay:
                _stay(stack, console)
    raise typer.Exit(1 if wrong else 0)


def _run(stack: Stack, office: Office, password: str, console: Console) -> list[str]:
    scripts = stack.plan.data_dir / "scripts"
    with progress(console) as say:
        say("setting up the exam: two halls, two doors, one student enrolled")
        exam = set_up(office, scripts, SystemClock())
    _say_where(stack, exam, password, console)
    results = play(office, exam, scripts, lambda number, case: _announce(number, case, console))
    roster = office.roster(exam.sitting_id)
    wrong = _judge(results, console)
    _print_roster(roster, console)
    for difference in roster_differences(roster):
        console.print(f"✗ roster: {difference}", style="bold red")
        wrong.append(difference)
    console.print(
        f"The pages were at {stack.plan.base_url} while this ran; `nero demo --stay` keeps them up, `nero up` starts your own."
    )
    console.print("Every case came out as it must." if not wrong else f"{len(wrong)} came out otherwise.", style="bold")
    return wrong


def _say_where(stack: Stack, exam: Exam, password: str, console: Console) -> None:
    console.print(f"Nero runs at [bold]{stack.plan.base_url}[/]  (sign in: {USER}, {password})")
    for kiosk_id, page in exam.pages.items():
        console.print(f"  {kiosk_id}: {stack.plan.base_url}{page}")
    for missing in stack.missing_models:
        console.print(f"  {missing}", markup=False)


def _announce(number: int, case: Case, console: Console) -> None:
    console.print(f"{number + 1} of {len(CASES)}  {case.tells} …")


def _judge(results: list[Result], console: Console) -> list[str]:
    table = Table(title="What came of it", title_justify="left")
    for column in ("", "who", "Nero said"):
        table.add_column(column)
    for result in results:
        table.add_row("✓" if result.as_stated else "✗", result.case.tells, result.sentence())
    console.print(table)
    return [result.case.tells for result in results if not result.as_stated]


def _print_roster(roster: list[dict[str, Any]], console: Console) -> None:
    table = Table(title="Roster", title_justify="left")
    for column in ("student", "name", "hall", "table", "status", "kiosk"):
        table.add_column(column)
    for entry in roster:
        table.add_row(*(str(entry[key] or "") for key in ("student_id", "name", "hall", "table", "status", "kiosk")))
    console.print(table)


def _stay(stack: Stack, console: Console) -> None:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    console.print(f"The pages stay up at {stack.plan.base_url} until Ctrl-C.")
    ending.wait()
