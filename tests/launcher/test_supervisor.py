"""Real processes, tiny ones: they die, loop, hang and stop as services might."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from services.launcher.merged_log import MergedLog
from services.launcher.process import ProcessSpec
from services.launcher.supervisor import Patience, Supervisor
from shared.errors import Unavailable

PATIENCE_S = 30
NOWHERE = "http://127.0.0.1:9/health"


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervise(out: io.StringIO) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*specs: ProcessSpec, stop_s: float = 10, ready_s: float = 20) -> Supervisor:
        supervisor = Supervisor(specs, MergedLog(out), Patience(ready_s=ready_s, stop_s=stop_s))
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def script(name: str, code: str, **more: object) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-c", textwrap.dedent(code)), **more)  # type: ignore[arg-type]


def polite(name: str, stop_rank: int, journal: Path) -> ProcessSpec:
    return script(
        name,
        f"""
        import signal, sys, time
        def end(*_):
            time.sleep(0.2)
            open({str(journal)!r}, "a").write("{name}\\n")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("{name} is up", flush=True)
        while True: time.sleep(0.05)
        """,
        stop_rank=stop_rank,
    )


def until(supervisor: Supervisor, happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    supervisor.run_until(lambda: happened() or time.monotonic() > deadline)
    assert happened()


def test_a_process_that_dies_is_started_again(supervise: Callable[..., Supervisor], out: io.StringIO) -> None:
    supervisor = supervise(script("recognizer", "import time; print('up', flush=True); time.sleep(600)"))
    process = supervisor.processes["recognizer"]
    until(supervisor, lambda: "recognizer   │ up" in out.getvalue())
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(supervisor, lambda: process.pid not in (None, first))
    assert "recognizer ended with code -9; it is started again in 0.5 s" in out.getvalue()


def test_a_crash_loop_is_said_in_words_with_its_last_lines(
    supervise: Callable[..., Supervisor], out: io.StringIO
) -> None:
    supervisor = supervise(script("liveness-1", "import sys; print('no such camera'); sys.exit(3)"))
    until(supervisor, lambda: "crash loop" in out.getvalue())
    said = out.getvalue()
    assert "liveness-1 is in a crash loop: it ended 5 times within a minute, last with code 3" in said
    assert "tried again every 30 s" in said
    assert "no such camera" in said.split("crash loop")[1]


def test_a_wrong_setting_is_not_tried_again(supervise: Callable[..., Supervisor], out: io.StringIO) -> None:
    supervisor = supervise(script("capture", "import sys; print('wrong setting: NERO_X'); sys.exit(2)"))
    until(supervisor, lambda: "is not started again" in out.getvalue())
    assert "wrong setting: NERO_X" in out.getvalue()
    assert supervisor.processes["capture"].given_up


def test_starting_fails_with_the_last_lines_of_the_process_that_does_not_start(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise(script("web", "import sys; print('port 8080 is taken'); sys.exit(2)", health_url=NOWHERE))
    with pytest.raises(Unavailable, match=r"web does not start:\n  port 8080 is taken"):
        supervisor.wait_ready()


def test_a_process_that_is_never_ready_is_named_with_what_its_health_says(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise(script("ingest", "import time; time.sleep(600)", health_url=NOWHERE), ready_s=0.5)
    with pytest.raises(Unavailable, match=r"ingest was not ready within 0 s: no answer at http://127.0.0.1:9/health"):
        supervisor.wait_ready()


def test_who_is_waited_for_is_said_once_and_again_when_it_changes(supervise: Callable[..., Supervisor]) -> None:
    specs = (script(name, "import time; time.sleep(600)", health_url=NOWHERE) for name in ("web", "ingest"))
    supervisor = supervise(*specs, script("capture", "import time; time.sleep(600)"), ready_s=1)
    told: list[Sequence[str]] = []
    with pytest.raises(Unavailable):
        supervisor.wait_ready(told.append)
    assert told == [["web", "ingest"]]


def test_all_stop_in_order_each_finishing_first(
    supervise: Callable[..., Supervisor], out: io.StringIO, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    names = {"web": 4, "capture": 0, "ingest": 3, "liveness": 1, "recognizer": 2}
    supervisor = supervise(*(polite(name, rank, journal) for name, rank in names.items()))
    until(supervisor, lambda: out.getvalue().count("is up") == len(names))
    supervisor.stop()
    assert journal.read_text().split() == ["capture", "liveness", "recognizer", "ingest", "web"]


def test_one_that_does_not_stop_is_ended(supervise: Callable[..., Supervisor], out: io.StringIO) -> None:
    supervisor = supervise(
        script(
            "capture",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
            "time.sleep(600)",
        ),
        stop_s=0.3,
    )
    until(supervisor, lambda: "deaf" in out.getvalue())
    supervisor.stop()
    assert "did not stop within 0 s: ending it" in out.getvalue()
    assert not supervisor.processes["capture"].running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_services_end_when_their_supervisor_is_killed_outright(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import sys, time
            from services.launcher.merged_log import MergedLog
            from services.launcher.process import ProcessSpec
            from services.launcher.supervisor import Supervisor
            child = "import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
            supervisor = Supervisor([ProcessSpec("child", (sys.executable, "-c", child))], MergedLog(None))
            supervisor.start()
            time.sleep(600)
            """),
        ]
    )
    wait_for(lambda: pid_file.exists() and bool(pid_file.read_text()))
    child = int(pid_file.read_text())
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(child))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
