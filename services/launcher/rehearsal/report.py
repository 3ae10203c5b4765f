"""What a rehearsal reports: every outcome, and the final roster."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

Json = dict[str, Any]


@dataclass(frozen=True)
class OutcomeLine:
    """One verdict. Times are seconds into the kiosk's footage."""

    kiosk: str
    start_s: float
    """When the face that it is about came into view."""
    end_s: float
    """The deciding frame."""
    verdict: str
    student_id: str | None
    table: str | None
    hall: str | None
    latency_ms: float | None
    """From the deciding frame to the committed row."""
    reason: str | None = None
    """What recognition found, or why liveness failed."""
    score: float | None = None
    """Of the best of the search."""


@dataclass(frozen=True)
class RosterState:
    """One roster entry at the end."""

    student_id: str
    status: str
    kiosk: str | None
    at: str | None


@dataclass(frozen=True)
class Report:
    """The whole of it."""

    outcomes: tuple[OutcomeLine, ...]
    roster: tuple[RosterState, ...]

    def document(self) -> Json:
        """Return what `--json` prints: the contract's fields, and not why."""
        return {
            "outcomes": [_without(asdict(line), ("reason", "score")) for line in self.outcomes],
            "roster": [asdict(line) for line in self.roster],
        }


def _without(document: Json, names: Sequence[str]) -> Json:
    return {name: value for name, value in document.items() if name not in names}


def print_report(report: Report, names: dict[str, str], console: Console) -> None:
    """Print both as tables."""
    outcomes = _table("Outcomes", ("kiosk", "from", "to", "verdict", "student", "table", "hall", "latency"))
    for line in report.outcomes:
        outcomes.add_row(
            line.kiosk,
            f"{line.start_s:.1f} s",
            f"{line.end_s:.1f} s",
            line.verdict,
            _who(line.student_id, names),
            line.table or "",
            line.hall or "",
            "" if line.latency_ms is None else f"{line.latency_ms:.0f} ms",
        )
    console.print(outcomes)
    roster = _table("Roster", ("student", "status", "kiosk", "at"))
    for state in report.roster:
        roster.add_row(_who(state.student_id, names), state.status, state.kiosk or "", state.at or "")
    console.print(roster)


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    return table


def _who(student_id: str | None, names: dict[str, str]) -> str:
    if student_id is None:
        return ""
    return f"{student_id} {names[student_id]}" if student_id in names else student_id
