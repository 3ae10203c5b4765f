"""A private PostgreSQL cluster: its own folder, its own Unix socket, no port, gone after the run."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.conftest import missing

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")
"""Where its programs lie that are not on PATH: Debian, Homebrew. scripts/system.sh looks at the same places."""
_NUMBERS = count(1)
_FAST = ("fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")
"""The tests' cluster may lose data in a power cut, but not when it is killed."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    folder: Path
    binaries: Path
    user: str

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def new_database(self, template: str = "template1") -> str:
        """Make an empty database, or a copy of another that nobody is in; return its name."""
        name = f"nero_{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still in it."""
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = " ".join(["-F", f"-k {self.folder}", *(f"-c {option}" for option in _FAST)])
        self._pg_ctl("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._pg_ctl("stop", "-w", "-m", "immediate")

    def _pg_ctl(self, *arguments: str) -> None:
        _run_as(self.user, [self.binaries / "pg_ctl", "-D", self.folder / "data", *arguments], self.folder)

    def _execute(self, statement: str) -> None:
        engine = create_engine(self.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def cluster_or_skip() -> Iterator[Cluster]:
    """Start a cluster for the length of the block."""
    binaries = _binaries()
    if binaries is None:
        missing("postgres", "PostgreSQL is not installed: apt-get install postgresql")
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="nero-pg-", dir="/tmp"))  # a socket's path must be short
    shutil.chown(folder, user)
    cluster = Cluster(folder, binaries, user)
    try:
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            user,
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        _run_as(user, initdb, folder)
        cluster.start()
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = [path.parent for places in PLACES for path in Path("/").glob(f"{places[1:]}/initdb")]
    return max(versions, key=lambda path: int("0" + re.sub(r"\D", "", path.parent.name)), default=None)


def _unprivileged_user() -> str:
    """PostgreSQL refuses to run as root; Debian's package made a user for it."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _run_as(user: str, command: Sequence[str | Path], folder: Path) -> None:
    prefix = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    # Output goes to a file: the server inherits it, and would hold a pipe open.
    with (folder / "commands.log").open("ab") as log:
        done = subprocess.run([*prefix, *map(str, command)], stdout=log, stderr=log, cwd=folder, check=False)
    if done.returncode != 0:
        raise RuntimeError((folder / "commands.log").read_text()[-2000:])
