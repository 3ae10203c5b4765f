"""`nero admin verify-audit`: the proof of the audit chain, on a terminal."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import OperationalError, ProgrammingError

from services.api import audit
from services.api.audit import Known, Verified
from services.api.db.engine import make_engine, reading
from services.api.printed_heads import head_in, is_stored, sealed_heads, typed_head
from services.api.settings import ApiSettings
from shared.errors import Unavailable


def prove(settings: ApiSettings, sealed: Sequence[Path], typed: Sequence[str]) -> tuple[Verified, list[str]]:
    """Prove the office's chain; return what was found, and what it was held against in words.

    Raises:
        Unavailable: there is no database.
        Invalid: a file carries no head, or what was typed is none.
    """
    printed = {path.name: head_in(path.read_bytes()) for path in sealed}
    known = [Known(one.head, f"the sealed report {name}") for name, one in printed.items()]
    known += [Known(typed_head(text), "the head that was typed") for text in typed]
    heads = audit.anchored(settings.audit_head)  # before the database, which may go on meanwhile
    held = [f"the anchored head, entry {one.head.seq}" for one in heads]
    held = held or [f"no anchor: there is no {settings.audit_head}"]
    engine = make_engine(_there(settings))
    try:
        with reading(engine) as session:
            known += sealed_heads(session)
            strange = [name for name, one in printed.items() if not is_stored(session, one.sha256)]
            found = audit.verify(session, [*known, *heads])
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise Unavailable(
            f"the office's database cannot be read ({reason}): is NERO_DATABASE_URL the right one?"
        ) from error
    finally:
        engine.dispose()
    held += [f"{one.where}, entry {one.head.seq}" for one in known]
    return found, [*held, *(f"{name}, WHICH IS NOT THE FILE THAT IS STORED HERE (another SHA-256)" for name in strange)]


def in_words(found: Verified, held: Sequence[str]) -> list[str]:
    """Say the result."""
    against = [f"  held against {one}" for one in held]
    if found.ok:
        return [f"The audit chain holds: {found.entries} entries, the last one {found.entries}:{found.head}", *against]
    by = f" (found by {found.against})" if found.against else ""
    return [
        f"THE AUDIT CHAIN IS BROKEN at entry {found.broken_seq}: {found.problem}{by}",
        f"  the {found.entries} entries before it hold",
        *against,
    ]


def _there(settings: ApiSettings) -> str:
    """Return the database's address; looking must not make an empty one."""
    url = settings.database
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        raise Unavailable(f"there is no office database at {path}: set NERO_DATA_DIR or NERO_DATABASE_URL")
    return url
