"""CSV in and out: any spreadsheet's file is read, and what is written opens right and harmless."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pydantic import ValidationError

from services.api.office.rosters import Placed, RosterRow
from services.api.office.table_files import csv_lines, text_of
from services.api.problems import RowProblem, unfit
from services.api.words import wrong_field

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's old code page."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = {
    "student_id": "student_id",
    "student": "student_id",
    "id": "student_id",
    "name": "name",
    "hall": "hall",
    "table_number": "table",
    "table": "table",
    "row": "row",
    "col": "col",
    "column": "col",
    "note": "note",
}
_NEEDED = ("student_id", "hall")


def safe_cell(value: object) -> str:
    """Return the text of a cell that no spreadsheet takes for a formula (OWASP, CSV injection); a number is none.

    >>> safe_cell("=1+1")
    "'=1+1"
    >>> safe_cell(-1)
    '-1'
    """
    text = "" if value is None else str(value)
    harmless = isinstance(value, int | float) or not text.startswith(_FORMULA_STARTS)
    return text if harmless else f"'{text}"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file: UTF-8 with its mark, lines as RFC 4180 has them, no cell a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return (BOM + out.getvalue()).encode()


def stream_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Give the same file piece by piece, for as many rows as one likes."""
    left = iter(rows)
    yield write_csv(header, ())
    while piece := list(islice(left, 1_000)):
        out = io.StringIO(newline="")
        csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in piece)
        yield out.getvalue().encode()


def read_roster(data: bytes) -> list[Placed]:
    """Read a roster: columns student_id, hall, and where there are any name, table_number, row, col, note.

    Raises:
        Problem: 422 with every line that is wrong.
    """
    lines = csv_lines(text_of(data))
    header = _header(next(lines, (1, []))[1])
    placed: list[Placed] = []
    wrong: list[RowProblem] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            placed.append(Placed(f"line {number}", _row(header, cells)))
        except ValidationError as error:
            wrong += [wrong_field(f"line {number}, {'.'.join(map(str, one['loc']))}", one) for one in error.errors()]
    if wrong:
        raise unfit(
            "wrong_rows",
            f"{len(wrong)} cells are wrong; nothing was changed.",
            wrong[0].where,
            wrong[:200],
            count=len(wrong),
        )
    return placed


def _header(cells: list[str]) -> list[str | None]:
    header = [_COLUMNS.get(cell.strip().lower().replace(" ", "_")) for cell in cells]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        named = ", ".join(missing)
        raise unfit("missing_columns", f"The first line must name the columns {named}.", "line 1", columns=named)
    return header


def _row(header: list[str | None], cells: list[str]) -> RosterRow:
    fields = {name: unquoted(cell.strip()) for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
    return RosterRow.model_validate(fields)


def unquoted(cell: str) -> str:
    """Take off the mark that `safe_cell` put on."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell
