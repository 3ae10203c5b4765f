"""Every language has every sentence, with the same values in it; and every sentence that is asked for is there."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from services.api import words
from services.api.db.tables import Exam, Hall, Sitting
from services.api.office import mail_text, printing
from services.api.pages import framework_words
from services.api.settings import ApiSection

STATIC = resources.files("services.api.web") / "static"
OFFICE = resources.files("services.api") / "office"
PAGES = resources.files("services.api") / "pages"
ENGLISH: dict[str, str] = json.loads((STATIC / "messages" / "en.json").read_text(encoding="utf-8"))
OTHERS = [language for language in words.languages() if language != words.FALLBACK]
_SAID = re.compile(r"""\bsay\(\s*["']([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)["']""")
_SAID_BY_PAGE = re.compile(r"page\." + _SAID.pattern)
_MARKED = re.compile(r'data-(?:message|label)="([^"]+)"')
_CODE_AT = {"problem": 2, "cell": 2, "Unreadable": 0, "_problem": 2, "row_problem": 1}
_REFUSALS = {"Problem": 1, "conflict": 0, "unfit": 0, "refused": 0}
_NO_VALUES = {"where", "problems", "headers"}
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
    named = {code for path in Path(str(OFFICE)).rglob("*.py") for code in _reasons_in(path)}
    assert len(named) > 40
    assert {code for code in named if f"cell.{code}" not in ENGLISH} == set()


def test_every_refusal_has_its_sentence_and_gives_the_values_that_it_needs() -> None:
    files = Path(str(resources.files("services.api"))).rglob("*.py")
    raised = [(path.name, *refusal) for path in files for refusal in _refusals_in(path)]
    assert len({code for _, code, _ in raised}) > 100
    assert {(name, code) for name, code, _ in raised if f"problem.{code}" not in ENGLISH} == set()
    needing = ((name, code, _values(ENGLISH[f"problem.{code}"]) - values) for name, code, values in raised)
    assert [(name, code, lacking) for name, code, lacking in needing if lacking] == []


def test_every_reason_for_which_a_picture_is_refused_has_its_sentence() -> None:
    codes = {"empty", "not_an_image", "truncated", "too_large", "unsupported"}
    assert {code for code in codes if f"problem.{code}" not in ENGLISH} == set()


def test_what_pydantic_refuses_is_said_in_words() -> None:
    class Wish(BaseModel):
        student_id: str = Field(pattern="^S")
        rows: int = Field(ge=1)
        name: str
        at: datetime

    with pytest.raises(ValidationError) as refused:
        Wish.model_validate({"student_id": "ada", "rows": 0, "at": "noon"})
    wrong = [words.wrong_field(".".join(map(str, one["loc"])), one) for one in refused.value.errors()]
    malay = words.words_of("ms")
    assert [malay.row(one) for one in wrong] == [
        "Nombor: Ini tidak ditulis seperti yang dikehendaki: semak ruang kosong dan tanda yang tidak sepatutnya ada.",
        "Baris: Ia mesti sekurang-kurangnya 1.",
        "Nama: Ini tiada.",
        "Masa: Ini bukan tarikh dengan masa. Tulis seperti 2026-11-23 09:00.",
    ]


def test_what_no_catalogue_knows_of_pydantics_errors_is_said_in_general() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(UUID).validate_python("no uuid")
    wrong = words.wrong_field("key", refused.value.errors()[0])
    assert wrong.code == "invalid"
    assert words.words_of("en").row(wrong) == f"key: {ENGLISH['problem.invalid']}"


def test_a_row_of_a_sheet_is_counted_from_one_and_its_field_called_as_on_the_page() -> None:
    wrong = words.row_problem("rows.0, student_id", "not_in", student="S1")
    assert (
        words.words_of("ms").row(wrong) == "baris 1, Nombor: S1 tidak berada di dalam, maka tidak mungkin sudah keluar."
    )
    blocker = words.row_problem("cases_open", "cases_open")
    assert words.words_of("en").row(blocker) == "Cases wait for an answer."


def test_dates_are_said_in_each_language() -> None:
    on = date(2026, 3, 1)
    assert words.words_of("en").day(on) == "Sun 1 Mar 2026"
    assert words.words_of("ms").day(on) == "Ahd 1 Mac 2026"
    assert words.words_of("ms").plain_date(on) == "1 Mac 2026"


def test_a_mail_says_its_date_in_each_of_its_languages() -> None:
    until = datetime(2026, 3, 1, 9, tzinfo=UTC)
    letter = mail_text.letter(ApiSection(), "enrol", "ada@example.org", name="Ada", link="https://x", until=until)
    assert "until 1 Mar 2026, 09:00 UTC." in letter.text
    assert "1 Mac 2026, 09:00 UTC." in letter.text


def test_a_paper_says_its_day_in_its_language() -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    sitting = Sitting(
        exam_id=1, opens_at=at, starts_at=at, late_after=at, closes_at=at, ends_at=at + timedelta(hours=2)
    )
    exam, hall = Exam(code="MATH-201", subject="Analysis II"), Hall(id="A", name="", time_zone="Asia/Kuala_Lumpur")
    said = printing.about(words.words_of("ms"), sitting, exam, hall)
    assert said == "MATH-201 Analysis II · A · Ahd 1 Mac 2026, 17:00–19:00"


def test_quasar_speaks_what_it_can_and_else_english() -> None:
    assert [framework_words.name_of(one) for one in ("en", "ms", "zh", "tlh")] == [None, "ms", "zh-CN", None]


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


def _refusals_in(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Give the codes that are written out where something is refused, each with the names of the values given."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        named = {one.arg: one.value for one in call.keywords if one.arg}
        if name == "ProblemBody":
            said, values = (
                [named["code"]],
                set(re.findall(r"'(\w+)':", ast.unparse(named.get("values", named["code"])))),
            )
        elif name in _REFUSALS:
            said, values = call.args[_REFUSALS[name] :][:1], named.keys() - _NO_VALUES
        else:
            continue
        constants = (one.value for argument in said for one in ast.walk(argument) if isinstance(one, ast.Constant))
        yield from ((code, values) for code in constants if isinstance(code, str))
    if path.name == "problems.py":
        yield "not_found", {"key"}


def _sources() -> Iterator[Path]:
    for folder, endings in ((Path(str(STATIC)), {".html", ".js", ".mjs"}), (Path(str(PAGES)), {".py"})):
        yield from (path for path in folder.rglob("*") if path.suffix in endings)


def _asked_in(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    said = _SAID_BY_PAGE if "def say(" in text else _SAID  # a page that has a `say` of its own puts something before
    return set(_MARKED.findall(text)) | set(said.findall(text))


def _values(sentence: str) -> set[str]:
    return set(_VALUE.findall(sentence))
