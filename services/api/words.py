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

from pydantic_core import ErrorDetails

from services.api.problems import ProblemBody, RowProblem

FALLBACK = "en"
COOKIE = "nero_language"
_FOLDER = resources.files("services.api.web") / "static" / "messages"
_VALUE = re.compile(r"\{(\w+)\}")
_LINE = re.compile(r"line (\d+), (.+)")
_ROW = re.compile(r"\w+\.(\d+)(?:, |\.)(.+)")
_ROW_WORDS = ("cell", "closing.still", "problem", "invalid")
"""Where the sentence about a wrong row is looked for."""


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
        return self.say(code, **{"where": body.where or "", **body.values}) if self.has(code) else body.message

    def row_problem(self, one: RowProblem) -> str:
        """Return what is wrong with a row in this language where it has words for it, else as it was said."""
        code = self._row_sentence(one)
        return self.say(code, **one.values) if code else one.message

    def says(self, one: RowProblem) -> bool:
        """Tell whether there are words for what is wrong with a row."""
        return self._row_sentence(one) is not None

    def row(self, one: RowProblem) -> str:
        """Return which row or field is wrong, and why."""
        where = self.where(one)
        return f"{where}: {self.row_problem(one)}" if where else self.row_problem(one)

    def field(self, name: str) -> str:
        """Return what a field of the API is called on a page; one that no page shows is called as it is."""
        code = f"field.{name.partition('.')[0]}"
        return self.say(code) if self.has(code) else name

    def _row_sentence(self, one: RowProblem) -> str | None:
        """Return the code of the first sentence whose values are all there: a cell's "missing" is not a field's."""
        codes = (f"{kind}.{one.code}" for kind in _ROW_WORDS)
        return next((code for code in codes if self.has(code) and self._values(code) <= one.values.keys()), None)

    def _values(self, code: str) -> set[str]:
        return set(_VALUE.findall(self.sentences[code]))

    def where(self, one: RowProblem) -> str:
        """Return which row or field a problem is about, as the page calls it; nothing where it is about all."""
        if one.where == one.code:
            return ""
        if found := _LINE.fullmatch(one.where):
            return self.say("imports.where", line=found[1], column=self.field(found[2]))
        if found := _ROW.fullmatch(one.where):
            return self.say("where.row", row=int(found[1]) + 1, field=self.field(found[2]))
        return self.field(one.where)

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
    one = RowProblem(where=where, code=code, message=code, values={name: str(value) for name, value in values.items()})
    return one.model_copy(update={"message": words_of(FALLBACK).row_problem(one)})


def wrong_field(where: str, error: ErrorDetails) -> RowProblem:
    """Say what pydantic found wrong with a field: its own text, and a code that every language has a sentence of."""
    values = {name: str(value) for name, value in error.get("ctx", {}).items()}
    one = RowProblem(where=where, code=error["type"], message=error["msg"], values=values)
    return one if words_of(FALLBACK).says(one) else one.model_copy(update={"code": "invalid"})


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
