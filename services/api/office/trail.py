"""What is said of rosters in the audit log: by sitting and by id, what was there and what is."""

from services.api.db.tables import RosterEntry
from services.api.office.work import Facts, Work

MOST_ROWS_SAID = 200
"""Rows of one entry of the chain; more of them are said in as many entries as it takes, so that each can be read."""


class Trail:
    """Rows of rosters that came, changed or went, gathered by sitting: one entry for many, not one for each row."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, tuple[Facts | None, Facts | None]]] = {}

    @property
    def sittings(self) -> list[int]:
        """The sittings that something is said of."""
        return sorted(self._rows)

    def say(self, sitting_id: int, student_id: str, before: Facts | None, after: Facts | None) -> None:
        """Add a row; None: it was not, or is no more, on this roster."""
        self._rows.setdefault(sitting_id, {})[student_id] = (before, after)

    def note(self, work: Work) -> None:
        """Write the entries of the chain, each as `roster.edit` of a sitting."""
        for sitting_id in self.sittings:
            rows = self._rows[sitting_id]
            students = sorted(rows)
            for at in range(0, len(students), MOST_ROWS_SAID):
                some = students[at : at + MOST_ROWS_SAID]
                before: Facts = {student_id: rows[student_id][0] for student_id in some}
                after: Facts = {student_id: rows[student_id][1] for student_id in some}
                work.note("roster.edit", f"sitting:{sitting_id}", before=before, after=after, sitting_id=sitting_id)


def place_facts(hall: str, table: str, row: int | None, column: int | None, note: str) -> Facts:
    """Return what is said of one place; a note by its length: what it says may be about a person."""
    facts: Facts = {"hall": hall, "table": table}
    if row is not None or column is not None:
        facts |= {"row": row, "col": column}
    return {**facts, "note_characters": len(note)} if note else facts


def entry_facts(entry: RosterEntry) -> Facts:
    """Return the same of a roster's row."""
    return place_facts(entry.hall_id, entry.table_label, entry.row, entry.col, entry.note)
