"""How sure is sure enough follows from the budget, the scope and what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.thresholds import (
    FmrRow,
    FmrTable,
    Thresholds,
    fmr_allowed,
    shipped_tables,
    thresholds_of,
)

TABLE = FmrTable(
    model_id="n",
    data="d",
    interval="i",
    made_on="2026-11-23",
    people=100,
    impostor_pairs=1_000_000,
    smallest_fmr=1e-5,
    ceiling=0.7,
    margin=0.05,
    rows=(
        FmrRow(score=0.3, fmr=1e-2, upper=2e-2),
        FmrRow(score=0.4, fmr=1e-3, upper=2e-3),
        FmrRow(score=0.5, fmr=1e-4, upper=2e-4),
        FmrRow(score=0.6, fmr=1e-5, upper=4e-5),
    ),
)
RULE = Thresholds(TABLE.ceiling, TABLE.margin, TABLE)


@given(budget=st.floats(1e-4, 0.5), size=st.integers(1, 100_000))
def test_a_search_at_the_allowed_fmr_uses_up_its_budget(budget: float, size: int) -> None:
    fmr = fmr_allowed(budget, size)
    assert 1 - (1 - fmr) ** size == pytest.approx(budget, rel=1e-3)


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_more_people_searched_never_lowers_the_threshold(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert RULE.for_search(0.01, small) <= RULE.for_search(0.01, large)


def test_the_upper_end_of_the_interval_decides() -> None:
    assert RULE.at_fmr(1e-3) == 0.5
    assert RULE.at_fmr(2e-3) == 0.4


def test_what_the_table_cannot_resolve_gets_the_ceiling() -> None:
    assert RULE.at_fmr(9e-6) == 0.7
    assert RULE.at_fmr(2e-5) == 0.7  # resolved, but no row's interval lies so low


def test_a_scope_that_the_measurement_cannot_speak_for_is_not_resolved() -> None:
    """Nothing above the ceiling in a million pairs says at most 3e-6: enough to search 3,350 at 1%, not 3,351."""
    assert RULE.resolve(0.01, 3_350)
    assert not RULE.resolve(0.01, 3_351)


def test_a_network_without_a_table_is_at_its_ceiling_whatever_the_scope() -> None:
    facenet = thresholds_of("deepface:Facenet:12345678:a1")
    assert facenet.for_search(0.01, 1) == facenet.for_search(0.01, 10_000) == pytest.approx(0.6)
    assert thresholds_of("deepface:ArcFace:12345678:a1").at_fmr(0.5) == pytest.approx(0.66)


@pytest.mark.parametrize(
    "model_id", ["openvino:face-reidentification-retail-0095:241229ca:a1", "deepface:Dlib:55533b28:a1"]
)
def test_shipped_tables_are_in_order_and_clear_of_every_stranger(model_id: str) -> None:
    table = shipped_tables()[model_id]
    scores = [row.score for row in table.rows]
    assert scores == sorted(scores)
    assert [row.fmr for row in table.rows] == sorted((row.fmr for row in table.rows), reverse=True)
    assert all(row.upper >= row.fmr for row in table.rows)
    assert table.rows[-1].fmr == 0
    assert table.ceiling > table.rows[-1].score - 0.01
    assert table.impostor_pairs > 4_000_000
    assert 0 < table.margin < 0.2


def test_another_file_of_a_measured_network_has_no_table() -> None:
    assert thresholds_of("openvino:face-reidentification-retail-0095:00000000:a1").table is None
