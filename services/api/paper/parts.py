"""What a page is made of: text, facts in two columns, tables that begin anew on each page, lines to sign on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import Color, black
from reportlab.platypus import Flowable

from services.api.paper.lettering import BASELINE, LEADING, Align, draw_lines, width_of, wrap

GREY = Color(0.35, 0.35, 0.35)
LINE = Color(0.7, 0.7, 0.7)
SHADE = Color(0.94, 0.94, 0.94)
TICK = "\x00tick"
"""A cell with a box to tick by hand."""
TICKED = "\x00ticked"
"""A cell with a box that is ticked."""
_BOXES = frozenset({TICK, TICKED})
_PAD = 3.0


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    share: float = 1.0
    """Of the width, against the other columns' shares."""
    align: Align = "left"
    size: float | None = None
    """Letter size, where it is not the table's."""
    bold: bool = False


class Text(Flowable):  # type: ignore[misc]
    """A paragraph in any script."""

    def __init__(self, text: str, size: float, *, bold: bool = False, grey: bool = False, after: float = 4) -> None:
        super().__init__()
        self._text, self._size, self._bold, self._grey, self._after = text, size, bold, grey, after
        self._lines: list[str] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Break it into lines."""
        self._lines = wrap(self._text, self._size, width)
        self.width, self.height = width, len(self._lines) * LEADING * self._size + self._after
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Go on on the next page."""
        self.wrap(width, height)
        room = int(height / (LEADING * self._size))
        if room < 1 or room >= len(self._lines):
            return []
        look = {"bold": self._bold, "grey": self._grey}
        first, rest = "\n".join(self._lines[:room]), "\n".join(self._lines[room:])
        return [Text(first, self._size, after=0, **look), Text(rest, self._size, after=self._after, **look)]

    def draw(self) -> None:
        """Draw it."""
        self.canv.setFillColor(GREY if self._grey else black)
        draw_lines(self.canv, 0, self.height, self._lines, self._size, bold=self._bold)
        self.canv.setFillColor(black)


@dataclass
class _Row:
    cells: list[list[str]]
    """Each cell's lines."""
    height: float
    boxes: list[str] = field(default_factory=list)
    """For each cell `TICK`, `TICKED` or nothing."""


