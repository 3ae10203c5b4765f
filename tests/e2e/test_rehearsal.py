"""The whole pipeline on real footage: every walk-up as in its truth.json."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROSTER_KEYS = {"student_id", "status", "kiosk", "at"}
OUTCOME_KEYS = {"kiosk", "start_s", "end_s", "verdict", "student_id", "table", "hall", "latency_ms"}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scenario", ["one-door", "three-doors"])
def test_an_exam_comes_out_as_it_must(materials: Path, scenario: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "services.launcher",
            "rehearse",
            str(materials / "scenarios" / scenario),
            "--json",
            "--speed",
            "0",
            "--check",
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=390,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert set(report) == {"outcomes", "roster"}
    assert {frozenset(line) for line in report["outcomes"]} == {frozenset(OUTCOME_KEYS)}
    assert {frozenset(line) for line in report["roster"]} == {frozenset(ROSTER_KEYS)}
