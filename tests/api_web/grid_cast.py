"""The grid's small cast: Ada in hall A, Grace in hall B, Mallory at no sitting; PHYS-101 two days later, twice that day."""

from dataclasses import dataclass, field
from typing import Any

from tests.api_web.conftest import As


@dataclass
class Grid:
    """The grid as an admin's page uses it."""

    ask: As
    sitting: int
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By student, as they were read last."""

    def read(self, **wanted: Any) -> list[str]:
        """Read rows; return their students."""
        answer = self.ask("GET", "/grid/rows", params=wanted)
        assert answer.status_code == 200, answer.text
        rows = answer.json()["rows"]
        self.rows |= {row["student_id"]: row for row in rows}
        return [row["student_id"] for row in rows]

    def totals(self, **wanted: Any) -> dict[str, int]:
        """Read totals that are not nought."""
        counted = self.ask("GET", "/grid/totals", params=wanted).json()
        return {name: count for name, count in counted.items() if count}

    def edit(self, student: str, **cells: str) -> dict[str, Any]:
        """Edit cells of a row as it was read last."""
        row = self.rows[student]
        versions = {name: row[name] for name in ("student_version", "entry_version")}
        return {"key": row["key"], **versions, "cells": cells, "seen": {name: row[name] for name in cells}}

    def add(self, student: str, **cells: str) -> dict[str, Any]:
        """Add a row."""
        return {"key": f"new-{student}", "student_id": student, "cells": cells}

    def take(self, student: str) -> dict[str, Any]:
        """Remove a row."""
        return {name: self.rows[student][name] for name in ("key", "student_version", "entry_version")}

    def save(self, *edits: dict[str, Any], **more: Any) -> Any:
        """Save, and expect it done; return what it did."""
        answer = self.ask("POST", "/grid/save", json={"edits": list(edits), **more})
        assert answer.status_code == 200, answer.text
        self.read()
        return answer.json()

    def refused(self, *edits: dict[str, Any], status: int = 422, **more: Any) -> dict[str, str]:
        """Save, and expect it refused with nothing changed; return the reason of each bad cell."""
        before = self.ask("GET", "/grid/rows").json()
        answer = self.ask("POST", "/grid/save", json={"edits": list(edits), **more})
        assert answer.status_code == status, answer.text
        assert self.ask("GET", "/grid/rows").json() == before
        return {problem["where"]: problem["code"] for problem in answer.json()["problems"]}


def with_grid(admin: As, sitting: int) -> Grid:
    """Add the second exam to the exam day, and read everybody."""
    exam = admin.make("/exams", code="PHYS-101", subject="Mechanics")
    for start, end in (("09:00", "11:00"), ("14:00", "16:00")):
        day = "2026-11-25"
        times = {"starts_at": f"{day}T{start}:00Z", "ends_at": f"{day}T{end}:00Z"}
        admin.make("/sittings", exam_id=exam["id"], halls=["A"], **times)
    grid = Grid(admin, sitting)
    grid.read()
    return grid
