"""Times as people say them of a sitting: a day, and clocks of it."""

from datetime import UTC, datetime

import pytest

from services.api.office.sitting_times import Times
from services.api.problems import Problem

KUALA_LUMPUR = "Asia/Kuala_Lumpur"


def test_times_are_of_the_hall_s_zone() -> None:
    typed = Times("2026-11-23", {"starts_at": "09:00", "ends_at": "11:00", "opens_at": "08:30", "late_after": ""})
    assert typed.moments(KUALA_LUMPUR) == {
        "starts_at": datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        "opens_at": datetime(2026, 11, 23, 0, 30, tzinfo=UTC),
    }


def test_a_sitting_may_go_past_midnight() -> None:
    typed = Times("2026-11-23", {"starts_at": "23:30", "ends_at": "01:30", "closes_at": "00:15", "opens_at": "23:00"})
    found = typed.moments("UTC")
    assert found["ends_at"] == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert found["closes_at"] == datetime(2026, 11, 24, 0, 15, tzinfo=UTC)
    assert found["opens_at"] == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


def test_a_long_sitting_ends_on_its_own_day() -> None:
    found = Times("2026-11-23", {"starts_at": "06:00", "ends_at": "19:00"}).moments("UTC")
    assert found["ends_at"] == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def test_what_opens_just_after_midnight_may_open_before_it() -> None:
    found = Times("2026-11-23", {"starts_at": "00:10", "ends_at": "02:00", "opens_at": "23:40"}).moments("UTC")
    assert found["opens_at"] == datetime(2026, 11, 22, 23, 40, tzinfo=UTC)


@pytest.mark.parametrize("typed", [Times("", {"starts_at": "09:00"}), Times("2026-11-23", {"starts_at": "09:00"})])
def test_a_day_a_start_and_an_end_are_needed(typed: Times) -> None:
    with pytest.raises(Problem):
        typed.moments("UTC")
