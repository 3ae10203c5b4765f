"""Fixtures that every test may use. Materials beside the project skip without them, and fail where required."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def materials() -> Path:
    """The folder of models, footage, faces and scenarios beside the project (`NERO_SHARED`, default ../shared)."""
    folder = Path(os.environ.get("NERO_SHARED", ROOT.parent / "shared")).resolve()
    if not (folder / "footage" / "annotations.json").exists():
        message = f"no materials at {folder}: set NERO_SHARED"
        if "shared" in os.environ.get("NERO_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    return folder
