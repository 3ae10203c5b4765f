"""The real recognizer and ingest, crashing at named points: the small version of `python -m tests.faults.real`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check_in(materials: Path, *arguments: str) -> dict[str, Any]:
    """Run the harness in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.real", "--json", "--materials", str(materials), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert ended.stdout, ended.stderr[-2000:]
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert found["sound"] == (ended.returncode == 0)
    return found


@pytest.mark.usefixtures("redis_binary")
class TestCheckInsThroughTheRealServices:
    def test_crashes_and_redis_killed_half_way_lose_nothing_and_count_nothing_twice(self, materials: Path) -> None:
        found = check_in(materials, "--checkins", "60", "--restart-redis")
        assert found["faults"] > 0
        assert found["restarts"] == ["redis"]
        wrong = ("lost", "twice", "stale", "not_present", "other_ids", "audit_broken", "dead_letters")
        assert {what: found[what] for what in wrong} == dict.fromkeys(wrong, 0)
        assert found["sound"]

    def test_an_id_made_where_it_is_handled_counts_somebody_twice(self, materials: Path) -> None:
        found = check_in(materials, "--checkins", "40", "--broken", "no_unique_id", "--crash-chance", "0.2")
        assert found["twice"] > 0
        assert not found["sound"]
