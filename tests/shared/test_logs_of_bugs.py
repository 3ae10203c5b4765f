"""An exception's message may hold a name, so it is in no log: its type and its place are."""

import logging
import sys
import threading
from pathlib import Path
from typing import Literal

import pytest

from shared import logs
from tests.logged import as_in_a_process

ADA = "Ada Lovelace"
Format = Literal["console", "json"]
either = pytest.mark.parametrize("log_format", ["console", "json"])


def breaks() -> None:
    raise ValueError(f"line 3: {ADA} has no hall")


def broken() -> ValueError:
    with pytest.raises(ValueError, match=ADA) as caught:
        breaks()
    return caught.value


def said(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert ADA not in text
    assert "ValueError" in text
    assert "test_logs_of_bugs.breaks:" in text
    return text


@either
def test_a_line_with_an_exception_says_its_type_and_place(
    tmp_path: Path, log_format: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    with as_in_a_process(tmp_path, log_format):
        try:
            breaks()
        except ValueError:
            logs.get("test").exception("job failed", job="job-1")
    text = said(capsys)
    assert "job failed" in text
    assert "job-1" in text


@either
def test_so_does_a_librarys_even_where_the_message_is_its_text(
    tmp_path: Path, log_format: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    error = broken()
    with as_in_a_process(tmp_path, log_format):
        logging.getLogger("some.library").error("%r: %s", error, error, exc_info=error)
    said(capsys)


@either
def test_so_does_what_ends_a_thread_or_the_process(
    tmp_path: Path, log_format: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    error = broken()
    with as_in_a_process(tmp_path, log_format):
        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
        said(capsys)
        sys.excepthook(type(error), error, error.__traceback__)
    assert "nobody caught this" in said(capsys)


def test_the_innermost_place_comes_first_and_then_our_own() -> None:
    with pytest.raises(ValueError, match="int") as caught:
        logs.drop_forbidden(None, "info", Breaks())
    assert logs.place_of(caught.value).startswith("test_logs_of_bugs.items:")
    assert "< logs.drop_forbidden:" in logs.place_of(caught.value)


class Breaks(dict[str, object]):
    def items(self) -> object:  # type: ignore[override]
        return int("no int")
