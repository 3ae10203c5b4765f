"""The evaluation counts right: checked against brute force on small made-up sets, whose truth is known."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.recognizer.alignment import Image
from services.recognizer.embedder import Embedder
from services.recognizer.evaluate import cli, report
from services.recognizer.evaluate.embed import Embedded, OwnPath, embed_photos, photos_of
from services.recognizer.evaluate.fmr import fmr_table
from services.recognizer.evaluate.open_set import open_set
from services.recognizer.evaluate.people import canonical, half_of, only, person_numbers
from services.recognizer.evaluate.scores import (
    cross_pairs,
    false_match_curve,
    false_match_draws,
    score_at_fmr,
    true_accept_interval,
    true_accepts,
)
from services.recognizer.evaluate.verification import ListedPairs, accuracy, listed_pairs
from services.recognizer.evaluate.whose_face import whose_face
from services.recognizer.thresholds import Thresholds
from services.recognizer.vectors import Vector
from shared.landmarks import Landmarker
from tests.recognizer.conftest import CAST


def people(count: int, photos: int, likeness: float, dims: int = 24, seed: int = 5) -> Embedded:
    """Made-up people: each photo is the person's direction plus noise; the more likeness the less noise."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(count, dims)), photos, axis=0) * likeness
    rows += rng.normal(size=rows.shape)
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = np.repeat([f"Person_{n}" for n in range(count)], photos)
    return Embedded("made:up:00000000:a1", names, np.tile(np.arange(1, photos + 1), count), vectors)


def test_cross_pairs_are_all_pairs_once() -> None:
    some = people(40, 3, 2.0)
    some.vectors[7] = 0  # no face found
    genuine, impostor = cross_pairs(some, -2.0)
    expected: dict[bool, list[float]] = {True: [], False: []}
    for i, j in itertools.combinations(range(120), 2):
        score = -1.0 if 7 in (i, j) else float(some.vectors[i] @ some.vectors[j])
        expected[bool(some.people[i] == some.people[j])].append(score)
    np.testing.assert_allclose(genuine.scores, sorted(expected[True], reverse=True), atol=1e-5)
    np.testing.assert_allclose(impostor.scores, sorted(expected[False], reverse=True), atol=1e-5)
    assert (genuine.total, impostor.total) == (len(expected[True]), len(expected[False]))


def test_a_rate_is_the_share_at_or_above_the_score() -> None:
    genuine, impostor = cross_pairs(people(60, 2, 0.8), -2.0)
    score = score_at_fmr(impostor, 0.01)
    assert (impostor.scores >= score).sum() == int(0.01 * impostor.total)
    assert false_match_curve(impostor, np.array([score]))[0] == pytest.approx(0.01, abs=1 / impostor.total)
    assert true_accepts(genuine, score, by_person=False) == pytest.approx(float((genuine.scores >= score).mean()))
    low, high = true_accept_interval(genuine, score, by_person=True)
    assert low <= true_accepts(genuine, score, by_person=True) <= high
    assert low < high


def test_the_bootstrap_lies_around_what_was_measured() -> None:
    _, impostor = cross_pairs(people(150, 2, 1.0), -2.0)
    at = np.array([0.3, 0.5])
    draws = false_match_draws(impostor, at)
    assert (np.percentile(draws, 2.5, axis=0) <= false_match_curve(impostor, at)).all()
    assert (np.percentile(draws, 97.5, axis=0) >= false_match_curve(impostor, at)).all()


def test_who_is_photographed_most_does_not_weigh_most() -> None:
    one, many = people(1, 2, 50.0, seed=1), people(1, 30, 0.0, seed=2)
    both = Embedded(
        "m", np.concatenate([one.people, ["Other"] * 30]), np.arange(32), np.concatenate([one.vectors, many.vectors])
    )
    genuine, _ = cross_pairs(both, -2.0)
    assert true_accepts(genuine, 0.9, by_person=True) == pytest.approx(0.5)
    assert true_accepts(genuine, 0.9, by_person=False) < 0.01


def test_a_person_listed_under_both_orders_of_names_is_one() -> None:
    assert canonical("Choi_Sung-hong") == canonical("Sung_Hong_Choi")
    assert half_of("Choi_Sung-hong") == half_of("Sung_Hong_Choi")
    assert canonical("Jim_Thome") != canonical("Jim_Otto")


def test_the_halves_share_nobody_and_leave_out_nobody() -> None:
    some = people(300, 2, 1.0)
    tuning, test = only(some, "tuning"), only(some, "test")
    assert not set(tuning.people) & set(test.people)
    assert len(tuning.people) + len(test.people) == 600
    assert 200 < len(test.people) < 400


