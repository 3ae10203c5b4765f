"""`python -m services.recognizer models`: fills the cache of model files from inside an image, which has no `nero`."""

import sys
from collections.abc import Sequence

from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import model_cache
from shared.errors import Unavailable
from shared.model_list import MODELS
from shared.models import ModelCache
from shared.settings import load


def run_models() -> int:
    """Fill the cache; return 1 where a file is to be had from nowhere."""
    return fill(model_cache(load(RecognizerSettings)), [file.name for file in MODELS])


def fill(cache: ModelCache, wanted: Sequence[str]) -> int:
    """Fetch each file, and say on stderr where it lies or why it is missing; one that is missing stops no other."""
    missing = 0
    for name in wanted:
        try:
            print(f"nero: {cache.pull(name)} is there", file=sys.stderr)  # noqa: T201 - an operator at a terminal
        except Unavailable as error:
            missing += 1
            print(f"nero: {error}", file=sys.stderr)  # noqa: T201
    return 1 if missing else 0
