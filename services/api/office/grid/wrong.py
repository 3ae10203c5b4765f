"""Bad cells, gathered so that a save names them all at once: row, column and reason."""

from services.api.office.grid.shapes import Column
from services.api.problems import Problem, RowProblem
from services.api.words import FALLBACK, row_problem, words_of

SHOWN = 500
_CONFLICTS = frozenset({"changed_meanwhile", "gone"})


class Wrong:
    """What is wrong with a save."""

    def __init__(self) -> None:
        self.problems: list[RowProblem] = []
        self._cells: set[str] = set()

    def cell(self, key: str, column: Column, code: str, **values: str) -> None:
        """Name a bad cell; of two reasons the first counts."""
        where = f"{key}, {column}"
        if where in self._cells:
            return
        self._cells.add(where)
        self.problems.append(row_problem(where, code, **values))

    def row_is_bad(self, key: str) -> bool:
        """Tell whether something of a row is bad."""
        return any(where.startswith(f"{key}, ") for where in self._cells)

    def refuse(self) -> None:
        """Refuse the save if anything is wrong.

        Raises:
            Problem: 409 where somebody else changed something meanwhile, else 422; with every bad cell.
        """
        if not self.problems:
            return
        meanwhile = any(problem.code in _CONFLICTS for problem in self.problems)
        status, code = (409, "grid_conflict") if meanwhile else (422, "grid_wrong")
        message = words_of(FALLBACK).say(f"problem.{code}", count=len(self.problems))
        shown = self.problems[:SHOWN]
        raise Problem(status, code, message, shown[0].where, shown, count=len(self.problems))
