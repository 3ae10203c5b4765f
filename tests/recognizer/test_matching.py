"""A number typed, against the rest of the slot: who may speak against it, on either side of the search's threshold."""

import pytest

from services.recognizer.matching import NOBODY, Ranking, against

VERIFY, SEARCH = 0.45, 0.58
"""A search of many needs more than a comparison with one."""


def of(claimed: float | None, other: float) -> str | None:
    """Return who speaks against Ada's number, where Grace is the other best."""
    mine = NOBODY if claimed is None else Ranking("ada", claimed, size=1)
    searched = Ranking("grace", other, "eve", 0.2, 300)
    return against(mine, searched, enough=VERIFY, threshold=SEARCH).runner_up


@pytest.mark.parametrize(
    ("claimed", "other", "against_it"),
    [
        pytest.param(0.70, 0.60, "grace", id="both within the search"),
        pytest.param(None, 0.60, "grace", id="no template, and the face is somebody's"),
        pytest.param(0.46, 0.57, "grace", id="enough for the number, and less than somebody below the search"),
        pytest.param(0.50, 0.47, None, id="more like the number than like anybody"),
        pytest.param(0.30, 0.57, None, id="like nobody"),
        pytest.param(None, 0.57, None, id="no template, and like nobody"),
    ],
)
def test_who_speaks_against_a_number(claimed: float | None, other: float, against_it: str | None) -> None:
    assert of(claimed, other) == against_it


def test_the_claimed_student_is_not_their_own_neighbour() -> None:
    searched = Ranking("ada", 0.7, "grace", 0.6, 300)
    found = against(Ranking("ada", 0.7, size=1), searched, enough=VERIFY, threshold=SEARCH)
    assert (found.candidate, found.runner_up, found.runner_up_score) == ("ada", "grace", 0.6)
