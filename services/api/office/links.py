"""Students' links: made, mailed, listed, sent again, revoked. One of a purpose is open for a student at a time."""

import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, delete, select, update

from services.api.auth import links as auth
from services.api.auth import tokens
from services.api.db.tables import Mail, PracticeSession, Student, StudentLink
from services.api.examples import example_of
from services.api.office import mail, mail_text, students
from services.api.office.mail import State as MailState
from services.api.office.work import Work
from services.api.problems import conflict, not_found, unfit

Purpose = Literal["enrol", "practice"]
LinkState = Literal["open", "opened", "used", "expired", "revoked"]
PAGES: dict[str, str] = {"enrol": "/enrol", "practice": "/practice"}

_EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - where one listens is no address to be reached at
KEPT_FOR = timedelta(days=90)
"""How long it stays known that a mail was sent."""


class LinkPublic(BaseModel):
    """One link, without what opens it: that is known to the student alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "purpose": "enrol",
                    "state": "opened",
                    "mail": "sent",
                    "created_at": "2026-11-02T09:00:00Z",
                    "expires_at": "2026-11-16T09:00:00Z",
                    "opened_at": "2026-11-02T09:55:00Z",
                    "used_at": None,
                }
            ]
        }
    )

    id: int
    student_id: str
    name: str
    purpose: Purpose
    state: LinkState = Field(description="`opened`: the student has been on the page, and not done yet.")
    mail: MailState | None = Field(description="How its mail is; null: it is none any more.")
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    used_at: datetime | None


class Resent(BaseModel):
    """A link that took the place of one before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "link": {**example_of(LinkPublic), "state": "open", "mail": "waiting", "opened_at": None},
                    "job_id": "job-3f",
                }
            ]
        }
    )

    link: LinkPublic
    job_id: str | None = Field(description="The job that sends the mail; null: one was on its way already.")


def make(work: Work, student: Student, purpose: Purpose, *, batch: str = "", kind: str = "", **values: object) -> int:
    """Make a link and the mail that brings it; the one of this purpose before ends. Returns its id.

    Args:
        work: the transaction.
        student: whose it is.
        purpose: what it opens.
        batch: the job that makes it, if one does.
        kind: of the mail, where it is another than the purpose's.
        values: what the mail says besides name, address and time.
    """
    if not has_address(student.email):
        raise unfit("no_email", f"Student {student.id} has no e-mail address.", "student_id")
    end_all(work, student.id, purpose)
    token = tokens.new_token(tokens.LINK)
    link = StudentLink(
        student_id=student.id,
        purpose=purpose,
        token_hash=tokens.token_hash(token),
        batch=batch,
        created_by=work.by.actor,
        created_at=work.now,
        expires_at=work.now + timedelta(days=work.api.enrol_link_days),
    )
    work.session.add(link)
    work.session.flush()
    assert link.id is not None
    address = f"{site(work)}{PAGES[purpose]}#token={token}"
    written = mail_text.letter(
        work.api, kind or purpose, student.email or "", name=student.name, link=address, until=link.expires_at, **values
    )
    mail.write(work, student.id, kind or purpose, written, link.id)
    return link.id


def end_all(work: Work, student_id: str, purpose: Purpose | None = None) -> None:
    """Revoke a student's open links, and let their mails go unsent."""
    query = select(StudentLink).where(StudentLink.student_id == student_id, col(StudentLink.revoked_at).is_(None))
    for link in work.session.exec(query.where(StudentLink.purpose == purpose) if purpose else query):
        link.revoked_at = work.now
        work.session.add(link)
        mail.void_of_link(work, link.id or 0)


def get(work: Work, link_id: int) -> StudentLink:
    """Return a link.

    Raises:
        Problem: there is none.
    """
    link = work.session.get(StudentLink, link_id)
    if link is None:
        raise not_found("link", link_id, "link_id")
    return link


def of_caller(work: Work) -> StudentLink:
    """Return the link that this student came with."""
    return get(work, work.by.link_id or 0)


