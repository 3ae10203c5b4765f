"""Seats of a plan are called by a letter and a number, and found again by what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.office.seat_labels import label, place


def test_adas_seat_in_the_third_row_is_c_14() -> None:
    assert label(3, 14) == "C-14"
    assert (label(1, 1), label(26, 2), label(27, 2), label(200, 200)) == ("A-1", "Z-2", "AA-2", "GR-200")


@given(st.integers(1, 200), st.integers(1, 200))
def test_every_seat_is_found_by_its_label(row: int, col: int) -> None:
    assert place(label(row, col)) == (row, col)


@pytest.mark.parametrize("typed", ["C-14", "c14", " C 14 ", "C-014"])
def test_a_label_is_understood_however_it_was_typed(typed: str) -> None:
    assert place(typed) == (3, 14)


@pytest.mark.parametrize("typed", ["", "14", "C", "C-0", "C-", "-14", "C-1-4", "Table 7 by the window", "Ç-1"])
def test_what_is_no_seat_of_a_plan_is_none(typed: str) -> None:
    assert place(typed) is None


@pytest.mark.parametrize(("row", "col"), [(0, 1), (1, 0), (-1, 3)])
def test_there_is_no_seat_before_the_first(row: int, col: int) -> None:
    with pytest.raises(ValueError, match="both begin at 1"):
        label(row, col)
