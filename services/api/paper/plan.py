"""A hall's plan, drawn: each seat a box with its table, its name and its number, over as many pages as it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reportlab.lib.colors import black
from reportlab.platypus import Flowable

from services.api.paper.lettering import LEADING, draw, draw_lines, fitting_size, width_of, wrap
from services.api.paper.parts import GREY, LINE, SHADE

Seat = tuple[int, int]
LEAST_WIDTH, LEAST_HEIGHT = 60.0, 38.0
_MOST_HEIGHT = 64.0
_LEAST_WORD, _LEAST_SIZE = 6.5, 3.5
"""A long word is set smaller before it is broken; a long name smaller still, before it would be cut."""
_EDGE = 18.0
"""Room for the row's letters at the left, and for the columns' numbers on top."""


@dataclass(frozen=True)
class Box:
    """What stands in one seat."""

    label: str
    name: str = ""
    number: str = ""
    grey: bool = False
    """Somebody of another exam."""
    blocked: bool = False


@dataclass(frozen=True)
class Tile:
    """The part of a plan that is on one page: rows and columns, from 1, both ends included."""

    rows: tuple[int, int]
    columns: tuple[int, int]


def tiles(rows: int, columns: int, width: float, height: float) -> list[Tile]:
    """Cut a plan into pages on which every seat is large enough to read."""
    down = max(1, int((height - _EDGE) / LEAST_HEIGHT))
    across = max(1, int((width - _EDGE) / LEAST_WIDTH))
    return [Tile(row, column) for row in _cut(rows, down) for column in _cut(columns, across)]


class SeatsDrawn(Flowable):  # type: ignore[misc]
    """One tile of a plan."""

    def __init__(self, tile: Tile, boxes: Mapping[Seat, Box], height: float) -> None:
        super().__init__()
        self._tile, self._boxes, self._most = tile, boxes, height
        self._cell = (0.0, 0.0)

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Take the whole width."""
        rows, columns = _count(self._tile.rows), _count(self._tile.columns)
        high = min(_MOST_HEIGHT, (self._most - _EDGE) / rows)
        self._cell = (min(140.0, (width - _EDGE) / columns), high)
        self.width, self.height = width, high * rows + _EDGE
        return self.width, self.height

    def draw(self) -> None:
        """Draw the seats, the first row on top."""
        wide, high = self._cell
        (first_row, last_row), (first_column, last_column) = self._tile.rows, self._tile.columns
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                left = _EDGE + (column - first_column) * wide
                top = self.height - _EDGE - (row - first_row) * high
                self._draw_seat(self._boxes.get((row, column)), left, top)
        for column in range(first_column, last_column + 1):
            middle = _EDGE + (column - first_column + 0.5) * wide
            draw(self.canv, middle, self.height - 11, str(column), 8.5, align="centre")

    def _draw_seat(self, box: Box | None, left: float, top: float) -> None:
        wide, high = self._cell
        canvas = self.canv
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.6)
        canvas.setFillColor(SHADE)
        canvas.rect(left + 1.5, top - high + 1.5, wide - 3, high - 3, fill=1 if box and box.blocked else 0)
        canvas.setStrokeColor(black)
        if box is None or box.blocked:
            canvas.setFillColor(black)
            return
        canvas.setFillColor(GREY)
        draw(canvas, left + 5, top - 11, box.label, 8, bold=not box.grey)
        draw(canvas, left + wide - 5, top - 11, box.number, fitting_size(box.number, 7.5, wide - 38, 4), align="right")
        canvas.setFillColor(GREY if box.grey else black)
        self._draw_name(box.name, left + 5, top - 14, wide - 10, high - 17)
        canvas.setFillColor(black)

    def _draw_name(self, name: str, left: float, top: float, width: float, height: float) -> None:
        """Set a name as large as fits; it is never cut, only smaller."""
        size = 10.0
        while size > _LEAST_WORD and any(width_of(word, size) > width for word in name.split()):
            size -= 0.5
        while size > _LEAST_SIZE and len(wrap(name, size, width)) * LEADING * size > height:
            size -= 0.5
        draw_lines(self.canv, left, top, wrap(name, size, width), size)


def _cut(count: int, most: int) -> Iterator[tuple[int, int]]:
    parts = -(-count // most)
    size = -(-count // parts)
    for start in range(1, count + 1, size):
        yield start, min(count, start + size - 1)


def _count(ends: tuple[int, int]) -> int:
    return ends[1] - ends[0] + 1
