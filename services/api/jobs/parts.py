"""The files of a job, in sealed pieces in the database: any machine's worker can read what any web process took in."""

import io
from collections import OrderedDict
from collections.abc import Iterator

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from services.api.db import engine as db
from services.api.db.tables import JobPart
from shared.errors import Invalid
from shared.keys import KeyRing

PIECE_BYTES = 1_000_000
_BUFFER_BYTES = 1 << 17


def write(session: Session, ring: KeyRing, job_id: str, name: str, data: bytes) -> None:
    """Keep a file, in place of one of this name."""
    remove(session, job_id, name)
    for number in range(max(1, -(-len(data) // PIECE_BYTES))):
        write_piece(session, ring, job_id, name, number, data[number * PIECE_BYTES : (number + 1) * PIECE_BYTES])


def write_piece(session: Session, ring: KeyRing, job_id: str, name: str, number: int, piece: bytes) -> None:
    """Keep one piece of a file that comes in piece by piece; each but the last is `PIECE_BYTES` long."""
    sealed = ring.seal_envelope(piece, _about(job_id, name, number))
    session.add(JobPart(job_id=job_id, name=name, number=number, sealed=sealed))
    session.flush()


def pieces(session: Session, ring: KeyRing, job_id: str, name: str) -> Iterator[bytes]:
    """Give a file piece by piece.

    Raises:
        Invalid: there is none, or it was changed.
    """
    numbers = session.exec(
        select(JobPart.number).where(JobPart.job_id == job_id, JobPart.name == name).order_by(col(JobPart.number))
    ).all()
    if not numbers:
        raise Invalid(f"job {job_id} has no file {name}")
    for number in numbers:
        part = session.get_one(JobPart, (job_id, name, number))
        yield ring.open_envelope(part.sealed, _about(job_id, name, number))
        session.expunge(part)


def read(session: Session, ring: KeyRing, job_id: str, name: str) -> bytes:
    """Return a whole file.

    Raises:
        Invalid: there is none, or it was changed.
    """
    return b"".join(pieces(session, ring, job_id, name))


def remove(session: Session, job_id: str, name: str | None = None) -> None:
    """Delete a file of a job, or all of its files."""
    wanted = [col(JobPart.job_id) == job_id, *([col(JobPart.name) == name] if name is not None else [])]
    session.exec(delete(JobPart).where(*wanted))


def open_file(engine: Engine, ring: KeyRing, job_id: str, name: str) -> io.BufferedReader:
    """Open a file of a job, to be read anywhere in it, with a few pieces in memory at a time.

    Raises:
        Invalid: there is none, or it was changed.
    """
    return io.BufferedReader(SealedFile(engine, ring, job_id, name), _BUFFER_BYTES)


class SealedFile(io.RawIOBase):
    """What `open_file` reads from: at most the rest of a piece at a time."""

    _KEPT_PIECES = 3

    def __init__(self, engine: Engine, ring: KeyRing, job_id: str, name: str) -> None:
        self._engine, self._ring, self._job_id, self._name = engine, ring, job_id, name
        self._opened: OrderedDict[int, bytes] = OrderedDict()
        self._at = 0
        with db.reading(engine) as session:
            mine = (JobPart.job_id == job_id, JobPart.name == name)
            last = session.exec(select(func.max(JobPart.number)).where(*mine)).one()
        if last is None:
            raise Invalid(f"job {job_id} has no file {name}")
        self.size_bytes = last * PIECE_BYTES + len(self._piece(last))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._at >= self.size_bytes:
            return 0
        number, offset = divmod(self._at, PIECE_BYTES)
        found = self._piece(number)[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if number not in self._opened:
            with db.reading(self._engine) as session:
                part = session.get(JobPart, (self._job_id, self._name, number))
                if part is None:
                    raise Invalid(f"a piece of {self._name} of job {self._job_id} is gone")
                self._opened[number] = self._ring.open_envelope(part.sealed, _about(self._job_id, self._name, number))
            if len(self._opened) > self._KEPT_PIECES:
                self._opened.popitem(last=False)
        self._opened.move_to_end(number)
        return self._opened[number]


def _about(job_id: str, name: str, number: int) -> str:
    return f"job:{job_id}:{name}:{number}"
