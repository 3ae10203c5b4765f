"""Crashes and stalls at named points, in real processes; each broken variant must be found out by the same run.

`python -m tests.faults.run --checkins 2000 --prove` is the whole of it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.launcher.embedded_redis import RedisBinary

ROOT = Path(__file__).resolve().parents[2]
COMMIT_CRASHES = "ingest.before_commit=0.08,ingest.after_commit=0.08"
STALLS = ("--faults", "liveness.in_challenge=0.3:stall=0.9", "--lease-life-s", "0.4", "--walk-up-share", "1")
"""Each longer than a lease lives."""


def check_in(*arguments: str) -> dict[str, Any]:
    """Run the harness in a process of its own, which may fork as it likes."""
    command = [sys.executable, "-m", "tests.faults.run", "--json", "--reclaim-after-s", "0.5", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert ended.stdout, ended.stderr[-2000:]
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert found["sound"] == (ended.returncode == 0)
    return found


@pytest.mark.usefixtures("redis_binary")
class TestCheckIns:
    def test_crashes_everywhere_and_a_redis_killed_half_way_lose_nothing_and_double_nothing(
        self, redis_binary: RedisBinary
    ) -> None:
        found = check_in("--checkins", "240", "--restart-redis")
        assert found["redis"] == redis_binary.version
        assert found["faults"] > 0
        assert (found["lost"], found["doubled"], found["stale"], found["dead_letters"]) == (0, 0, 0, 0)
        assert found["sound"]

    def test_without_a_unique_id_a_crash_after_the_commit_doubles(self) -> None:
        found = check_in(
            "--checkins", "150", "--variant", "no_unique_id", "--faults", COMMIT_CRASHES, "--walk-up-share", "0"
        )
        assert found["doubled"] > 0
        assert not found["sound"]

    def test_acknowledging_before_the_commit_loses(self) -> None:
        found = check_in(
            "--checkins", "150", "--variant", "ack_first", "--faults", COMMIT_CRASHES, "--walk-up-share", "0"
        )
        assert found["lost"] > 0
        assert not found["sound"]

    def test_without_a_fence_a_worker_that_was_held_up_speaks_for_a_kiosk_that_is_anothers(self) -> None:
        found = check_in("--checkins", "80", "--variant", "no_fence", *STALLS)
        assert found["stale"] > 0
        assert not found["sound"]

    def test_with_a_fence_it_does_not(self) -> None:
        found = check_in("--checkins", "32", *STALLS)
        assert found["faults"] > 0
        assert found["sound"]
