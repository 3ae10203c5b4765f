"""Files of a report: CSV, a workbook, a PDF. What people typed stays text: no cell is ever a formula."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from services.api.office.reports.arrival_bars import ArrivalBars
from services.api.office.reports.shapes import Format
from services.api.office.reports.tables import Cell, Document, Sheet, arrivals_sheet
from services.api.office.tables_csv import write_csv
from services.api.paper import Column, Paper
from services.api.words import Words

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_SHEET_NAME_LETTERS = 31
"""More of them Excel does not take."""
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDE_FROM = 9
"""Columns from which on a report is printed across."""


def write(document: Document, wanted: Format, words: Words, printed_at: datetime) -> bytes:
    """Return the report as a file."""
    if wanted == "csv":
        return as_csv(document, words)
    return as_xlsx(document, words) if wanted == "xlsx" else as_pdf(document, words, printed_at)


def as_csv(document: Document, words: Words) -> bytes:
    """Return all of its tables below each other, each with its title, a blank line between them."""
    return write_csv((document.title, document.about), _csv_rows(document, words))


def as_xlsx(document: Document, words: Words) -> bytes:
    """Return a workbook with a sheet for each table; numbers are numbers, and text is text."""
    from openpyxl import Workbook  # it takes a third of a second, which only who wants one should wait for

    book = Workbook(write_only=True)
    facts = [(document.title, document.about), *([(document.warning,)] if document.warning else []), *document.facts]
    _fill(book.create_sheet(_sheet_name(document.title)), [], facts)
    for sheet in _sheets(document, words):
        _fill(book.create_sheet(_sheet_name(sheet.title)), sheet.columns, sheet.rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_pdf(document: Document, words: Words, printed_at: datetime) -> bytes:
    """Return it to print."""
    wide = any(len(sheet.columns) > _WIDE_FROM for sheet in document.sheets)
    paper = Paper(
        words, title=document.title, about=document.about, printed_at=printed_at, zone=document.zone, wide=wide
    )
    if document.warning:
        paper.text(document.warning, bold=True)
    paper.facts([(label, _text(value)) for label, value in document.facts])
    if document.arrivals.labels:
        paper.heading(document.arrivals.title)
        paper.add(ArrivalBars(document.arrivals, words))
    for sheet in document.sheets:
        paper.heading(sheet.title)
        if not sheet.rows:
            paper.text(words.say("report.none"), grey=True)
            continue
        shares = sheet.shares or [1.0] * len(sheet.columns)
        columns = [Column(title, share) for title, share in zip(sheet.columns, shares, strict=True)]
        paper.table(columns, [[_text(cell) for cell in row] for row in sheet.rows], size=8.5)
    return paper.pdf()


def _sheets(document: Document, words: Words) -> list[Sheet]:
    """Return a document's tables; what paper draws as bars is one more."""
    bars = [arrivals_sheet(document.arrivals, words)] if document.arrivals.labels else []
    return [*document.sheets, *bars]


def _csv_rows(document: Document, words: Words) -> Iterator[Sequence[object]]:
    if document.warning:
        yield (document.warning,)
    yield from document.facts
    for sheet in _sheets(document, words):
        yield ()
        yield (sheet.title,)
        yield sheet.columns
        yield from sheet.rows


def _fill(sheet: Any, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    if columns:
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, title) for title in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Cell) -> Any:
    """A text that begins with = is a text: its type is said, not guessed."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


def _sheet_name(title: str) -> str:
    return title.translate(_NOT_IN_NAMES)[:_SHEET_NAME_LETTERS].strip() or "1"


def _text(value: Cell) -> str:
    return "–" if value is None else str(value)


__all__ = ["MEDIA_TYPES", "Document", "Sheet", "write"]
