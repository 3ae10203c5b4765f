"""The message catalogue has words for every code that a kiosk's screen may be told."""

import json
import re
from importlib import resources
from typing import get_args

from shared.events import Action, Hint, PromptCode, Verdict

STATIC = resources.files("services.api.web") / "static"
WORDS: dict[str, str] = json.loads((STATIC / "messages" / "en.json").read_text(encoding="utf-8"))
SEES_THE_INVIGILATOR = {"liveness_failed", "unknown", "ambiguous", "closed", "not_registered"}
"""Verdicts whose headline is the same, so that nobody is accused of anything."""


def test_every_code_has_words() -> None:
    needed = {f"prompt.do.{action}" for action in get_args(Action)}
    needed |= {f"hint.{hint}" for hint in get_args(Hint)}
    needed |= {f"verdict.{verdict}" for verdict in set(get_args(Verdict)) - SEES_THE_INVIGILATOR}
    shown_as_trouble = {"out_of_service", "no_sitting"}
    needed |= {f"prompt.{code}" for code in set(get_args(PromptCode)) - {"do"} - shown_as_trouble}
    needed |= {f"trouble.{code}" for code in shown_as_trouble}
    assert needed <= set(WORDS)


def test_what_the_page_says_is_in_the_catalogue_and_nothing_more() -> None:
    page = (STATIC / "kiosk.html").read_text(encoding="utf-8")
    script = (STATIC / "kiosk.js").read_text(encoding="utf-8")
    said = set(re.findall(r'data-message="([^"]+)"', page)) | set(re.findall(r'say\(\s*"([^"]+)"', script))
    assert said <= set(WORDS)
    made = ("prompt.", "hint.", "verdict.", "trouble.", "where.", "fact.", "number.")
    assert all(code in said or code.startswith(made) for code in WORDS)


def test_no_word_accuses() -> None:
    accusing = re.compile(r"fraud|fake|spoof|denied|reject|suspicious|not allowed|imposter", re.IGNORECASE)
    assert not [code for code, text in WORDS.items() if accusing.search(text)]
