"""Fault points: nothing without the variable, a crash or a stall with it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from shared import faults

COMMAND = [sys.executable, "-c", "from shared import faults; faults.point('stage.before_ack'); print('alive')"]


def run_with(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND, env={**os.environ, faults.VARIABLE: text}, capture_output=True, text=True, timeout=30, check=False
    )


def test_without_the_variable_a_point_does_nothing() -> None:
    assert run_with("").stdout == "alive\n"


def test_another_points_fault_is_no_fault_here() -> None:
    assert run_with("stage.after_ack=1").stdout == "alive\n"


def test_a_crash_ends_the_process_as_a_kill_would_and_says_where() -> None:
    ended = run_with("stage.before_ack=1")
    assert (ended.returncode, ended.stdout, ended.stderr) == (137, "", "fault: stage.before_ack\n")


def test_a_stall_stops_the_whole_process_and_then_lets_it_go_on() -> None:
    with subprocess.Popen(
        COMMAND, env={**os.environ, faults.VARIABLE: "stage.before_ack=1:stall=0.2"}, stdout=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 20
        while os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)[1] >> 8 != signal.SIGSTOP:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        said, _ = process.communicate(timeout=20)
        assert said == b"alive\n"


@pytest.mark.parametrize("text", ["name", "name=often", "name=0.1:stall=long"])
def test_what_does_not_parse_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        faults.parse(text)