def resend(work: Work, link_id: int) -> Resent:
    """Send the student a new link in place of this one; the old one opens nothing any more.

    Raises:
        Problem: unknown, used already, or the student has no address.
    """
    link = get(work, link_id)
    if link.used_at is not None:
        raise conflict("link_used", "This link was used: invite the student again instead.", "link_id")
    student = students.locked(work, link.student_id)
    made = make(work, student, link.purpose)  # type: ignore[arg-type]
    work.note("link.resend", f"student:{student.id}", after={"link": made, "purpose": link.purpose})
    return Resent(link=show(work, made), job_id=mail.ask_to_send(work))


def revoke(work: Work, link_id: int) -> None:
    """End a link.

    Raises:
        Problem: there is none.
    """
    link = get(work, link_id)
    if link.revoked_at is None:
        link.revoked_at = work.now
        work.session.add(link)
        mail.void_of_link(work, link_id)
        work.note("link.revoke", f"student:{link.student_id}", after={"link": link_id})


def show(work: Work, link_id: int) -> LinkPublic:
    """Return one link."""
    return _shaped(work, [get(work, link_id)])[0]


def find(
    work: Work,
    purpose: Purpose | None = None,
    student_id: str | None = None,
    *,
    open_only: bool = False,
    limit: int = 200,
) -> list[LinkPublic]:
    """Return links, newest first."""
    query = select(StudentLink).order_by(col(StudentLink.id).desc()).limit(limit)
    query = query.where(StudentLink.purpose == purpose) if purpose else query
    query = query.where(StudentLink.student_id == student_id) if student_id else query
    if open_only:
        query = query.where(
            col(StudentLink.revoked_at).is_(None), col(StudentLink.used_at).is_(None), StudentLink.expires_at > work.now
        )
    return _shaped(work, work.session.exec(query).all())


def used(work: Work, link: StudentLink) -> None:
    """Write down that a link did what it is for."""
    link.used_at = link.used_at or work.now
    work.session.add(link)


def opened(work: Work, link_id: int) -> None:
    """Write down that the student is on the page: the address is theirs."""
    first = (col(StudentLink.id) == link_id) & col(StudentLink.opened_at).is_(None)
    work.session.exec(update(StudentLink).where(first).values(opened_at=work.now))


def forget_old(work: Work) -> None:
    """Delete what nobody asks about any more: practices of yesterday, mails of months ago."""
    old = work.now - KEPT_FOR
    work.session.exec(delete(PracticeSession).where(col(PracticeSession.expires_at) < work.now - timedelta(days=1)))
    work.session.exec(delete(Mail).where(col(Mail.created_at) < old, col(Mail.state) != "waiting"))


def has_address(email: str | None) -> bool:
    """Tell whether this looks like an address that a mail can be sent to."""
    name, _, host = (email or "").strip().rpartition("@")
    return bool(name and host) and not any(sign in (email or "") for sign in " \r\n,;<>")


def site(work: Work) -> str:
    """Return the address of this office, as students reach it."""
    api = work.api
    if api.public_url:
        return api.public_url.rstrip("/")
    host = socket.gethostname() if api.host in _EVERY_ADDRESS else api.host
    return f"{'https' if api.tls_cert or api.behind_tls else 'http'}://{host}:{api.port}"


def _state(link: StudentLink, now: datetime) -> LinkState:
    if link.used_at is not None:
        return "used"
    if link.revoked_at is not None:
        return "revoked"
    if not auth.is_open(link, now):
        return "expired"
    return "opened" if link.opened_at is not None else "open"


def _shaped(work: Work, rows: Sequence[StudentLink]) -> list[LinkPublic]:
    ids = [row.id for row in rows]
    whose = [row.student_id for row in rows]
    mails = dict(work.session.exec(select(Mail.link_id, Mail.state).where(col(Mail.link_id).in_(ids))).all())
    people = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(whose))).all())
    return [
        LinkPublic(
            **row.model_dump(
                include={"id", "student_id", "purpose", "created_at", "expires_at", "opened_at", "used_at"}
            ),
            name=people.get(row.student_id, ""),
            state=_state(row, work.now),
            mail=mails.get(row.id),
        )
        for row in rows
    ]