def test_accuracy_of_a_coin_is_a_half_and_of_an_oracle_one() -> None:
    rng = np.random.default_rng(0)
    same = np.arange(3000) % 3 > 0
    assert accuracy(ListedPairs(rng.random(3000), same)).mean == pytest.approx(0.5, abs=0.03)
    assert accuracy(ListedPairs(same.astype(float), same)).mean == 1


def test_a_table_made_of_one_half_keeps_its_promise_on_the_other() -> None:
    some = people(800, 2, 3.0)
    table = fmr_table(only(some, "tuning"), "made up", "2026-11-23")
    rule = Thresholds(table.ceiling, table.margin, table)
    found = open_set(only(some, "test"), rule, budget=0.05, size=60)
    assert found is not None
    assert found.accepted <= 0.05
    assert found.missed < 0.5
    _, impostor = cross_pairs(only(some, "test"), -2.0)
    score = table.score_at(1e-3)
    assert false_match_curve(impostor, np.array([score]))[0] < 2e-3


def test_a_gallery_larger_than_the_data_is_not_made_up() -> None:
    some = people(20, 2, 3.0)
    assert open_set(some, Thresholds(0.9, 0.1, None), 0.01, 50) is None


def test_a_swapped_label_is_found_as_somebody_else_and_named() -> None:
    some = people(60, 2, 6.0)
    swapped = some.people.copy()
    swapped[[1, 3]] = swapped[[3, 1]]
    found = whose_face(Embedded(some.model_id, swapped, some.numbers, some.vectors), Thresholds(0.6, 0.05, None), 0.01)
    assert found.people == 60
    assert all("Person_0" in told and "Person_1" in told for told in found.as_another)
    assert found.passing_alone == sum(found.findings.values())


def test_the_report_says_each_figure_with_its_data(tmp_path: Path) -> None:
    some = people(60, 2, 3.0)
    pairs = tmp_path / "pairs.csv"
    rows = [f"Person_{n},1,Person_{n},2,1\nPerson_{n},1,Person_{(n + 1) % 60},2,0" for n in range(60)]
    pairs.write_text("\n".join(["name_a,number_a,name_b,number_b,same", *rows]))
    lines = "\n".join(report.verification_lines("made-up", some, listed_pairs(some, pairs)))
    assert "120 photos of 60 people; no face found in 0" in lines
    assert "60 genuine and 60 impostor pairs" in lines
    assert lines.count("at FAR") == 3


class Blind:
    """A path that finds a face in every other picture."""

    model_id = "blind"
    dims = 4

    def __init__(self) -> None:
        self.seen = 0

    def vectors(self, pictures: Sequence[Image]) -> list[Vector | None]:
        self.seen += len(pictures)
        return [np.array([1, 0, 0, 0], np.float32) if at % 2 else None for at in range(len(pictures))]


def test_vectors_are_kept_between_runs_and_made_anew_for_another_model(materials: Path, tmp_path: Path) -> None:
    photos = [photo for photo in photos_of(materials / "faces" / "lfw") if photo.person in CAST.values()]
    kept, blind = tmp_path / "kept.npz", Blind()
    first = embed_photos(photos, blind, kept, lambda done, total: None)
    second = embed_photos(photos, blind, kept, lambda done, total: None)
    assert blind.seen == len(photos)
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert first.acquired.sum() == len(photos) // 2
    blind.model_id = "other"
    embed_photos(photos, blind, kept, lambda done, total: None)
    assert blind.seen == 2 * len(photos)


def test_the_own_path_tells_the_cast_apart(
    materials: Path, tmp_path: Path, landmarker: Landmarker, intel: Embedder
) -> None:
    photos = [photo for photo in photos_of(materials / "faces" / "lfw") if photo.person in CAST.values()]
    cast = embed_photos(photos, OwnPath(landmarker, intel), tmp_path / "cast.npz", lambda done, total: None)
    genuine, impostor = cross_pairs(cast, -2.0)
    assert genuine.scores.min() > 0.6
    assert impostor.scores.max() < 0.35
    assert set(person_numbers(cast).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("asked", "measured"),
    [
        ([], ["intel"]),
        (["--network", "dlib", "--network", "prototype", "--network", "dlib"], ["dlib", "prototype"]),
        (["--network", "all"], ["intel", "dlib", "prototype"]),
    ],
)
def test_one_command_measures_networks_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], measured: list[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(cli, "_measure", lambda network, *_: seen.append(network))
    assert cli.main(["lfw", "--faces", str(tmp_path), *asked]) == 0
    assert seen == measured
