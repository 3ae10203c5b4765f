"""The database and the audit chain's head in one file, checked by hashes; and back.

The file is a tar of `manifest.json`, `audit-head.json` and the database: SQLite's own online copy, or
`pg_dump`'s custom format. It holds names in the clear and faces sealed: keep it like the database, and the key
rings apart from it. It holds no keys, and no Redis: the views are made anew from the database.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlmodel import Session

from services.api.db.engine import make_engine, writing
from services.api.db.office import BACKUP_SETTING
from services.api.db.tables import Setting
from shared.errors import Invalid, Unavailable

FORMAT = 1
_MANIFEST, _HEAD = "manifest.json", "audit-head.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str
    backend: str
    database: str
    """The name of the database's file within the tar."""
    sha256: dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where the database and the anchored head of its audit chain are."""

    database_url: str
    audit_head: Path


def back_up(place: Place, out: Path, now: datetime) -> Manifest:
    """Write a backup while everything runs; `out` is there whole or not at all.

    Raises:
        Unavailable: `out` is there already, the disk is full, or the database's own tool is missing or fails.
    """
    if out.exists():
        raise Unavailable(f"{out} is there already: name a new file")
    url = make_url(place.database_url)
    with tempfile.TemporaryDirectory(prefix="nero-backup-") as folder:
        name = "nero.db" if url.get_backend_name() == "sqlite" else "nero.dump"
        files = {}
        if (
            place.audit_head.exists()
        ):  # before the database, which may go on meanwhile: a head ahead of it reads as a cut
            files[_HEAD] = Path(shutil.copyfile(place.audit_head, Path(folder) / _HEAD))
        files[name] = Path(folder) / name
        (_copy_sqlite if name == "nero.db" else _dump_postgresql)(url, files[name])
        hashes = {name: _sha256(path) for name, path in files.items()}
        manifest = Manifest(FORMAT, now.isoformat(), url.get_backend_name(), name, hashes)
        _write_tar(out, manifest, files)
    _remember(place, manifest, out)
    return manifest


def check(backup: Path) -> Manifest:
    """Read a backup's manifest and hold every file against its hash.

    Raises:
        Invalid: it is no backup of ours, or was changed.
    """
    try:
        with tarfile.open(backup) as tar:
            manifest = Manifest(**json.loads(_member(tar, _MANIFEST).read()))
            for name, expected in manifest.sha256.items():
                if _hash_of(_member(tar, name)) != expected:
                    raise Invalid(f"{backup}: {name} is not what was backed up: the file is damaged")
    except (OSError, tarfile.TarError, ValueError, TypeError) as error:
        raise Invalid(f"{backup} is no backup of Nero's: {error}") from error
    if manifest.format != FORMAT:
        raise Invalid(f"{backup} has the format {manifest.format}; this program reads {FORMAT}")
    return manifest


def restore(backup: Path, place: Place, *, replace: bool) -> Manifest:
    """Put a checked backup in the database's place, with the audit head that belongs to it.

    Raises:
        Invalid: it is no backup of ours, or was changed.
        Unavailable: there is a database already and `replace` was not said, or its own tool is missing or fails.
    """
    manifest = check(backup)
    url = make_url(place.database_url)
    if manifest.backend != url.get_backend_name():
        raise Unavailable(f"this backup is of {manifest.backend}, and NERO_DATABASE_URL is of {url.get_backend_name()}")
    with tempfile.TemporaryDirectory(prefix="nero-restore-") as folder, tarfile.open(backup) as tar:
        for name in manifest.sha256:
            with (Path(folder) / name).open("wb") as file:
                shutil.copyfileobj(_member(tar, name), file, _CHUNK)
        database = Path(folder) / manifest.database
        if manifest.backend == "sqlite":
            _place_sqlite(database, Path(str(url.database)), replace=replace)
        else:
            _load_postgresql(url, database, replace=replace)
        place.audit_head.unlink(missing_ok=True)
        if (Path(folder) / _HEAD).exists():
            place.audit_head.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(folder) / _HEAD, place.audit_head)
    return manifest


def _copy_sqlite(url: URL, target: Path) -> None:
    source = Path(str(url.database))
    if not source.exists():
        raise Unavailable(f"there is no database at {source}")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(target)) as copy,
    ):
        there.backup(copy)


def _place_sqlite(fresh: Path, database: Path, *, replace: bool) -> None:
    if database.exists() and not replace:
        raise Unavailable(
            f"there is a database at {database}: stop Nero and say --replace to put the backup in its place"
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    beside = database.with_suffix(".restoring")
    shutil.copyfile(fresh, beside)
    beside.chmod(0o600)
    for old in ("-wal", "-shm"):
        Path(f"{database}{old}").unlink(missing_ok=True)
    beside.replace(database)


def _dump_postgresql(url: URL, target: Path) -> None:
    _run("pg_dump", url, ["--format=custom", "--no-owner", f"--file={target}"])


def _load_postgresql(url: URL, dump: Path, *, replace: bool) -> None:
    wipe = ["--clean", "--if-exists"] if replace else []
    _run(
        "pg_restore",
        url,
        ["--no-owner", "--single-transaction", "--exit-on-error", *wipe, f"--dbname={url.database}", str(dump)],
    )


def _run(tool: str, url: URL, arguments: list[str]) -> None:
    """Run one of PostgreSQL's own tools; the password goes by the environment, where no process list shows it."""
    found = shutil.which(tool)
    if found is None:
        raise Unavailable(f"{tool} is not on this machine: install PostgreSQL's client tools (postgresql-client)")
    host = url.host or url.query.get("host")
    known = {"PGHOST": host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    env = {
        **os.environ,
        **{name: str(value) for name, value in known.items() if value},
        "PGDATABASE": str(url.database),
    }
    done = subprocess.run([found, *arguments], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Unavailable(f"{tool} failed: {said[0] if said else done.returncode}")


def _write_tar(out: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f"{out.name}.unfinished")
    try:
        with unfinished.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            with tarfile.open(fileobj=file, mode="w") as tar:
                document = json.dumps(asdict(manifest), indent=1).encode()
                entry = tarfile.TarInfo(_MANIFEST)
                entry.size = len(document)
                tar.addfile(entry, io.BytesIO(document))
                for name, path in files.items():
                    tar.add(path, name)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Unavailable(f"{out} cannot be written: {error.strerror}") from error


def _remember(place: Place, manifest: Manifest, out: Path) -> None:
    """Note in the database when it was last backed up: the System page says so."""
    engine = make_engine(place.database_url)
    try:
        with writing(engine) as session:
            _note(session, {"at": manifest.made_at, "size_bytes": out.stat().st_size})
    finally:
        engine.dispose()


def _note(session: Session, value: dict[str, object]) -> None:
    row = session.get(Setting, BACKUP_SETTING) or Setting(name=BACKUP_SETTING)
    row.value = value
    session.add(row)


def _member(tar: tarfile.TarFile, name: str) -> "io.BufferedReader":
    found = tar.extractfile(name) if name in tar.getnames() else None
    if found is None:
        raise ValueError(f"it holds no {name}")
    return found  # type: ignore[return-value]  # a reader, by whatever name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _hash_of(file)


def _hash_of(file: "io.BufferedReader") -> str:
    digest = hashlib.sha256()
    while piece := file.read(_CHUNK):
        digest.update(piece)
    return digest.hexdigest()
