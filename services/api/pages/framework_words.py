"""What Quasar and NiceGUI say by themselves ("Records per page", "Connection lost"), in the page's language."""

import copy
from typing import get_args

from nicegui import Client
from nicegui.language import Language
from nicegui.translations import translations

from services.api import words

_ENGLISH: Language = "en-US"
_SAID = {
    "connection_lost": "link.lost",
    "trying_to_reconnect": "link.again",
    "message_too_long": "link.too_much",
    "message_too_long_body": "link.too_much.how",
}


def speak(client: Client, language: str) -> None:
    """Let the frameworks speak the page's language to this one browser; a page is shared by all who open it."""
    client.page = copy.copy(client.page)
    client.page.language = name_of(language)


def name_of(language: str) -> Language | None:
    """Return what Quasar calls a language; None, which is its English, for one that it lacks."""
    if language == words.FALLBACK:
        return None
    return next((one for one in get_args(Language) if one == language or one.startswith(f"{language}-")), None)


def teach() -> None:
    """Give NiceGUI the sentences of every catalogue: it has its own of few languages."""
    for language in words.languages():
        name = _ENGLISH if language == words.FALLBACK else name_of(language)
        if name is not None:
            translations[name] = {own: words.words_of(language).say(code) for own, code in _SAID.items()}
