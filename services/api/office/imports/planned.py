"""What an import would do, as data: halls, exams, sittings, students, roster lines, and what stands against it."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.api.problems import RowProblem

What = Literal["added", "changed", "removed", "unchanged"]


@dataclass
class SittingPlan:
    """One sitting after the import; `id` is None for a new one."""

    line: int
    exam_code: str
    label: str
    id: int | None
    times: dict[str, datetime]
    before: dict[str, datetime] = field(default_factory=dict)
    """The times that change, as they are."""
    new_halls: list[str] = field(default_factory=list)
    halls: frozenset[str] = frozenset()
    """All of its halls, afterwards."""
    sealed: frozenset[str] = frozenset()
    """Those whose record is sealed: nothing of their rosters changes."""

    @property
    def what(self) -> What:
        """What happens to it."""
        if self.id is None:
            return "added"
        return "changed" if self.before or self.new_halls else "unchanged"


@dataclass
class EntryPlan:
    """One line of a roster."""

    sitting: int
    """Its place in `Plan.sittings`."""
    student_id: str
    what: What
    place: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    id: int | None = None
    line: int = 0


@dataclass
class StudentPlan:
    """One student who is made, or whose name or email address changes."""

    id: str
    what: What
    name: str
    email: str | None
    before: dict[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass
class ExamPlan:
    """One exam that is made, or whose subject changes."""

    code: str
    what: What
    subject: str
    before: str = ""
    line: int = 0


@dataclass
class WatchPlan:
    """One invigilator who is assigned to a hall of a sitting."""

    sitting: int
    user_id: int
    hall: str
    line: int = 0


@dataclass
class Plan:
    """Everything that an import does, and what stands against it."""

    halls: list[tuple[str, int]] = field(default_factory=list)
    """Halls that are made, with the line that names each first."""
    exams: list[ExamPlan] = field(default_factory=list)
    sittings: list[SittingPlan] = field(default_factory=list)
    students: list[StudentPlan] = field(default_factory=list)
    entries: list[EntryPlan] = field(default_factory=list)
    watches: list[WatchPlan] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    """While there are any, nothing can be applied."""
    clashes: list[RowProblem] = field(default_factory=list)
    """What can be applied, but only by one who has seen it."""

    @property
    def changes(self) -> bool:
        """Whether it does anything."""
        return any(number for name, number in self.counts().items() if name != "unchanged")

    def counts(self) -> dict[str, int]:
        """Return how many of each kind of change there are."""
        entries = [entry.what for entry in self.entries]
        return {
            "added": entries.count("added"),
            "changed": entries.count("changed"),
            "removed": entries.count("removed"),
            "unchanged": entries.count("unchanged"),
            "students_created": sum(one.what == "added" for one in self.students),
            "students_changed": sum(one.what == "changed" for one in self.students),
            "exams_created": sum(one.what == "added" for one in self.exams),
            "exams_changed": sum(one.what == "changed" for one in self.exams),
            "sittings_created": sum(one.what == "added" for one in self.sittings),
            "sittings_changed": sum(one.what == "changed" for one in self.sittings),
            "halls_created": len(self.halls),
            "invigilators_assigned": len(self.watches),
        }

    def fingerprint(self) -> str:
        """Return the same text for the same changes of the same things, and another one for any other."""
        parts = [
            self.halls,
            [vars(one) for one in (*self.exams, *self.students, *self.watches, *self.sittings)],
            [vars(one) for one in self.entries if one.what != "unchanged"],
            sorted(one.where + one.code + one.message for one in (*self.problems, *self.clashes)),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
