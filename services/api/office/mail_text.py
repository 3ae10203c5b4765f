"""What mails say: the office's own language first, then every other that there is a catalogue of."""

from collections.abc import Mapping
from datetime import datetime

from services.api import words
from services.api.office.mail import Letter
from services.api.settings import ApiSection
from services.api.words import Words


def letter(api: ApiSection, kind: str, to: str, **values: object) -> Letter:
    """Write a mail from the sentences `mail.{kind}.subject` and `mail.{kind}.text`."""
    spoken = [words.words_of(language) for language in _order(api)]
    subject = " / ".join(dict.fromkeys(one.say(f"mail.{kind}.subject", **values) for one in spoken))
    parts = ["\n\n".join([_said(one, kind, values), one.say("mail.automatic")]) for one in spoken]
    return Letter(to, subject, f"\n\n{'-' * 40}\n\n".join(parts) + "\n")


def _said(words: Words, kind: str, values: Mapping[str, object]) -> str:
    """Put the values in; a moment is said in the language of the sentence, with its zone: 23 Nov 2026, 09:00 UTC."""
    said = {name: _moment(words, one) if isinstance(one, datetime) else one for name, one in values.items()}
    return words.say(f"mail.{kind}.text", **said)


def _moment(words: Words, at: datetime) -> str:
    return f"{words.plain_date(at)}, {at:%H:%M} UTC"


def _order(api: ApiSection) -> list[str]:
    known = words.languages()
    first = api.language if api.language in known else words.FALLBACK
    return [first, *(language for language in known if language != first)]
