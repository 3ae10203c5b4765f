"""Which models a service uses and which files it lacks, told through the events Redis to who shows how everything is."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from shared import names
from shared.events import Wire
from shared.model_list import DLIB, FACE_LANDMARKER, FACENET, INTEL_BIN, INTEL_XML
from shared.models import ModelCache

Task = Literal["face", "landmarks"]
TOLD_EVERY_S = 15.0
TOLD_KEPT_S = 60.0
"""What was told so long ago is of a service that is gone."""
FACE_FILES: Mapping[str, Task] = {INTEL_XML: "face", INTEL_BIN: "face", DLIB: "face", FACENET: "face"}
LANDMARK_FILES: Mapping[str, Task] = {FACE_LANDMARKER: "landmarks"}


class ModelInUse(Wire):
    """What does one task in a service; without a model, why nothing does."""

    task: Task
    model: str = ""
    problem: str = ""


class MissingFile(Wire):
    """A file of the list that a service could use and lacks."""

    name: str
    task: Task
    disables: str
    problem: str = ""


class ModelsTold(Wire):
    """What the processes of one service on one machine said."""

    host: str
    told_ms: int
    """By the broker's clock."""
    in_use: tuple[ModelInUse, ...]
    missing: tuple[MissingFile, ...]


Tell = Callable[[ModelInUse], None]


def tell_nobody(_: ModelInUse) -> None:
    """Stand in where nobody listens."""


def models_told(redis: "Redis", service: str) -> Iterator[ModelsTold]:
    """Yield what each machine of a service said of its models a short while ago."""
    now_ms = _now_ms(redis)
    said: Mapping[Any, Any] = redis.hgetall(names.models_told(service))
    for raw in said.values():
        told = _fresh(raw, now_ms)
        if told is not None:
            yield told


class ModelsTeller:
    """Tells what a process uses at once, and again now and then from a thread: Redis may have been emptied meanwhile."""

    def __init__(self, redis: "Redis", service: str, cache: ModelCache, files: Mapping[str, Task]) -> None:
        self._redis, self._key = redis, names.models_told(service)
        self._cache, self._files = cache, files
        self._host = socket.gethostname()
        self._lock = threading.Lock()
        self._in_use: dict[Task, ModelInUse] = {}
        self._missing: tuple[MissingFile, ...] | None = None
        self._stop, self._news = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="models told", daemon=True)

    def __call__(self, in_use: ModelInUse) -> None:
        """Say what does a task from now on. Who calls never waits for Redis, once the thread runs."""
        with self._lock:
            self._in_use[in_use.task] = in_use
        if self._thread.is_alive():
            self._news.set()
            return
        with contextlib.suppress(RedisError):  # it is told again in a moment
            self.tell()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._news.set()
        self._thread.join(timeout=5)

    def tell(self) -> None:
        """Tell it once, and forget the machines that say nothing any more.

        Raises:
            RedisError: Redis is away.
        """
        now_ms = _now_ms(self._redis)
        with self._lock:
            in_use = tuple(self._in_use.values())
        told = ModelsTold(host=self._host, told_ms=now_ms, in_use=in_use, missing=self._lacking())
        self._redis.hset(self._key, self._host, told.model_dump_json())
        said: Mapping[Any, Any] = self._redis.hgetall(self._key)
        gone = [host for host, raw in said.items() if _fresh(raw, now_ms) is None]
        if gone:
            self._redis.hdel(self._key, *gone)

    def _lacking(self) -> tuple[MissingFile, ...]:
        """Look once: files are read when a process starts, and hashing them takes a moment."""
        if self._missing is None:
            self._missing = tuple(
                MissingFile(name=file.name, task=self._files[file.name], disables=file.disables, problem=file.problem)
                for file in self._cache.status()
                if file.name in self._files and not file.present
            )
        return self._missing

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.wait(TOLD_EVERY_S)
            self._news.clear()
            with contextlib.suppress(RedisError):
                self.tell()


def _fresh(raw: bytes, now_ms: int) -> ModelsTold | None:
    """Return what was said, unless it is old, or another version's that can't be read."""
    try:
        told = ModelsTold.model_validate_json(raw)
    except ValidationError:
        return None
    return told if now_ms - told.told_ms <= TOLD_KEPT_S * 1000 else None


def _now_ms(redis: "Redis") -> int:
    seconds, microseconds = redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000