class Table(Flowable):  # type: ignore[misc]
    """Rows below a header that is there again on each page; a row is never torn apart."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        size: float,
        *,
        row_height: float = 0,
        shaded: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self._columns, self._rows, self._size, self._least = list(columns), list(rows), size, row_height
        self._shaded = frozenset(shaded)
        self._set: list[_Row] = []
        self._widths: list[float] = []
        self._set_for: float | None = None

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Set all rows."""
        self._lay_out(width)
        self.width, self.height = width, sum(row.height for row in self._set)
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Put as many rows on this page as it holds, and the others below the header again."""
        self._lay_out(width)
        used, count = self._set[0].height, 0
        for row in self._set[1:]:
            if used + row.height > height:
                break
            used, count = used + row.height, count + 1
        if count == 0:
            return []
        return [self._part(0, count), self._part(count, len(self._rows))]

    def draw(self) -> None:
        """Draw header and rows."""
        top = self.height
        for number, row in enumerate(self._set):
            self._draw_row(row, top, header=number == 0, shaded=number - 1 in self._shaded)
            top -= row.height

    def _part(self, start: int, end: int) -> "Table":
        shaded = [row - start for row in self._shaded if start <= row < end]
        part = Table(self._columns, self._rows[start:end], self._size, row_height=self._least, shaded=shaded)
        part._widths, part._set_for = self._widths, self._set_for
        part._set = [self._set[0], *self._set[1 + start : 1 + end]]
        return part

    def _lay_out(self, width: float) -> None:
        if self._set_for == width:
            return
        self._set_for = width
        shares = sum(column.share for column in self._columns)
        self._widths = [width * column.share / shares for column in self._columns]
        self._set = [self._header(), *(self._row(row) for row in self._rows)]

    def _header(self) -> _Row:
        size = min(self._size, 9.0)
        cells = [
            wrap(column.title, size, width - 2 * _PAD)
            for column, width in zip(self._columns, self._widths, strict=True)
        ]
        return _Row(cells, max(len(lines) for lines in cells) * LEADING * size + 2 * _PAD)

    def _row(self, row: Sequence[str]) -> _Row:
        cells, heights = [], [self._least]
        for column, width, cell in zip(self._columns, self._widths, row, strict=True):
            size = column.size or self._size
            lines = [] if cell in _BOXES else wrap(cell, size, width - 2 * _PAD)
            cells.append(lines)
            heights.append(len(lines) * LEADING * size + self._drop(size) + 2 * _PAD)
        return _Row(cells, max(heights), [cell if cell in _BOXES else "" for cell in row])

    def _draw_row(self, row: _Row, top: float, *, header: bool, shaded: bool) -> None:
        canvas, left = self.canv, 0.0
        if header or shaded:
            canvas.setFillColor(SHADE)
            canvas.rect(0, top - row.height, self.width, row.height, stroke=0, fill=1)
            canvas.setFillColor(black)
        for number, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            size = min(self._size, 9.0) if header else column.size or self._size
            self._draw_cell(row.cells[number], left, width, top, size, column, header=header)
            if not header and row.boxes[number]:
                size = min(self._size * 1.2, row.height - 2 * _PAD)
                _box(canvas, left + _PAD, top - row.height / 2, size, ticked=row.boxes[number] == TICKED)
            left += width
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(0, top - row.height, self.width, top - row.height)
        canvas.setStrokeColor(black)

    def _draw_cell(
        self,
        lines: list[str],
        left: float,
        width: float,
        top: float,
        size: float,
        column: Column,
        *,
        header: bool,
    ) -> None:
        at = {"left": left + _PAD, "centre": left + width / 2, "right": left + width - _PAD}[column.align]
        drop = 0.0 if header else self._drop(size)
        draw_lines(self.canv, at, top - _PAD - drop, lines, size, align=column.align, bold=header or column.bold)

    def _drop(self, size: float) -> float:
        """How far smaller letters go down, to stand on one line with the largest."""
        return BASELINE * (max(column.size or self._size for column in self._columns) - size)


class Facts(Flowable):  # type: ignore[misc]
    """Pairs of a word and what it is, below each other."""

    def __init__(self, pairs: Sequence[tuple[str, str]], size: float) -> None:
        super().__init__()
        self._pairs, self._size = list(pairs), size
        self._label = max((width_of(label, size) for label, _ in pairs), default=0.0) + 12
        self._lines: list[list[str]] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Break the values into lines."""
        self._label = min(self._label, width * 0.5)
        self._lines = [wrap(value, self._size, width - self._label) for _, value in self._pairs]
        self.width, self.height = width, sum(map(len, self._lines)) * LEADING * self._size + 6
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Go on on the next page."""
        self.wrap(width, height)
        used, count = 0.0, 0
        for lines in self._lines:
            used += len(lines) * LEADING * self._size
            if used > height:
                break
            count += 1
        if count in (0, len(self._pairs)):
            return []
        return [Facts(self._pairs[:count], self._size), Facts(self._pairs[count:], self._size)]

    def draw(self) -> None:
        """Draw them."""
        top = self.height
        for (label, _), lines in zip(self._pairs, self._lines, strict=True):
            self.canv.setFillColor(GREY)
            draw_lines(self.canv, 0, top, [label], self._size)
            self.canv.setFillColor(black)
            draw_lines(self.canv, self._label, top, lines, self._size)
            top -= len(lines) * LEADING * self._size


class SignHere(Flowable):  # type: ignore[misc]
    """A line for each name to sign on."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self._labels = list(labels)

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Take the whole width, side by side."""
        self.width, self.height = width, 48.0
        return self.width, self.height

    def draw(self) -> None:
        """Draw the lines."""
        wide = self.width / max(1, len(self._labels))
        for number, label in enumerate(self._labels):
            self.canv.setLineWidth(0.7)
            self.canv.line(number * wide, 18, (number + 1) * wide - 12, 18)
            self.canv.setFillColor(GREY)
            draw_lines(self.canv, number * wide, 16, wrap(label, 9, wide - 12)[:1], 9)
            self.canv.setFillColor(black)


def _box(canvas: Any, left: float, middle: float, size: float, *, ticked: bool) -> None:
    bottom = middle - size / 2
    canvas.setLineWidth(0.9)
    canvas.rect(left, bottom, size, size, stroke=1, fill=0)
    if ticked:
        canvas.setLineWidth(1.8)
        canvas.line(left + 0.2 * size, bottom + 0.5 * size, left + 0.42 * size, bottom + 0.2 * size)
        canvas.line(left + 0.42 * size, bottom + 0.2 * size, left + 0.85 * size, bottom + 0.85 * size)
