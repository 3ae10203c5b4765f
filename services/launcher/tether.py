"""Runs a command that ends when its supervisor does, even when that one is killed outright.

    python -m services.launcher.tether SUPERVISOR_PID COMMAND [ARGUMENT …]

Linux tells a process of its parent's death (`prctl(PR_SET_PDEATHSIG)`); elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(supervisor_pid: int, command: list[str]) -> None:
    """Become `command`, tethered."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor_pid:
            raise SystemExit(0)  # the supervisor went before we could ask to be told
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
