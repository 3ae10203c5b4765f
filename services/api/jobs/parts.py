"""The files of a job, in sealed pieces in the database: any machine's worker can read what any web process took in."""

from collections.abc import Iterator

from sqlmodel import Session, col, delete, select

from services.api.db.tables import JobPart
from shared.errors import Invalid
from shared.keys import KeyRing

PIECE_BYTES = 1_000_000


def write(session: Session, ring: KeyRing, job_id: str, name: str, data: bytes) -> None:
    """Keep a file, in place of one of this name."""
    remove(session, job_id, name)
    for number in range(max(1, -(-len(data) // PIECE_BYTES))):
        piece = data[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
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


def _about(job_id: str, name: str, number: int) -> str:
    return f"job:{job_id}:{name}:{number}"
