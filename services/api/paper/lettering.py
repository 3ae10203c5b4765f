"""Setting text of any script: how wide it is, where it breaks, and drawing it."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import uharfbuzz
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr

from services.api.paper.fonts import LATIN, font_of, is_embedded, missing, noto
from services.api.paper.scripts import Piece, cleaned, pieces

Align = Literal["left", "centre", "right"]
LEADING = 1.45
"""Height of a line for a letter size of 1: Arabic and Thai reach high and low."""
BASELINE = 1.05
"""How far below a line's top its letters stand, for a letter size of 1."""
_BOLD_STROKE = 0.035
_GETA = "〓"
"""What printers set for a letter that they have no type of."""


@dataclass(frozen=True)
class Setting:
    """A piece as it is drawn: its glyphs, and its width for a letter size of 1."""

    text: str
    font: str
    width: float


def width_of(text: str, size: float) -> float:
    """Return the width of a line, in points."""
    return sum(piece.width for piece in setting(text)) * size


def draw(canvas: Any, x: float, y: float, text: str, size: float, *, align: Align = "left", bold: bool = False) -> None:
    """Draw one line with its baseline at `y`; `x` is its left end, its middle or its right end."""
    left = x - {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * width_of(text, size)
    for piece in setting(text):
        line = canvas.beginText(left, y)
        line.setFont(piece.font, size)
        if bold:  # the fonts are the regular ones: a thin outline makes them heavier
            canvas.setLineWidth(_BOLD_STROKE * size)
            line.setTextRenderMode(2)
        line._textOut(piece.text)  # noqa: SLF001 - `textOut` measures the glyphs as if they were letters
        if bold:
            line.setTextRenderMode(0)
        canvas.drawText(line)
        left += piece.width * size


def draw_lines(
    canvas: Any, x: float, top: float, lines: list[str], size: float, *, align: Align = "left", bold: bool = False
) -> None:
    """Draw lines below each other, the first one's box beginning at `top`."""
    for number, line in enumerate(lines):
        baseline = top - (number * LEADING + BASELINE) * size
        draw(canvas, x, baseline, line, size, align=align, bold=bold)


def wrap(text: str, size: float, width: float) -> list[str]:
    """Break a text into lines no wider than `width`: at spaces, and inside a word where it is too long for a line."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in cleaned(paragraph).split():
            joined = f"{line} {word}" if line else word
            if width_of(joined, size) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = _break_word(word, size, width)
            lines.extend(full)
        lines.append(line)
    return lines


def fitting_size(text: str, size: float, width: float, smallest: float) -> float:
    """Return the size at which a line is as wide as it may be, between `smallest` and `size`."""
    wide = width_of(text, size)
    return size if wide <= width else max(smallest, size * width / wide)


def setting(text: str) -> tuple[Setting, ...]:
    """Return a line's pieces from left to right."""
    return _setting(cleaned(text))


@lru_cache(maxsize=4096)
def _setting(text: str) -> tuple[Setting, ...]:
    return tuple(_set(piece) for piece in pieces(text, font_of))


def _set(piece: Piece) -> Setting:
    if not is_embedded(piece.font):
        text = "".join(letter if ord(letter) < 0x10000 else _GETA for letter in piece.text)
        return Setting(text, piece.font, stringWidth(text, piece.font, 1))
    plain = piece.font == LATIN and not piece.right_to_left
    if plain and not missing(piece.text) and not any(map(unicodedata.combining, piece.text)):
        return Setting(piece.text, piece.font, stringWidth(piece.text, piece.font, 1))
    return _shaped(piece)


def _shaped(piece: Piece) -> Setting:
    """Let HarfBuzz join and order the letters; reportlab draws what it is told."""
    loaded = noto()[piece.font]
    face, scale, buffer = loaded.font.face, loaded.font.pdfScale, uharfbuzz.Buffer()
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.add_str(piece.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if piece.right_to_left else "ltr"
    uharfbuzz.shape(loaded.shaper, buffer, {"kern": True, "liga": True})
    letters, data = [], []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        code = face.glyphToChar[info.codepoint][0]
        letters.append(chr(code))
        moves = (position.x_advance, position.y_advance, position.x_offset, position.y_offset)
        data.append(ShapeData(info.cluster, *map(scale, moves), face.charWidths[code]))
    width = sum(one.x_advance for one in data) / 1000
    return Setting(ShapedStr("".join(letters), shapeData=data), piece.font, width)


def _break_word(word: str, size: float, width: float) -> list[str]:
    lines, line = list[str](), ""
    for cluster in _clusters(word):
        if line and width_of(line + cluster, size) > width:
            lines.append(line)
            line = ""
        line += cluster
    return [*lines, line]


def _clusters(word: str) -> list[str]:
    """Cut a word where a line may break: never between a letter and its marks."""
    found: list[str] = []
    for letter in word:
        if found and (unicodedata.category(letter).startswith("M") or letter in "\u200c\u200d"):
            found[-1] += letter
        else:
            found.append(letter)
    return found
