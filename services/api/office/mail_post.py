"""Where mails leave: a folder of .eml files, or an SMTP server."""

import os
import smtplib
import ssl
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from services.api.office.mail import Taken
from services.api.settings import MailSection
from shared.errors import Invalid, Transient


class Post(Protocol):
    """Takes one mail after another."""

    def send(self, mail: Taken) -> None:
        """Send one.

        Raises:
            Transient: the server is away or busy; try again later.
            Invalid: this mail will never be taken (no such address).
        """

    def close(self) -> None:
        """Let go of the connection."""


def post_of(settings: MailSection, data_dir: Path) -> Post:
    """Return the post that the settings name."""
    if settings.host:
        return SmtpPost(settings)
    return FolderPost(outbox_of(settings, data_dir), settings.sender)


def outbox_of(settings: MailSection, data_dir: Path) -> Path:
    """Return the folder that mails are written to while no server is set."""
    return settings.outbox or data_dir / "outbox"


def message_of(mail: Taken, sender: str) -> EmailMessage:
    """Make the message. Its id is the mail's own, however often it is sent.

    Raises:
        Invalid: the address is none.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"], message["Subject"] = sender, mail.letter.to, mail.letter.subject
        if len(message["To"].addresses) != 1:
            raise ValueError("not one address")
    except (ValueError, IndexError) as error:
        raise Invalid("the address is none that a mail can be sent to") from error
    message["Date"] = format_datetime(mail.created_at.astimezone(UTC))
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2] or 'nero'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.letter.text)
    return message


class FolderPost:
    """Writes each mail as a file named by its id: the same mail again is the same file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Taken) -> None:
        """Write the file whole, for its owner's eyes."""
        data = message_of(mail, self._sender).as_bytes()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._folder / f".{mail.id}.part"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
            part.replace(self._folder / f"{mail.id}.eml")
        except OSError as error:
            raise Transient(f"the folder of mails cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is held."""


class SmtpPost:
    """One connection for a run of mails, opened at the first."""

    def __init__(self, settings: MailSection) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Taken) -> None:
        """Send by SMTP; what the server refuses for good is not tried again."""
        message = message_of(mail, self._settings.sender)
        try:
            self._server = self._server or self._connect()
            self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()), (550, b""))[0]
            raise self._failed(f"the mail server refused the address ({code})", for_good=code >= 500) from error
        except smtplib.SMTPDataError as error:
            raise self._failed(
                f"the mail server refused the mail ({error.smtp_code})", error.smtp_code >= 500
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._failed(f"the mail server cannot be used ({type(error).__name__})", for_good=False) from error

    def close(self) -> None:
        """Say goodbye."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_s, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value() if settings.password else "")
        return server

    def _failed(self, why: str, for_good: bool) -> Invalid | Transient:
        self.close()
        return Invalid(why) if for_good else Transient(why)
