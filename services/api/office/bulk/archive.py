"""An archive from outside, judged by its table of contents before any of it is unpacked.

What Python's `zipfile` reads of a file never exceeds the size that the table of contents declares, so
limits on declared sizes hold. Files that share bytes (D. Fifield, “A better zip bomb”, 2019) declare more
packed bytes than the archive has.
"""

import io
import re
import stat
import struct
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from services.api.problems import Problem, unfit

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
NESTED_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar"})
_IGNORED_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
_IGNORED_FOLDERS = frozenset({"__macosx"})
_BOMB_RATIO = 100
_BOMB_BYTES = 1_000_000
_CONTENTS_BYTES = 64_000_000
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_BYTES = 65_535 + _END.size
_NUMBERED = re.compile(r"(.+?)[_\- ](\d{1,4})")


@dataclass(frozen=True)
class Limits:
    """What an archive may be at most."""

    files: int
    unpacked_bytes: int


@dataclass(frozen=True)
class Contents:
    """What is in an archive."""

    photos: list[zipfile.ZipInfo]
    lists: list[zipfile.ZipInfo]
    """CSV files."""
    ignored: list[str]


def contents_of(file: IO[bytes], limits: Limits) -> Contents:
    """Judge an archive; return what is in it.

    Raises:
        Problem: 422, with the word for what is wrong; nothing was unpacked.
    """
    size_bytes = file.seek(0, io.SEEK_END)
    check_end(file, size_bytes, limits)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, struct.error) as error:
        raise refused("archive_not_zip", "The file is no ZIP archive, or it is damaged.") from error
    files = [member for member in members if not member.is_dir()]
    _check_sizes(members, files, size_bytes, limits)
    for member in members:
        _check_member(member)
    return _sorted_out(files)


def check_end(file: IO[bytes], size_bytes: int, limits: Limits) -> None:
    """Look at the archive's last record: a table of contents too large to be read is not read.

    Raises:
        Problem: 422, as `contents_of`.
    """
    start = max(0, size_bytes - _END_BYTES)
    file.seek(start)
    tail = file.read(_END_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise refused("archive_not_zip", "The file is no ZIP archive, or it is cut short.")
    _, _, _, _, files, contents_bytes, _, _ = _END.unpack_from(tail, at)
    at_64 = tail.rfind(b"PK\x06\x06")
    if at_64 >= 0 and len(tail) - at_64 >= _END_64.size:
        *_, files_64, contents_64, _ = _END_64.unpack_from(tail, at_64)
        files, contents_bytes = max(files % 0xFFFF, files_64), max(contents_bytes % 0xFFFFFFFF, contents_64)
    if files > limits.files or contents_bytes > _CONTENTS_BYTES:
        raise _too_many(limits)


def owner_of(name: str, known: Iterable[str]) -> str:
    """Return whose photo a file is: the known student of its name, of its name without a number, or of its folder.

    A name that fits no student is given back as it most likely was meant.

    >>> owner_of("term1/S0001_2.jpg", {"S0001"})
    'S0001'
    """
    path = PurePosixPath(name)
    numbered = _NUMBERED.fullmatch(path.stem)
    plain = numbered[1] if numbered else path.stem
    tried = [path.stem, plain, path.parent.name]
    students = known if isinstance(known, frozenset | set | dict) else frozenset(known)
    return next((one for one in tried if one in students), plain)


def refused(code: str, message: str) -> Problem:
    """422: the archive is not taken."""
    return unfit(code, f"{message} Nothing was done.", "archive")


def _check_sizes(
    members: Sequence[zipfile.ZipInfo], files: Sequence[zipfile.ZipInfo], size_bytes: int, limits: Limits
) -> None:
    if len(members) > limits.files:
        raise _too_many(limits)
    if sum(member.file_size for member in files) > limits.unpacked_bytes:
        raise refused("archive_too_large", f"The archive unpacks to more than {limits.unpacked_bytes:,} bytes.")
    if sum(member.compress_size for member in files) > size_bytes:
        raise refused("archive_bomb", "Files of the archive share bytes: it is made to burst.")
    for member in files:
        if member.file_size > _BOMB_BYTES and member.file_size > _BOMB_RATIO * max(1, member.compress_size):
            raise refused("archive_bomb", f"{member.filename!r} unpacks to over {_BOMB_RATIO} times its size.")


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or "\0" in member.orig_filename:
        raise refused("archive_path", f"{member.filename!r} leads out of the archive.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused("archive_link", f"{member.filename!r} is no file but a link or a device.")
    if member.flag_bits & 0x1:
        raise refused("archive_encrypted", "The archive is protected by a password.")
    if PurePosixPath(name).suffix.lower() in NESTED_SUFFIXES:
        raise refused("archive_nested", f"{member.filename!r} is an archive in the archive: send it by itself.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused("archive_packing", f"{member.filename!r} is packed in a way that is not taken: use plain ZIP.")


def _sorted_out(files: Sequence[zipfile.ZipInfo]) -> Contents:
    found = Contents([], [], [])
    for member in sorted(files, key=lambda one: one.filename):
        path = PurePosixPath(member.filename)
        hidden = path.name.lower() in _IGNORED_NAMES or path.name.startswith("._")
        if hidden or any(part.lower() in _IGNORED_FOLDERS for part in path.parts):
            continue
        if path.suffix.lower() in PHOTO_SUFFIXES:
            found.photos.append(member)
        elif path.suffix.lower() == ".csv":
            found.lists.append(member)
        else:
            found.ignored.append(member.filename)
    return found


def _too_many(limits: Limits) -> Problem:
    return refused("archive_too_many", f"The archive holds more than {limits.files:,} files: send it in parts.")
