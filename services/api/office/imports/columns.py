"""What the columns of a table are called, in English and Malay, by registrars and by our own exports. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.api.problems import unfit

ALIASES: dict[str, tuple[str, ...]] = {
    "exam_code": (
        "exam",
        "code",
        "course",
        "course_code",
        "module",
        "module_code",
        "unit",
        "unit_code",
        "paper",
        "paper_code",
        "kod",
        "kod_peperiksaan",
        "peperiksaan",
        "kod_kursus",
        "kod_subjek",
        "kod_kertas",
    ),
    "subject": (
        "title",
        "exam_title",
        "course_title",
        "course_name",
        "subjek",
        "mata_pelajaran",
        "nama_kursus",
        "kursus",
    ),
    "date": ("day", "exam_date", "tarikh", "tarikh_peperiksaan"),
    "start": (
        "start_time",
        "starts",
        "starts_at",
        "begin",
        "begins",
        "from",
        "time",
        "mula",
        "masa_mula",
        "masa",
        "dari",
    ),
    "end": ("end_time", "ends", "ends_at", "finish", "until", "to", "tamat", "masa_tamat", "hingga"),
    "opens": ("opens_at", "check_in", "check_in_opens", "doors_open", "buka", "masa_buka"),
    "late_after": ("late", "late_from", "lewat", "lewat_selepas"),
    "closes": ("closes_at", "check_in_closes", "doors_close", "tutup", "masa_tutup"),
    "hall": ("room", "venue", "location", "dewan", "bilik", "tempat"),
    "table": ("table_number", "table_no", "seat", "seat_number", "seat_no", "desk", "meja", "no_meja", "nombor_meja"),
    "row": ("seat_row", "baris"),
    "col": ("column", "seat_column", "lajur"),
    "student_id": (
        "student",
        "id",
        "student_no",
        "student_number",
        "matric",
        "matric_no",
        "matric_number",
        "candidate",
        "candidate_no",
        "candidate_number",
        "pelajar",
        "id_pelajar",
        "no_pelajar",
        "nombor_pelajar",
        "no_matrik",
        "nombor_matrik",
        "angka_giliran",
    ),
    "name": ("student_name", "full_name", "candidate_name", "nama", "nama_pelajar", "nama_penuh"),
    "email": ("e_mail", "mail", "email_address", "emel", "e_mel"),
    "invigilators": ("invigilator", "proctor", "proctors", "pengawas", "pengawas_peperiksaan"),
    "note": ("notes", "remark", "remarks", "nota", "catatan"),
}
_FIELD_OF = {alias: field for field, aliases in ALIASES.items() for alias in (field, *aliases)}
NEEDED = {
    "roster": ("student_id",),
    "timetable": ("exam_code", "date", "start", "hall"),
    "students": ("student_id", "name"),
}


@dataclass(frozen=True)
class Header:
    """Which field each column is; None: one that is not read."""

    fields: tuple[str | None, ...]
    ignored: tuple[str, ...]


def header_of(cells: Sequence[str], kind: str) -> Header:
    """Read the first line of a table.

    Raises:
        Problem: 422, a column is missing or named twice.
    """
    fields = tuple(_FIELD_OF.get(_plain(cell)) for cell in cells)
    named = [field for field in fields if field]
    missing = [field for field in NEEDED[kind] if field not in named]
    if missing:
        needed = ", ".join(missing)
        raise unfit("missing_columns", f"The first line must name the columns {needed}.", "line 1", columns=needed)
    double = next((field for field in named if named.count(field) > 1), None)
    if double:
        raise unfit("double_column", f"Two columns are called {double}.", "line 1", column=double)
    ignored = tuple(cell.strip() for cell, field in zip(cells, fields, strict=True) if field is None and cell.strip())
    return Header(fields, ignored)


def _plain(cell: str) -> str:
    """Make `Table No. ` and `table-no` one."""
    return re.sub(r"[^\w]+", "_", cell.strip().lower()).strip("_")
