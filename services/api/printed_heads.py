"""The audit chain's head as a sealed report carries it: written into the PDF and the CSV, read back out of the file.

Paper carries it too: whoever has only that types it, `SEQ:HASH`.
"""

import hashlib
import re
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from services.api.anchor import Head
from services.api.audit import Known
from services.api.db.tables import Hall, Seal
from shared.errors import Invalid

MARK = "nero-audit-head"
_MARKED = re.compile(rb"nero-audit-head[,: ]+(\d{1,15}):([0-9a-f]{64})")
_TYPED = re.compile(r"\s*(\d{1,15})\s*[: ]\s*([0-9a-fA-F]{64})\s*")


@dataclass(frozen=True)
class Printed:
    """What a sealed file says of the chain, and the file's own hash."""

    head: Head
    sha256: str


def marked(head: Head) -> str:
    """Return the words that a sealed file carries, to be found again."""
    return f"{MARK} {head.seq}:{head.hash}"


def head_in(data: bytes) -> Printed:
    """Return the head that a sealed PDF or CSV carries.

    Raises:
        Invalid: it carries none, or several that differ.
    """
    heads = {Head(int(seq), digest.decode()) for seq, digest in _MARKED.findall(data)}
    if len(heads) != 1:
        raise Invalid(
            "this is no sealed report: it carries no head of the audit chain"
            if not heads
            else "this file carries two heads of the audit chain that differ"
        )
    return Printed(heads.pop(), hashlib.sha256(data).hexdigest())


def typed_head(text: str) -> Head:
    """Return a head as somebody typed it from paper, `SEQ:HASH`.

    Raises:
        Invalid: it is not of that shape.
    """
    found = _TYPED.fullmatch(text)
    if found is None:
        raise Invalid("a head is typed as SEQ:HASH, a number and 64 hexadecimal digits, as the sealed report prints it")
    return Head(int(found[1]), found[2].lower())


def sealed_heads(session: Session) -> list[Known]:
    """Return the heads that this database's sealed reports print."""
    seals = session.exec(
        select(Seal.audit_seq, Seal.audit_head, Seal.sitting_id, Hall.name).join(Hall, col(Hall.id) == Seal.hall_id)
    )
    return [_sealed(Head(seq, digest), sitting_id, hall) for seq, digest, sitting_id, hall in seals if digest]


def _sealed(head: Head, sitting_id: int, hall: str) -> Known:
    values = {"sitting": str(sitting_id), "hall": hall}
    return Known(head, f"the sealed report of sitting {sitting_id}, {hall}", "sealed", values)


def is_stored(session: Session, sha256: str) -> bool:
    """Tell whether a sealed report with this hash is stored here: else the file is another's, or was changed."""
    same = or_(col(Seal.pdf_sha256) == sha256, col(Seal.csv_sha256) == sha256)
    return session.exec(select(Seal.id).where(same)).first() is not None
