import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.recognizer.models_command import fill
from shared.model_list import DLIB, FACE_LANDMARKER
from shared.models import ModelCache


def cache_without_network(models: Path) -> ModelCache:
    def no_network(url: str, timeout_s: float) -> Iterator[tuple[bytes, int | None]]:
        raise OSError("no route to host")

    return ModelCache(models, fetch=no_network)


def test_what_a_package_carries_is_fetched_and_what_is_not_to_be_had_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert fill(cache_without_network(tmp_path), [FACE_LANDMARKER, DLIB]) == 1
    said = capfd.readouterr().err.splitlines()
    assert FACE_LANDMARKER in said[0]
    assert "no route to host" in said[0]
    assert said[1].endswith(f"{DLIB} is there")
    assert fill(cache_without_network(tmp_path), [DLIB]) == 0


def test_a_command_that_there_is_not_starts_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.recognizer", "modles"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "there is no 'modles' here" in done.stderr
