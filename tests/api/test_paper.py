"""Names of any script on paper, and documents that hash the same again."""

import hashlib
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.paper import TICK, Column, Paper
from services.api.paper.fonts import font_of, missing
from services.api.paper.lettering import setting, width_of, wrap
from services.api.paper.scripts import cleaned, in_order_of_sight, pieces
from services.api.words import words_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = ["Ada Lovelace", "Nguyễn Thị Minh", "محمد علي", "李小龙", "อรทัย", "தமிழ்செல்வி", "प्रिया"]
# ink that letters of a name have to keep, however it is broken: everything but spaces
LETTERS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co")), max_size=40)


def seen(text: str) -> list[tuple[str, bool]]:
    """Return what stands from left to right, and whether it runs from right to left."""
    return [(piece.text, piece.right_to_left) for piece in pieces(text, lambda _letter, _before: "one")]


def paper(rows: int = 3, about: str = "MATH-201 · Hall A") -> Paper:
    made = Paper(words_of("en"), title="Door list", about=about, printed_at=NOON, zone="Asia/Kuala_Lumpur")
    names = [NAMES[number % len(NAMES)] for number in range(rows)]
    made.table(
        [Column("Number"), Column("Name", share=3), Column("In")],
        [(f"S{number:04}", name, TICK) for number, name in enumerate(names)],
        size=14,
    )
    return made


def test_arabic_runs_from_right_to_left_and_latin_does_not() -> None:
    assert seen("Ada Lovelace") == [("Ada Lovelace", False)]
    assert seen("محمد علي") == [("محمد علي", True)]
    assert seen("محمد Ada") == [("Ada", False), ("محمد ", True)]
    assert seen("Ada محمد") == [("Ada ", False), ("محمد", True)]


def test_numbers_stand_the_right_way_round_in_an_arabic_line() -> None:
    assert seen("محمد 12") == [("12", False), ("محمد ", True)]
    assert seen("محمد 3.5 علي") == [(" علي", True), ("3.5", False), ("محمد ", True)]


def test_levels_are_reversed_from_the_innermost_outwards() -> None:
    assert in_order_of_sight([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]
    assert in_order_of_sight([1, 2, 1]) == [2, 1, 0]
    assert in_order_of_sight([]) == []


def test_a_mark_that_turns_the_direction_does_nothing() -> None:
    assert cleaned("Ada\u202e evil\u2066") == "Ada evil"
    assert cleaned("Ada\nLovelace\x00") == "Ada Lovelace "


@pytest.mark.parametrize("name", NAMES)
def test_every_script_of_the_cast_has_its_letters(name: str) -> None:
    assert not missing(name)
    assert width_of(name, 10) > 10


def test_arabic_letters_are_joined() -> None:
    (joined,) = setting("ممم")  # three times the same letter: at the beginning, inside, at the end of a word
    assert len(set(joined.text)) == 3


def test_a_mark_over_a_thai_letter_takes_no_room() -> None:
    assert width_of("ที่", 10) == pytest.approx(width_of("ท", 10), rel=0.01)


def test_a_letter_that_no_font_has_is_a_box_and_is_told() -> None:
    assert missing("שרה")
    assert width_of("שרה", 10) > 10
    with_box = paper()
    with_box.text("שרה")
    without = paper()
    without.text("Sara")
    assert len(pages(with_box.pdf())) == len(pages(without.pdf())) == 1
    assert with_box._boxes and not without._boxes


def test_one_font_carries_a_word_on() -> None:
    assert font_of(" ", "NeroSansArabic") == "NeroSansArabic"
    assert font_of("A", "NeroSansArabic") == "NeroSans"
    assert len(setting("محمد علي")) == 1


@given(LETTERS, st.floats(30, 300))
@settings(max_examples=60, deadline=None)
def test_a_broken_text_loses_no_letter(text: str, width: float) -> None:
    lines = wrap(text, 10, width)
    assert "".join("".join(lines).split()) == "".join(cleaned(" ".join(text.splitlines())).split())


@given(LETTERS)
@settings(max_examples=60, deadline=None)
def test_a_line_is_no_wider_than_the_page_unless_it_is_one_letter(text: str) -> None:
    for line in wrap(text, 10, 200):
        assert width_of(line, 10) <= 200 or len(cleaned(line)) <= 3


def test_the_same_content_is_the_same_bytes_whatever_was_printed_before() -> None:
    first = paper().pdf()
    for name in ("क्षत्रिय शर्मा", "ஸ்ரீ", "عبد الرحمن"):
        other = paper()
        other.text(name)
        other.pdf()
    assert hashlib.sha256(paper().pdf()).digest() == hashlib.sha256(first).digest()
    assert paper(about="MATH-201 · Hall B").pdf() != first


def test_a_long_table_goes_on_over_pages() -> None:
    assert len(pages(paper(3).pdf())) == 1
    assert len(pages(paper(100).pdf())) == 4


def test_a_name_longer_than_a_page_is_wide_is_not_cut() -> None:
    assert len(wrap("Ada " * 60, 14, 200)) > 5
    long = paper()
    long.table([Column("Name")], [("Ada" * 200,)])
    long.pdf()


def pages(data: bytes) -> list[bytes]:
    return re.findall(rb"/Type /Page\b(?!s)", data)
