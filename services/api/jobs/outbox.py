"""Lets mails that lie as files go with their links: a name, an address and a link stand in each.

It is done where the files are written, from a thread of the worker: a link runs out while no job does anything.
"""

import re
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, or_, select

from services.api.db.engine import reading
from services.api.db.tables import Mail, StudentLink
from services.api.jobs.run import JobTools
from services.api.office.mail_post import outbox_of
from shared import logs
from shared.repeating import repeating

EVERY_S = 60
_AT_ONCE = 500
_WRITTEN = re.compile(r"\.?(mail-[0-9a-f]{24})\.(?:eml|part)")
_log = logs.get("mail")


def outbox_tidied(tools: JobTools) -> AbstractContextManager[None]:
    """Look into the outbox at once, and each minute while this lasts."""
    folder = outbox_of(tools.api.mail, tools.data_dir)

    def tidy() -> None:
        try:
            remove_ended(tools.engine, folder, tools.clock.now())
        except (OSError, SQLAlchemyError) as error:
            _log.warning("mails of ended links stay in the outbox for now", error=type(error).__name__)

    return repeating("outbox", EVERY_S, tidy, at_once=True)


def remove_ended(engine: Engine, folder: Path, now: datetime) -> int:
    """Remove the files of mails whose link ended or whose student was deleted; return how many went.

    Raises:
        OSError: the folder cannot be read or changed.
    """
    written = _written(folder)  # before the database is asked: a mail stands there before it is written
    ids = list(written)
    alive: set[str] = set()
    for first in range(0, len(ids), _AT_ONCE):
        with reading(engine) as session:
            alive |= _alive(session, ids[first : first + _AT_ONCE], now)
    ended = [path for mail_id in ids if mail_id not in alive for path in written[mail_id]]
    for path in ended:
        path.unlink(missing_ok=True)
    if ended:
        _log.info("mails of ended links are removed from the outbox", files=len(ended))
    return len(ended)


def _written(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each mail in the folder; what else lies there is somebody else's."""
    found: dict[str, list[Path]] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        if name := _WRITTEN.fullmatch(path.name):
            found.setdefault(name[1], []).append(path)
    return found


def _alive(session: Session, ids: list[str], now: datetime) -> set[str]:
    """Return those of these mails that stand in the database with a link that still opens its page, or with none."""
    is_open = col(StudentLink.revoked_at).is_(None) & (col(StudentLink.expires_at) > now)
    query = select(Mail.id).outerjoin(StudentLink, col(StudentLink.id) == Mail.link_id)
    return set(session.exec(query.where(col(Mail.id).in_(ids), or_(col(Mail.link_id).is_(None), is_open))))
