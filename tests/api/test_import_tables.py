"""Tables from outside: dates that mean one thing, times as they are typed, and workbooks that are not to be trusted."""

import io
import zipfile
from datetime import UTC, date, datetime, time

import pytest

from services.api.office import table_xlsx
from services.api.office.imports.cells import day_of, moment, time_of
from services.api.office.table_files import read_lines
from services.api.office.table_xlsx import cell_text, check_package
from services.api.problems import Problem

NOV_23 = date(2026, 11, 23)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-23",
        "2026/11/23",
        "23.11.2026",
        "23/11/2026",
        "11/23/2026",
        "23 Nov 2026",
        "Isnin, 23 November 2026",
        "Mon 23 Nov 2026",
        "November 23, 2026",
        "23-Nov-2026",
        "2026-11-23 00:00",
    ],
)
def test_a_date_that_means_one_day_is_taken(cell: str) -> None:
    assert day_of(cell) == NOV_23


@pytest.mark.parametrize("cell", ["03/04/2026", "4-3-2026", "23/11/26", "2026-02-30", "tomorrow", "1.1.1926", ""])
def test_a_date_that_may_mean_two_or_none_is_not(cell: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        day_of(cell)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("9:00", time(9)),
        ("09:00:00", time(9)),
        ("1430", time(14, 30)),
        ("2.30 petang", time(14, 30)),
        ("12 am", time(0)),
        ("12:15 PM", time(12, 15)),
        ("9h05", time(9, 5)),
        ("8 pagi", time(8)),
    ],
)
def test_times_are_read_as_they_are_typed(cell: str, wanted: time) -> None:
    assert time_of(cell) == wanted


@pytest.mark.parametrize("cell", ["9", "25:00", "09:75", "13 pm", "noon", "9 o'clock"])
def test_what_is_no_time_is_said(cell: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        time_of(cell)


def test_an_hour_that_the_clocks_jump_over_is_no_time() -> None:
    assert moment(NOV_23, time(9), "Asia/Kuala_Lumpur") == datetime(2026, 11, 23, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="put forward"):
        moment(date(2026, 3, 29), time(2, 30), "Europe/Berlin")


def test_cells_of_a_workbook_read_as_they_would_be_typed() -> None:
    assert [cell_text(7.0), cell_text(7, "0000"), cell_text(1.5), cell_text(None), cell_text(True)] == [
        "7",
        "0007",
        "1.5",
        "",
        "true",
    ]
    assert [cell_text(datetime(2026, 11, 23)), cell_text(time(9, 5))] == ["2026-11-23", "09:05"]


def package(**members: bytes) -> bytes:
    """Return a package as a workbook is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
        for name, data in members.items():
            made.writestr(f"xl/{name}.xml", data)
    return out.getvalue()


def refused(data: bytes) -> str:
    """Return why a workbook is refused."""
    with pytest.raises(Problem) as problem:
        check_package(data)
    return problem.value.body.code


def test_a_workbook_that_is_made_to_burst_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_xlsx, "MAX_UNPACKED_BYTES", 1_000_000)
    assert refused(package(sheet1=b"\0" * 1_100_000)) == "xlsx_too_large"
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert refused(package(workbook=laughs)) == "not_xlsx"
    assert refused(b"PK\x03\x04 no archive") == "not_xlsx"


def test_a_table_of_too_many_columns_or_rows_is_refused() -> None:
    with pytest.raises(Problem) as wide:
        list(read_lines(b",".join([b"x"] * 65)))
    with pytest.raises(Problem) as long:
        list(read_lines(b"x\n" * 250_003))
    assert (wide.value.body.code, long.value.body.code) == ("too_many_columns", "too_many_rows")


def test_a_table_reads_alike_with_commas_semicolons_and_tabs_and_from_excels_unicode_text() -> None:
    wanted = [["student_id", "name"], ["S1", "李小龍"]]
    for mark in ",;\t":
        text = f"student_id{mark}name\r\n\r\nS1{mark}李小龍\r\n"
        for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
            assert [line.cells for line in read_lines(data)] == wanted
