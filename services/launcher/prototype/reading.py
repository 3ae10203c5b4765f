"""Reads the prototype's SQLite database: students, photos, exams, rosters. Nothing in it is run or unpickled.

The prototype was a page with one database file. Its tables were called differently over time, so they are known by
their columns, whatever their names:

- **students**: `student_id`, `name`, perhaps `email`; perhaps `photo` (a BLOB: JPEG, PNG or WebP) or `photo_path`
  (a file beside the database); `face_encoding`, a pickle of numbers of another network, is never read;
- **exams**: `exam_code`, perhaps `subject`, `exam_date`, `start_time`, `end_time`, `hall`, without a student;
- **rosters** or **attendance**: `student_id`, `exam_code`, perhaps `exam_date`, `hall`, `table_number`, `status`.

One table may be several of these (students with their exam in the same row). Other names that are taken for a column
are those of the imports (`services.api.office.imports.columns`) and those below.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from services.api.office.imports.columns import ALIASES
from shared import image_header
from shared.errors import Invalid
from shared.image_header import BadImage

_PHOTO = ("photo", "image", "picture", "photo_blob", "photo_data", "face_image", "gambar")
_PHOTO_PATH = ("photo_path", "image_path", "picture_path", "photo_file", "image_file")
_FIELDS = {**ALIASES, "photo": _PHOTO, "photo_path": _PHOTO_PATH}
_NEVER = ("encoding", "embedding", "pickle", "vector", "template", "password")
_MAX_PHOTO_BYTES = 50_000_000


@dataclass(frozen=True)
class Table:
    """One table, and which of its columns is what."""

    name: str
    columns: dict[str, str]
    """By what it is: the column's own name."""

    def holds(self, *fields: str) -> bool:
        """Tell whether it has all of these."""
        return all(name in self.columns for name in fields)


@dataclass(frozen=True)
class Found:
    """One row: its table and number, and its cells as text."""

    where: str
    cells: dict[str, str]
    photo: bytes = b""
    photo_problem: str = ""


@dataclass
class Prototype:
    """Everything that could be read."""

    students: list[Found] = field(default_factory=list)
    exams: list[Found] = field(default_factory=list)
    rosters: list[Found] = field(default_factory=list)


def read_prototype(path: Path) -> Prototype:
    """Read a database.

    Raises:
        Invalid: it is no SQLite database, or holds no table of students.
    """
    if not path.is_file():
        raise Invalid(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            return _read(database, tables_of(database), path.parent)
    except sqlite3.DatabaseError as error:
        raise Invalid(f"{path} is no SQLite database that can be read: {error}") from error


def tables_of(database: sqlite3.Connection) -> list[Table]:
    """Return the tables that hold something known."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    found = [Table(name, _columns(database, name)) for (name,) in names.fetchall()]
    return [table for table in found if table.columns]


def _read(database: sqlite3.Connection, tables: Sequence[Table], folder: Path) -> Prototype:
    found = Prototype()
    for table in tables:
        if table.holds("student_id", "name"):
            found.students += _rows(database, table, folder)
        if table.holds("student_id", "exam_code"):
            found.rosters += _rows(database, table, None)
        elif table.holds("exam_code"):
            found.exams += _rows(database, table, None)
    if not found.students:
        known = ", ".join(table.name for table in tables) or "none that is known"
        raise Invalid(f"no table has columns like student_id and name (tables: {known})")
    return found


def _columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """Choose, for each field, the column whose name is nearest to it."""
    there = {}
    for _, name, *_ in database.execute(f"PRAGMA table_info({_quoted(table)})"):
        plain = str(name).strip().lower().replace(" ", "_").replace("-", "_")
        if not any(part in plain for part in _NEVER):
            there[plain] = str(name)
    chosen: dict[str, str] = {}
    for what, aliases in _FIELDS.items():
        called = next((alias for alias in (what, *aliases) if alias in there), None)
        if called is not None and there[called] not in chosen.values():
            chosen[what] = there[called]
    return chosen


def _rows(database: sqlite3.Connection, table: Table, folder: Path | None) -> Iterator[Found]:
    """Read the known columns alone; photos only where `folder` says where their files lie."""
    wanted = {name: column for name, column in table.columns.items() if folder or not name.startswith("photo")}
    columns = ", ".join(_quoted(column) for column in wanted.values())
    for number, row in enumerate(database.execute(f"SELECT {columns} FROM {_quoted(table.name)}"), start=1):  # noqa: S608
        cells = dict(zip(wanted, row, strict=True))
        where = f"{table.name} row {number}"
        photo, problem = _photo(cells.pop("photo", None), cells.pop("photo_path", None), folder)
        yield Found(where, {name: _text(value) for name, value in cells.items()}, photo, problem)


def _photo(blob: object, path: object, folder: Path | None) -> tuple[bytes, str]:
    """Return a photo, or why there is none; a path may not lead out of the database's folder."""
    if isinstance(blob, bytes) and blob:
        return _image(blob)
    named = path if isinstance(path, str) and path else blob
    if not isinstance(named, str) or not named or folder is None:
        return b"", ""
    file = (folder / named).resolve()
    if not file.is_relative_to(folder.resolve()):
        return b"", f"the photo's path {named!r} leads out of the database's folder"
    if not file.is_file() or file.stat().st_size > _MAX_PHOTO_BYTES:
        return b"", f"there is no photo {named!r} beside the database"
    return _image(file.read_bytes())


def _image(data: bytes) -> tuple[bytes, str]:
    try:
        image_header.inspect(data)
    except BadImage as error:
        return b"", f"the photo is no JPEG, PNG or WebP ({error.code})"
    return data, ""


def _text(value: object) -> str:
    """Return a cell as text. A BLOB where a text should be may be anything, and is not looked into."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
