"""What people read, in their language: one catalogue file per language, the same for server and pages.

A third language is one more file in `web/static/messages`. A code that a catalogue lacks is said in English.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from services.api.problems import ProblemBody, RowProblem

FALLBACK = "en"
COOKIE = "nero_language"
_FOLDER = resources.files("services.api.web") / "static" / "messages"
_VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    language: str
    sentences: Mapping[str, str]

    def say(self, code: str, **values: object) -> str:
        """Return the sentence of a code with its values put in; an unknown code is shown as it is."""
        sentence = self.sentences.get(code) or _catalogue(FALLBACK).get(code) or code
        return _VALUE.sub(lambda found: str(values.get(found[1], "")), sentence)

    def has(self, code: str) -> bool:
        """Tell whether there is such a sentence."""
        return code in self.sentences

    def day(self, on: date) -> str:
        """Return a date that nobody reads wrong: Mon 23 Nov 2026."""
        weekday = self.say(f"date.weekday.{on.isoweekday()}")
        return self.say("date.day", weekday=weekday, day=on.day, month=self._month(on), year=on.year)

    def plain_date(self, on: date) -> str:
        """Return a date without its weekday: 23 Nov 2026."""
        return self.say("date.plain", day=on.day, month=self._month(on), year=on.year)

    def problem(self, body: ProblemBody) -> str:
        """Return a refusal in this language where it has one, else as it was raised."""
        code = f"problem.{body.code}"
        return self.say(code, where=body.where or "") if self.has(code) else body.message

    def row_problem(self, one: RowProblem) -> str:
        """Return what is wrong with a row in this language where it has words for it, else as it was said."""
        code = f"cell.{one.code}"
        return self.say(code, **one.values) if self.has(code) else one.message

    def _month(self, on: date) -> str:
        return self.say(f"date.month.{on.month}")


@cache
def languages() -> tuple[str, ...]:
    """Return every language that there is a catalogue of, English first."""
    found = sorted(file.name.removesuffix(".json") for file in _FOLDER.iterdir() if file.name.endswith(".json"))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


def words_of(language: str) -> Words:
    """Return the sentences of a language; English for one that there is no catalogue of."""
    known = language if language in languages() else FALLBACK
    return Words(known, _catalogue(known))


def row_problem(where: str, code: str, /, **values: object) -> RowProblem:
    """Say what is wrong with a row in English; a page says it in its own language, from the code and the values."""
    given = {name: str(value) for name, value in values.items()}
    return RowProblem(where=where, code=code, message=words_of(FALLBACK).say(f"cell.{code}", **given), values=given)


def chosen(cookie: str | None, accepted: str, default: str = FALLBACK) -> str:
    """Return the language of a page: the one that was chosen, else the browser's first that we have, else the default."""
    if cookie in languages():
        return str(cookie)
    wished = [part.split(";")[0].strip().split("-")[0].lower() for part in accepted.split(",")]
    return next((language for language in wished if language in languages()), default)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found
