"""`nero demo` in a process of its own, on a machine that has nothing but the locked packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(400)
def test_the_demo_comes_out_as_it_must_with_nothing_but_pip_packages(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing-to-copy-from"
    nothing.mkdir()
    models = tmp_path / "models"
    done = subprocess.run(
        [sys.executable, "-m", "services.launcher", "demo"],
        env={**os.environ, "NERO_MODELS_MIRROR": str(nothing), "NERO_MODELS_DIR": str(models)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=390,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Every case came out as it must." in done.stdout
    assert fetched(models) == {"dlib_face_recognition_resnet_model_v1.dat"}


def fetched(models: Path) -> set[str]:
    return {path.name for path in models.rglob("*") if path.is_file()}
