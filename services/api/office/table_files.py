"""A table from outside, whatever it came as: CSV of any spreadsheet, XLSX, or cells pasted from one. Lines out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from services.api.problems import unfit

MAX_ROWS = 250_000
MAX_COLUMNS = 64
MAX_CELLS = 4_000_000
_XLSX = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    number: int
    """As the spreadsheet counts it, from 1."""
    cells: list[str]


def read_lines(data: bytes) -> Iterator[Line]:
    """Give the rows of a CSV, an XLSX or a pasted table, without empty ones.

    Raises:
        Problem: 422, it is none of these, or larger than a table of people can be.
    """
    if data.startswith(_OLD_EXCEL):
        raise unfit("old_excel", "This is the Excel format of before 2007: save it as .xlsx or as CSV UTF-8.")
    if data.startswith(_XLSX):
        from services.api.office.table_xlsx import xlsx_lines

        return _within_limits(xlsx_lines(data))
    return _within_limits(Line(number, cells) for number, cells in csv_lines(text_of(data)))


def text_of(data: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 where it says so (Excel's “Unicode text”).

    Raises:
        Problem: 422, it is no text.
    """
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16) and len(data) % 2 == 0 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise unfit("not_utf8", "The file is not UTF-8: save it as “CSV UTF-8”.", f"byte {error.start}") from error
    if "\0" in text:
        raise unfit("not_csv", "The file is not text: save the sheet as “CSV UTF-8”.")
    return text


def csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the number of each row's last line, and its cells; comma, semicolon or tab, whichever the first line has.

    Raises:
        Problem: 422, it is no CSV.
    """
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise unfit("not_csv", f"Line {reader.line_num} is not CSV: {error}.", f"line {reader.line_num}") from error


def _within_limits(lines: Iterator[Line]) -> Iterator[Line]:
    cells = 0
    for count, line in enumerate(lines):
        cells += len(line.cells)
        if count > MAX_ROWS or cells > MAX_CELLS:
            raise unfit("too_many_rows", f"The table has more than {MAX_ROWS} rows: send it in parts.", most=MAX_ROWS)
        if len(line.cells) > MAX_COLUMNS and any(cell.strip() for cell in line.cells[MAX_COLUMNS:]):
            text = f"The table has more than {MAX_COLUMNS} columns."
            raise unfit("too_many_columns", text, f"line {line.number}", most=MAX_COLUMNS)
        if any(cell.strip() for cell in line.cells):
            yield line
