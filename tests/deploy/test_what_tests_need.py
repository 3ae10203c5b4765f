"""What `make test` installs is what the tests look for, and where it is required nothing is left out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.postgres import PLACES
from tests.chromium import NAMES

ROOT = Path(__file__).resolve().parents[2]
SKIPS = """
import pytest

@pytest.fixture
def not_here():
    pytest.skip("not here")

def test_in_a_fixture(not_here): ...

def test_in_its_body(): pytest.skip("not here")

def test_of_a_part_that_is_not_required():
    from tests.conftest import missing
    missing("shared", "no materials here")

@pytest.mark.skipif(True, reason="not here")
def test_by_a_mark(): ...

@pytest.mark.xfail
def test_that_is_known_to_fail(): assert False
"""


def test_the_script_and_the_tests_look_at_the_same_places() -> None:
    script = (ROOT / "scripts" / "system.sh").read_text()
    for name in (*(f"has {name}" for name in NAMES), *(f"{place}/initdb" for place in PLACES), "NERO_CHROMIUM"):
        assert name in script, name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"NERO_REQUIRE": "redis"}, "4 skipped, 1 xfailed"),
        ({"NERO_REQUIRE": "redis", "CI": "true"}, "1 failed, 1 skipped, 1 xfailed, 2 errors"),
    ],
)
def test_no_test_is_left_out_in_continuous_integration(tmp_path: Path, given: dict[str, str], expected: str) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if name not in ("NERO_REQUIRE", "CI")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in done.stdout
