"""Whose face: only the best of all can be somebody, and only when nothing speaks against it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.fusion import agreement, fuse
from services.recognizer.gallery import Matrix
from services.recognizer.matching import NOBODY, Ranking, judge, rank, twin_of
from services.recognizer.probes import by_moment
from tests.recognizer.conftest import NOON, Faces, random_unit

BEST = Ranking("ada", 0.62, "grace", 0.40, 30)


def found(ranking: Ranking, *, agreeing: bool = True, to_a_person: bool = False) -> str:
    return judge(ranking, 0.5, 0.08, agreeing=agreeing, to_a_person=to_a_person)


def test_ada_well_ahead_of_grace_is_ada() -> None:
    assert found(BEST) == "match"


def test_nobody_near_enough_is_nobody() -> None:
    assert found(Ranking("ada", 0.49, "grace", 0.1, 30)) == "no_match"
    assert found(NOBODY) == "no_match"


def test_two_who_are_nearly_as_alike_go_to_a_person() -> None:
    assert found(Ranking("ada", 0.62, "grace", 0.55, 30)) == "margin"


def test_a_confirmed_twin_goes_to_a_person_however_far_ahead() -> None:
    assert found(BEST, to_a_person=True) == "margin"
    assert twin_of("grace", [("ada", "grace")]) == "ada"
    assert twin_of("ada", [("ada", "grace")]) == "grace"
    assert twin_of("mallory", [("ada", "grace")]) is None
    assert twin_of(None, [("ada", "grace")]) is None


def test_crops_of_two_people_are_nobody_even_above_the_threshold() -> None:
    assert found(BEST, agreeing=False) == "crops_disagree"


def test_alone_in_the_scope_there_is_no_runner_up() -> None:
    ranking = rank(["ada"], np.array([0.7], np.float32))
    assert (ranking.runner_up, ranking.runner_up_score, ranking.size) == (None, None, 1)
    assert found(ranking) == "match"


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=30))
def test_ranking_is_the_sorted_best_two(scores: list[float]) -> None:
    ranking = rank([str(at) for at in range(len(scores))], np.array(scores, np.float32))
    assert [ranking.score, ranking.runner_up_score] == sorted(scores, reverse=True)[:2]
    assert ranking.candidate != ranking.runner_up


def test_the_least_alike_two_crops_say_how_far_they_agree() -> None:
    rows = np.eye(3, dtype=np.float32)
    assert agreement(rows[:1]) is None
    assert agreement(np.stack([rows[0], rows[0], rows[1]])) == 0


def test_a_better_crop_weighs_more() -> None:
    rows = np.eye(2, dtype=np.float32)
    fused = fuse(rows, [0.9, 0.1])
    assert np.linalg.norm(fused) == pytest.approx(1)
    assert fused[0] > 8 * fused[1]


def test_the_best_of_each_moment_comes_before_any_second_best(faces: Faces) -> None:
    given = [("start", 0.9), ("start", 0.8), ("middle", 0.2), ("end", 0.5), ("end", 0.4)]
    crops = [faces.crop("ada", 1, moment, score=score) for moment, score in given]  # type: ignore[arg-type]
    assert by_moment(crops, range(5)) == [0, 3, 2, 1, 4]
    assert crops[0].captured_at == NOON


@given(
    st.lists(st.tuples(st.sampled_from(["put", "drop"]), st.integers(0, 90)), max_size=300), st.integers(0, 2**32 - 1)
)
def test_the_matrix_is_a_dictionary_that_multiplies(changes: list[tuple[str, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, plain = Matrix(8), {}
    for change, number in changes:
        key = f"s{number}"
        if change == "put":
            plain[key] = random_unit(rng, 8)
            matrix.put(key, plain[key])
        else:
            plain.pop(key, None)
            matrix.drop(key)
    probe = random_unit(rng, 8)
    assert len(matrix) == len(plain)
    for scope in (None, frozenset({"s1", "s2", "s3", "nobody"})):
        keys, scores = matrix.search(probe, scope)
        expected = {key: float(vector @ probe) for key, vector in plain.items() if scope is None or key in scope}
        assert dict(zip(keys, scores, strict=True)) == pytest.approx(expected, abs=1e-5)
    matrix.clear()
    assert matrix.get("s1") is None
    assert len(matrix.search(probe, None)[0]) == 0
