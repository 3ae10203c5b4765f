"""`nero up --tls` in a process of its own, from an empty data folder until Ctrl-C."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from services.launcher.ports import free_ports

READY_WITHIN_S = 150.0
STOPS_WITHIN_S = 60.0
SERVICES = {"ingest", "web", "office", "recognizer", "enrolment", "liveness", "capture"}
OURS = ("NERO_REDIS_URL", "NERO_FRAMES_REDIS_URL", "NERO_DATABASE_URL", "NERO_ADMIN_PASSWORD_HASH")


@pytest.mark.timeout(300)
def test_everything_runs_over_https_until_ctrl_c_and_nothing_is_left(tmp_path: Path) -> None:
    web, webcam = free_ports(2)
    with nero_up(tmp_path, "--tls", "--port", str(web), "--ws-port", str(webcam)) as (nero, log):
        health = answer_of(nero, log, f"https://127.0.0.1:{web}/health", tmp_path / "tls" / "authority.pem")
        assert health.status_code == 200, health.text
        wait_for_log(nero, log, "Nero runs: https://")
        children = descendants(nero.pid)
        assert len(children) >= len(SERVICES)
        nero.send_signal(signal.SIGINT)
        assert nero.wait(STOPS_WITHIN_S) == 0, log.read_text()[-3000:]
    text = log.read_text()
    assert "First run. Sign in as admin with the one-time password" in text
    speakers = {name.strip().rstrip("-0123456789") for name in re.findall(r"^(.{13})│", text, re.MULTILINE)}
    assert speakers >= SERVICES | {"nero"}
    assert not {pid for pid in children if is_alive(pid)}, text[-3000:]
    assert not (tmp_path / "data" / "running.json").exists()


@contextmanager
def nero_up(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start it with everything of its own in `folder`; what it says goes into a file there."""
    log = folder / "log"
    environment = {
        **{name: value for name, value in os.environ.items() if name not in OURS},
        "NERO_DATA_DIR": str(folder / "data"),
        "NERO_KEYS_DIR": str(folder / "keys"),
        "NERO_LAUNCHER__TLS_DIR": str(folder / "tls"),
    }
    with log.open("wb") as out:
        nero = subprocess.Popen(
            [sys.executable, "-m", "services.launcher", "up", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield nero, log
    finally:
        if nero.poll() is None:
            nero.terminate()
            nero.wait(STOPS_WITHIN_S)


def answer_of(nero: subprocess.Popen[bytes], log: Path, url: str, authority: Path) -> httpx.Response:
    """Ask until it answers, trusting its authority and nobody else."""
    deadline_s = time.monotonic() + READY_WITHIN_S
    while True:
        if authority.exists():
            try:
                return httpx.get(url, verify=ssl.create_default_context(cafile=str(authority)), timeout=5)
            except httpx.TransportError:
                pass
        still_runs(nero, log, deadline_s, url)


def wait_for_log(nero: subprocess.Popen[bytes], log: Path, words: str) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while words not in log.read_text():
        still_runs(nero, log, deadline_s, words)


def still_runs(nero: subprocess.Popen[bytes], log: Path, deadline_s: float, waited_for: str) -> None:
    """Wait a moment, while there is hope."""
    assert nero.poll() is None, f"it ended: {log.read_text()[-3000:]}"
    assert time.monotonic() < deadline_s, f"waited for {waited_for}: {log.read_text()[-3000:]}"
    time.sleep(0.2)


def descendants(pid: int) -> set[int]:
    """Return every process below this one."""
    found, before, pairs = {pid}, set[int](), parents()
    while found != before:
        before = set(found)
        found |= {child for child, parent in pairs if parent in found}
    return found - {pid}


def parents() -> list[tuple[int, int]]:
    """Return every process with its parent; macOS has no /proc, and a small Linux no `ps`."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return [(int(child), int(parent)) for child, parent in map(str.split, listed.splitlines())]
    pairs = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            pairs.append((int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])))
    return pairs


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
