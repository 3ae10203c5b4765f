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
ON_SCREEN = ("prompt.", "hint.", "verdict.", "trouble.", "where.", "fact.", "number.", "pairing.", "photo.")
"""What the codes of a kiosk's screen begin with."""


def test_every_code_has_words() -> None:
    needed = {f"prompt.do.{action}" for action in get_args(Action)}
    needed |= {f"hint.{hint}" for hint in get_args(Hint)}
    needed |= {f"verdict.{verdict}" for verdict in set(get_args(Verdict)) - SEES_THE_INVIGILATOR}
    shown_as_trouble = {"out_of_service", "no_sitting"}
    needed |= {f"prompt.{code}" for code in set(get_args(PromptCode)) - {"do"} - shown_as_trouble}
    needed |= {f"trouble.{code}" for code in shown_as_trouble}
    assert needed <= set(WORDS)


def test_no_word_accuses() -> None:
    accusing = re.compile(r"fraud|fake|spoof|denied|reject|suspicious|not allowed|imposter", re.IGNORECASE)
    shown = {code: text for code, text in WORDS.items() if code.startswith(ON_SCREEN)}
    assert len(shown) > 70
    assert not [code for code, text in shown.items() if accusing.search(text)]
