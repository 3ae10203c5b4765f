"""What a seat of a hall's plan is called: rows are letters (A … Z, AA …), columns numbers, both from 1: `C-14`."""

import re

_LABEL = re.compile(r"\s*([A-Za-z]{1,3})\s*-?\s*0{0,3}([1-9][0-9]{0,3})\s*")
_LETTERS = 26


def label(row: int, col: int) -> str:
    """Return the label of a seat: row 3, column 14 is `C-14`.

    Raises:
        ValueError: rows and columns begin at 1.
    """
    if row < 1 or col < 1:
        raise ValueError(f"no seat stands at row {row}, column {col}: both begin at 1")
    return f"{row_letters(row)}-{col}"


def place(text: str) -> tuple[int, int] | None:
    """Return the row and column that a label means, however it was typed (`c14`, `C 14`, `C-014`); None if it is none."""
    found = _LABEL.fullmatch(text)
    return (_row(found[1].upper()), int(found[2])) if found else None


def row_letters(row: int) -> str:
    """Return the letters of a row: 1 is A, 26 is Z, 27 is AA."""
    letters = ""
    while row > 0:
        row, digit = divmod(row - 1, _LETTERS)
        letters = chr(ord("A") + digit) + letters
    return letters


def _row(letters: str) -> int:
    row = 0
    for letter in letters:
        row = row * _LETTERS + ord(letter) - ord("A") + 1
    return row
