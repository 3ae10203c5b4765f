"""XLSX, read and never trusted: sizes are looked at before anything is unpacked, and rows are read as they come."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from services.api.office.table_files import MAX_COLUMNS, MAX_ROWS, Line
from services.api.problems import Problem, unfit

MAX_UNPACKED_BYTES = 200_000_000
MAX_MEMBERS = 2_000
_LOOK_BYTES = 1 << 16
_WHY = "The file is no .xlsx that can be read: open it in a spreadsheet and save it again, or save it as CSV UTF-8."


def xlsx_lines(data: bytes) -> Iterator[Line]:
    """Give the rows of the first visible sheet.

    Raises:
        Problem: 422, no workbook, or one that unpacks to more than a table can be.
    """
    check_package(data)
    from openpyxl import load_workbook  # it takes a third of a second, which only who sends one should wait for

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
        if sheet is None:
            raise unfit("not_xlsx", "The workbook has no sheet to read.")
        sheet.reset_dimensions()  # what a file says of its own size is not to be believed
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
            if number > MAX_ROWS + 1:
                raise unfit(
                    "too_many_rows", f"The table has more than {MAX_ROWS} rows: send it in parts.", most=MAX_ROWS
                )
            cells = [cell_text(cell.value, getattr(cell, "number_format", "")) for cell in row]
            if any(cells):
                yield Line(number, cells)
    except Problem:
        raise
    except Exception as error:  # openpyxl fails on a broken file in every way there is
        raise unfit("not_xlsx", _WHY) from error


def check_package(data: bytes) -> None:
    """Look at the package's table of contents, and for entities in its documents, before any of it is read.

    Raises:
        Problem: 422.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            if "[Content_Types].xml" not in package.namelist():
                raise unfit("not_xlsx", _WHY)
            unpacked = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
                raise unfit(
                    "xlsx_too_large", f"The workbook unpacks to {unpacked} bytes; {MAX_UNPACKED_BYTES} at most."
                )
            if any(_declares_entities(package, member) for member in members):
                raise unfit("not_xlsx", _WHY)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise unfit("not_xlsx", _WHY) from error


def cell_text(value: Any, number_format: str = "") -> str:
    """Return a cell as it would be typed: dates as ISO, whole numbers without a point, leading zeros as formatted.

    >>> cell_text(7.0, "00000")
    '00007'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float | int) and float(value).is_integer():
        digits = str(int(value))
        return digits.zfill(len(number_format)) if number_format.strip("0") == "" else digits
    return str(value).strip()


def _declares_entities(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """A spreadsheet's documents declare none: who does wants a few bytes to become many."""
    if not member.filename.endswith((".xml", ".rels")):
        return False
    with package.open(member) as document:
        head = document.read(_LOOK_BYTES)
        return b"<!DOCTYPE" in head or b"<!ENTITY" in head
