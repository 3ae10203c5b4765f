"""What the roster says against what was counted. Pure: numbers in, what is still to do out."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

About = Literal["head_count", "scripts"]
Blocker = Literal[
    "check_in_open",
    "cases_open",
    "head_count_missing",
    "scripts_missing",
    "head_count_differs",
    "scripts_differ",
    "differences_open",
]


class Totals(BaseModel):
    """How many of a roster stand how."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"on_roster": 240, "expected": 0, "present": 212, "late": 6, "absent": 19, "out": 3, "cancelled": 0}
            ]
        }
    )

    on_roster: int = 0
    expected: int = Field(0, description="Not in yet, while check-in is open.")
    present: int = 0
    late: int = 0
    absent: int = 0
    out: int = Field(0, description="Admitted, gone out, not back.")
    cancelled: int = Field(0, description="Expected at a sitting that was called off.")

    @property
    def inside(self) -> int:
        """Who should be in the hall: what the head count is held against."""
        return self.present + self.late

    @property
    def admitted(self) -> int:
        """Who came at all: each of them hands in a script."""
        return self.inside + self.out


class Counted(NamedTuple):
    """One count against the roster."""

    counted: int | None
    roster: int
    signed: int = 0
    """The sum of the differences that were signed for."""

    @property
    def gap(self) -> int | None:
        """How many more were counted than the roster says; below 0: fewer. None: not counted yet."""
        return None if self.counted is None else self.counted - self.roster

    @property
    def unexplained(self) -> int:
        """The part of the gap that nobody signed for."""
        return 0 if self.gap is None else self.gap - self.signed


def totals_of(statuses: Iterable[str]) -> Totals:
    """Count a roster.

    >>> totals_of(["present", "late", "absent"]).inside
    2
    """
    totals = Totals()
    for status in statuses:
        totals.on_roster += 1
        setattr(totals, status, getattr(totals, status) + 1)
    return totals


def blockers(
    *, check_in_over: bool, open_cases: int, heads: Counted, scripts: Counted, open_differences: int
) -> Sequence[Blocker]:
    """Return what keeps a hall from being sealed, in the order of the work."""
    found: list[tuple[bool, Blocker]] = [
        (not check_in_over, "check_in_open"),
        (open_cases > 0, "cases_open"),
        (heads.counted is None, "head_count_missing"),
        (heads.unexplained != 0, "head_count_differs"),
        (scripts.counted is None, "scripts_missing"),
        (scripts.unexplained != 0, "scripts_differ"),
        (open_differences > 0, "differences_open"),
    ]
    return [code for there, code in found if there]
