"""Every language has every sentence, with the same values in it; and every sentence that is asked for is there."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from services.api import words

STATIC = resources.files("services.api.web") / "static"
OFFICE = resources.files("services.api") / "office"
PAGES = resources.files("services.api") / "pages"
ENGLISH: dict[str, str] = json.loads((STATIC / "messages" / "en.json").read_text(encoding="utf-8"))
OTHERS = [language for language in words.languages() if language != words.FALLBACK]
_SAID = re.compile(r"""\bsay\(\s*["']([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)["']""")
_SAID_BY_PAGE = re.compile(r"page\." + _SAID.pattern)
_MARKED = re.compile(r'data-(?:message|label)="([^"]+)"')
_CODE_AT = {"problem": 2, "cell": 2, "Unreadable": 0}
_VALUE = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_sentences(language: str) -> None:
    assert set(words.words_of(language).sentences) == set(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_the_same_values_in_every_language(language: str) -> None:
    sentences = words.words_of(language).sentences
    common = ENGLISH.keys() & sentences.keys()
    differing = [code for code in common if _values(sentences[code]) != _values(ENGLISH[code])]
    assert differing == []


def test_no_sentence_is_empty() -> None:
    for language in words.languages():
        assert [code for code, text in words.words_of(language).sentences.items() if not text.strip()] == []


def test_every_sentence_that_a_page_asks_for_is_there() -> None:
    asked = {(code, path.name) for path in _sources() for code in _asked_in(path)}
    assert len(asked) > 40
    assert {(code, name) for code, name in asked if code not in ENGLISH} == set()


def test_every_reason_for_which_a_cell_is_refused_has_its_sentence() -> None:
    files = [path for folder in ("grid", "imports") for path in Path(str(OFFICE / folder)).glob("*.py")]
    named = {code for path in files for code in _reasons_in(path)}
    assert len(named) > 40
    assert {code for code in named if f"cell.{code}" not in ENGLISH} == set()


def test_dates_are_said_in_each_language() -> None:
    on = date(2026, 3, 1)
    assert words.words_of("en").day(on) == "Sun 1 Mar 2026"
    assert words.words_of("ms").day(on) == "Ahd 1 Mac 2026"
    assert words.words_of("ms").plain_date(on) == "1 Mac 2026"


def test_no_date_is_written_in_english_whatever_the_language() -> None:
    """`%a` and `%b` are the names of the machine's locale."""
    named = re.compile(r"%[aAbBcx]\b")
    files = Path(str(resources.files("services.api"))).rglob("*.py")
    assert [path.name for path in files if named.search(path.read_text(encoding="utf-8"))] == []


def _reasons_in(path: Path) -> Iterator[str]:
    """Give the codes that are written out where a cell or a line is refused: `problem(line, column, code)`."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            for argument in call.args[_CODE_AT[name] :][:1] if name in _CODE_AT else ():
                constants = (one.value for one in ast.walk(argument) if isinstance(one, ast.Constant))
                yield from (value for value in constants if isinstance(value, str))


def _sources() -> Iterator[Path]:
    for folder, endings in ((Path(str(STATIC)), {".html", ".js", ".mjs"}), (Path(str(PAGES)), {".py"})):
        yield from (path for path in folder.rglob("*") if path.suffix in endings)


def _asked_in(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    said = _SAID_BY_PAGE if "def say(" in text else _SAID  # a page that has a `say` of its own puts something before
    return set(_MARKED.findall(text)) | set(said.findall(text))


def _values(sentence: str) -> set[str]:
    return set(_VALUE.findall(sentence))
