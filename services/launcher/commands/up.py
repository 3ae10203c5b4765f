"""`nero up`."""

import signal
import sys
import threading
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.commands.errors import plainly
from services.launcher.merged_log import MergedLog
from services.launcher.running import announced
from services.launcher.settings import LauncherSettings
from services.launcher.stack import Stack, Wish
from services.launcher.terminal import stderr
from shared.settings import load

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - what --tls is for: kiosks on other machines


def command(
    tls: Annotated[bool, typer.Option("--tls", help="Serve HTTPS, for kiosks on other machines.")] = False,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: this machine only; all with --tls.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8080,
    ws_port: Annotated[int, typer.Option(min=1, max=65535, help="Port that browsers' webcams are taken on.")] = 8765,
) -> None:
    """Run everything on this machine: Redis, database, every service, the pages. Ctrl-C stops it."""
    console = stderr()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    log = MergedLog(sys.stderr)
    wish = Wish(host=host or (_EVERYWHERE if tls else "127.0.0.1"), web_port=port, ws_port=ws_port, tls=tls)
    with plainly(console), Stack(load(LauncherSettings), wish, log) as stack:
        stack.start(lambda doing, *_: log.line("nero", doing), ending.is_set)
        if ending.is_set():
            return
        with announced(stack.plan):
            _welcome(stack, console)
            stack.watch(ending.is_set)
            log.line("nero", "stopping; a second Ctrl-C does not make it faster")


def _welcome(stack: Stack, console: Console) -> None:
    lines = [f"Nero runs: {stack.plan.base_url}   (Ctrl-C stops it)"]
    if stack.one_time_password:
        lines.append(f"First run. Sign in as admin with the one-time password {stack.one_time_password}")
    if stack.plan.certificate:
        names = ", ".join(stack.plan.certificate.names)
        lines.append(f"HTTPS for {names}. Install {stack.plan.certificate.authority} on each kiosk as an authority.")
    lines += stack.missing_models
    for line in lines:
        console.print(f"nero: {line}", markup=False, highlight=False, soft_wrap=True)
