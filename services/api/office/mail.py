"""Mails on their way: written with what they tell of, taken one by one, sent once.

A mail's text is sealed while it waits and destroyed when it was sent: a link stands in it that opens a student's page.
One that a worker took and never told of (it died) is another's to send after a while; once it is written down as
sent it is never sent again. Its Message-ID stays the same, so a reader can tell a repeat of such a death.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement
from sqlmodel import col, func, select, update

from services.api.db.tables import Job, Mail, StudentLink
from services.api.office import jobs
from services.api.office.work import Work
from shared import logs
from shared.errors import Invalid

KIND = "mail"
"""The job that sends what waits."""
HELD_FOR = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_AT_ONCE = 10
State = Literal["waiting", "sending", "sent", "failed", "void"]
_log = logs.get("mail")


@dataclass(frozen=True)
class Letter:
    """What is written to one address."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Taken:
    """A mail that this worker sends now."""

    id: str
    letter: Letter
    created_at: datetime


class MailPublic(BaseModel):
    """One mail, without what stands in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "mail-3f",
                    "student_id": "S0001",
                    "kind": "enrol",
                    "state": "sent",
                    "tries": 1,
                    "error": "",
                    "created_at": "2026-11-02T09:00:00Z",
                    "sent_at": "2026-11-02T09:00:02Z",
                }
            ]
        }
    )

    id: str
    student_id: str
    kind: str
    state: State
    tries: int
    error: str
    created_at: datetime
    sent_at: datetime | None


def write(work: Work, student_id: str, kind: str, letter: Letter, link_id: int | None = None) -> str:
    """Add a mail to what waits, in the transaction of what it tells of; return its id."""
    mail_id = f"mail-{secrets.token_hex(12)}"
    text = json.dumps([letter.to, letter.subject, letter.text]).encode()
    work.session.add(
        Mail(
            id=mail_id,
            student_id=student_id,
            link_id=link_id,
            kind=kind,
            sealed=work.media.seal_envelope(text, _about(mail_id)),
            created_at=work.now,
            next_try_at=work.now,
        )
    )
    return mail_id


def ask_to_send(work: Work) -> str | None:
    """Ask for the job that sends what is due; None where nothing is, or one is waiting already."""
    running = select(Job.id).where(Job.kind == KIND, col(Job.state).in_(("queued", "running")))
    if _due(work, 1) == [] or work.session.exec(running.limit(1)).first() is not None:
        return None
    return jobs.ask(work, KIND, {}).id


def take(work: Work) -> list[Taken]:
    """Take some of what is due; each mail is taken by one worker alone."""
    taken = []
    for mail_id in _due(work, _AT_ONCE):
        wins = (
            update(Mail)
            .where(col(Mail.id) == mail_id, _is_due(work.now))
            .values(state="sending", tries=Mail.tries + 1, next_try_at=work.now + HELD_FOR)
        )
        if work.session.exec(wins).rowcount == 1:
            taken.append(mail_id)
    return [found for mail_id in taken if (found := _opened(work, mail_id)) is not None]


def count_due(work: Work) -> int:
    """Return how many mails are due."""
    return work.session.exec(select(func.count()).select_from(Mail).where(_is_due(work.now))).one()


def sent(work: Work, mail_id: str) -> None:
    """Write down that a mail was sent; its text goes. One that went meanwhile with its student is nobody's any more."""
    mail = work.session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        return
    mail.state, mail.sealed, mail.error, mail.sent_at = "sent", None, "", work.now
    work.session.add(mail)


def not_sent(work: Work, mail_id: str, why: str, *, for_good: bool) -> None:
    """Write down why a mail was not sent; it is tried again after a pause, or given up."""
    mail = work.session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        return
    given_up = for_good or work.now - mail.created_at > timedelta(days=work.api.mail.give_up_days)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(mail.tries - 1, 10))
    mail.state, mail.error, mail.next_try_at = "failed" if given_up else "waiting", why[:200], work.now + pause
    mail.sealed = None if given_up else mail.sealed
    work.session.add(mail)
    _log.warning("a mail was not sent", mail=mail_id, why=why, given_up=given_up)


def put_back(work: Work, mail_ids: list[str]) -> None:
    """Let mails that were taken and not tried wait for the next run."""
    values = {"state": "waiting", "tries": Mail.tries - 1, "next_try_at": work.now + FIRST_PAUSE}
    work.session.exec(update(Mail).where(col(Mail.id).in_(mail_ids), col(Mail.state) == "sending").values(**values))


def void_of_link(work: Work, link_id: int) -> None:
    """Let what waits go unsent: the link in it opens nothing any more."""
    work.session.exec(
        update(Mail)
        .where(col(Mail.link_id) == link_id, col(Mail.state).in_(("waiting", "sending")))
        .values(state="void", sealed=None)
    )


def find(work: Work, state: State | None = None, limit: int = 100) -> list[MailPublic]:
    """Return mails, newest first."""
    query = select(Mail).order_by(col(Mail.created_at).desc(), col(Mail.id)).limit(limit)
    rows = work.session.exec(query.where(Mail.state == state) if state else query)
    return [MailPublic(**row.model_dump(exclude={"sealed"})) for row in rows]


def _due(work: Work, limit: int) -> list[str]:
    return list(work.session.exec(select(Mail.id).where(_is_due(work.now)).order_by(col(Mail.created_at)).limit(limit)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return col(Mail.state).in_(("waiting", "sending")) & (col(Mail.next_try_at) <= now)


def _opened(work: Work, mail_id: str) -> Taken | None:
    """Return a mail's text; a mail that cannot be opened, or whose link ended, is not sent."""
    mail = work.session.get_one(Mail, mail_id)
    work.session.refresh(mail)
    link = work.session.get(StudentLink, mail.link_id) if mail.link_id is not None else None
    if mail.sealed is None or (link is not None and link.revoked_at is not None):
        mail.state, mail.sealed = "void", None
        work.session.add(mail)
        return None
    try:
        to, subject, text = json.loads(work.media.open_envelope(mail.sealed, _about(mail_id)))
    except Invalid as error:
        not_sent(work, mail_id, f"its text does not open: {error}", for_good=True)
        return None
    return Taken(mail_id, Letter(cast(str, to), cast(str, subject), cast(str, text)), mail.created_at)


def _about(mail_id: str) -> str:
    return f"mail:{mail_id}"
