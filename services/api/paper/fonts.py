"""The fonts on paper: Noto Sans for five families of scripts, and the reader's own for Chinese, Japanese and Korean."""

import threading
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

LATIN = "NeroSans"
_NOTO = {
    LATIN: ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
    "NeroSansArabic": ("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf"),
    "NeroSansDevanagari": ("fontpkg_noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf"),
    "NeroSansTamil": ("fontpkg_noto_sans_tamil", "NotoSansTamil[wdth,wght].ttf"),
    "NeroSansThai": ("fontpkg_noto_sans_thai", "NotoSansThai[wdth,wght].ttf"),
}
CHINESE, JAPANESE, KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
"""Not embedded: they would be ten times everything else. A PDF reader puts the machine's own letters in their place."""
_EAST_ASIA = (
    (0x1100, 0x11FF, KOREAN),
    (0x3040, 0x30FF, JAPANESE),
    (0x3130, 0x318F, KOREAN),
    (0xAC00, 0xD7A3, KOREAN),
    (0x2E80, 0x9FFF, CHINESE),
    (0xF900, 0xFAFF, CHINESE),
    (0xFE30, 0xFE4F, CHINESE),
    (0xFF00, 0xFFEF, CHINESE),
)
_PRIVATE = 0xE000
_loading = threading.Lock()


@dataclass(frozen=True)
class Noto:
    """One loaded font, and HarfBuzz's view of it."""

    font: Any
    shaper: Any

    @property
    def letters(self) -> Any:
        """Letter (code point) to glyph."""
        return self.font.face.charToGlyph


def noto() -> dict[str, Noto]:
    """Return the embedded fonts, loaded once in a process."""
    with _loading:
        return _noto()


@cache
def _noto() -> dict[str, Noto]:
    for name in (CHINESE, JAPANESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return {name: _load(name, package, file) for name, (package, file) in _NOTO.items()}


def font_of(letter: str, before: str | None) -> str:
    """Return the font of a letter: that of the letter before where it has it, so that words stay together."""
    code, loaded = ord(letter), noto()
    if before in loaded and before != LATIN and not letter.isascii() and code in loaded[before].letters:
        return before
    if before in loaded and before != LATIN and letter == " ":
        return before
    for name, one in loaded.items():
        if code in one.letters:
            return name
    if before in (JAPANESE, KOREAN) and 0x2E80 <= code <= 0x9FFF:
        return before  # these letters are all three languages'
    return next((name for first, last, name in _EAST_ASIA if first <= code <= last), LATIN)


def missing(text: str) -> bool:
    """Tell whether some letter of a text is in no font: a box stands for it on paper."""
    return any(font_of(letter, None) == LATIN and ord(letter) not in noto()[LATIN].letters for letter in text)


def is_embedded(name: str) -> bool:
    """Tell whether a font is one of ours, which are shaped and embedded."""
    return name in _NOTO


def _load(name: str, package: str, file: str) -> Noto:
    path = resources.files(package) / "files" / file
    font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    shaper = uharfbuzz.Font(font.hbFace)
    _name_every_glyph(font, shaper)
    return Noto(font, shaper)


def _name_every_glyph(font: Any, shaper: Any) -> None:
    """Give every glyph without a letter a private one, always the same: reportlab would as it meets them.

    Then a document's bytes would depend on what the process printed before.
    """
    face, private = font.face, _PRIVATE
    for glyph in range(face.numGlyphs):
        if glyph in face.glyphToChar:
            continue
        while private in face.charToGlyph:
            private += 1
        face.charToGlyph[private] = glyph
        face.glyphToChar[glyph] = [private]
        face.charWidths[private] = font.pdfScale(shaper.get_glyph_h_advance(glyph))
        private += 1
