"""The audit chain's head, in a file outside the database. It only moves on."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # Windows, where the server runs in Docker
    fcntl = None  # type: ignore[assignment]


class Head(NamedTuple):
    """The last entry."""

    seq: int
    hash: str


def read_head(path: Path) -> Head | None:
    """Return the anchored head, or None where nothing was anchored yet."""
    if not path.exists():
        return None
    document = json.loads(path.read_text())
    return Head(document["seq"], document["hash"])


def move_on(path: Path, head: Head) -> None:
    """Anchor `head`, unless a later one is there already: several processes write."""
    with _alone(path):
        there = read_head(path)
        if there is not None and there.seq >= head.seq:
            return
        fresh = path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(head._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("a") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
