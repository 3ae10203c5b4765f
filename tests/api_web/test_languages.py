"""A third language is one file: pages and screens find it by themselves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.api import words


@pytest.fixture
def tamil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of catalogues with one more in it."""
    for language in words.languages():
        (tmp_path / f"{language}.json").write_text((words._FOLDER / f"{language}.json").read_text())
    (tmp_path / "ta.json").write_text(json.dumps({"language.name": "தமிழ்", "home": "முகப்பு"}))
    monkeypatch.setattr(words, "_FOLDER", tmp_path)
    _forget()
    yield
    _forget()


def test_one_more_file_is_one_more_language(anyone: TestClient, tamil: None) -> None:
    assert anyone.get("/static/languages.json").json() == {"en": "English", "ms": "Bahasa Melayu", "ta": "தமிழ்"}
    said = words.words_of(words.chosen(None, "ta-MY,en;q=0.5"))
    assert (said.say("home"), said.say("common.close")) == ("முகப்பு", "Close")


def _forget() -> None:
    words.languages.cache_clear()
    words._catalogue.cache_clear()
