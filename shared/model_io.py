"""Model files as bytes: downloaded, unpacked, hashed, written whole or not at all."""

import bz2
import hashlib
import importlib.util
import os
import secrets
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.errors import Unavailable

OnProgress = Callable[[int, int | None], None]
"""Bytes done, and bytes in all where the source says so."""
_CHUNK_BYTES = 1 << 18


def https_chunks(url: str, timeout_s: float) -> Iterator[tuple[bytes, int | None]]:
    """Download `url`, chunk by chunk; `timeout_s` bounds each wait for the network."""
    if not url.startswith("https://"):
        raise Unavailable(f"{url}: only https is downloaded from")
    with urllib.request.urlopen(url, timeout=timeout_s) as response:  # noqa: S310 - https alone, above
        length = response.headers.get("Content-Length")
        while chunk := response.read(_CHUNK_BYTES):
            yield chunk, int(length) if length else None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def package_folder(package: str) -> Path | None:
    """Return where an installed package lies, without importing it; None where it is not installed."""
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


def put(place: Path, chunks: Iterator[bytes], expected: str | None = None) -> None:
    """Write a file whole or not at all; with `expected`, only if it hashes to that."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with fresh.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if expected is not None and (found := sha256_of(fresh)) != expected:
            raise Unavailable(f"came with SHA-256 {found}, the list pins {expected}")
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def chunks_of(path: Path) -> Iterator[bytes]:
    """Read a file, chunk by chunk."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def reporting(chunks: Iterator[tuple[bytes, int | None]], on_progress: OnProgress | None) -> Iterator[bytes]:
    """Pass chunks on, saying how far it is."""
    done = 0
    for chunk, total in chunks:
        done += len(chunk)
        if on_progress:
            on_progress(done, total)
        yield chunk


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo bz2, chunk by chunk.

    Raises:
        ValueError: the stream ends early.
    """
    unpacker = bz2.BZ2Decompressor()
    for chunk in chunks:
        yield unpacker.decompress(chunk)
    if not unpacker.eof:
        raise ValueError("the download ends in the middle of the bz2 stream")
