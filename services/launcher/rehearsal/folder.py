"""Reads a rehearsal folder, and says all that is wrong with it at once.

students/ID.jpg        enrolment photos
roster.csv             student_id, name, hall, table_number
kiosks/HALL__NAME.mp4  each one camera of that hall, called by its stem
exam.toml              optional: code, subject, liveness, start, late_after_min, closes_min
"""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.events import Policy

ROSTER_COLUMNS = ("student_id", "name", "hall", "table_number")
_PHOTO_ENDINGS = (".jpg", ".jpeg", ".png")
_VIDEO_ENDINGS = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v")
_KIOSK = re.compile(r"^(?P<hall>.+?)__(?P<name>.+)$")
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_ID = 64


class ExamFile(BaseModel):
    """What `exam.toml` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field("REHEARSAL", min_length=1, max_length=32)
    subject: str = Field("Rehearsal", min_length=1, max_length=200)
    liveness: Policy = "blink"
    """A recording cannot answer a random draw, so `blink` is the default here."""
    start: AwareDatetime | None = None
    """None: the sitting opened just now."""
    late_after_min: float = Field(15, ge=0, le=24 * 60)
    closes_min: float = Field(30, ge=0, le=24 * 60)


@dataclass(frozen=True)
class RosterLine:
    """One student of the roster."""

    student_id: str
    name: str
    hall: str
    table: str
    photo: Path | None
    """None: on the roster, never enrolled."""


@dataclass(frozen=True)
class KioskFootage:
    """One camera."""

    stem: str
    """What the report calls it."""
    kiosk_id: str
    """The same, in the letters that an id may have."""
    hall: str
    video: Path


@dataclass(frozen=True)
class Rehearsal:
    """A folder that can be played."""

    folder: Path
    exam: ExamFile
    roster: tuple[RosterLine, ...]
    kiosks: tuple[KioskFootage, ...]
    not_on_roster: tuple[Path, ...]
    """Photos of students who are enrolled and on no roster."""

    @property
    def halls(self) -> tuple[str, ...]:
        """Every hall that a student sits in or a kiosk stands at, in order."""
        return tuple(sorted({*(line.hall for line in self.roster), *(kiosk.hall for kiosk in self.kiosks)}))


class WrongFolder(Exception):  # noqa: N818 - a sentence for the user, not a program's error
    """The folder cannot be played; one line for each thing that is wrong."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        super().__init__(f"{folder} cannot be rehearsed:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


def id_of(name: str) -> str:
    """Return `name` in the letters that a kiosk's or hall's id may have."""
    plain = _NOT_IN_AN_ID.sub("_", name)
    return (plain if plain[0].isalnum() else f"x{plain}")[:_LONGEST_ID]


def read_folder(folder: Path) -> Rehearsal:
    """Read and check a rehearsal folder.

    Raises:
        WrongFolder: something is missing or wrong; it names all of it.
    """
    if not folder.is_dir():
        raise WrongFolder(folder, ["there is no such folder"])
    problems: list[str] = []
    exam = _read_exam(folder / "exam.toml", problems)
    photos = _read_photos(folder / "students", problems)
    roster = _read_roster(folder / "roster.csv", photos, problems)
    kiosks = _read_kiosks(folder / "kiosks", problems)
    if problems:
        raise WrongFolder(folder, problems)
    on_roster = {line.student_id for line in roster}
    strangers = tuple(path for student_id, path in photos.items() if student_id not in on_roster)
    return Rehearsal(folder, exam, tuple(roster), tuple(kiosks), strangers)


def _read_exam(path: Path, problems: list[str]) -> ExamFile:
    if not path.exists():
        return ExamFile()
    try:
        return ExamFile.model_validate(_dated(tomllib.loads(path.read_text("utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"exam.toml is not TOML: {error}")
    except ValidationError as error:
        problems.extend(_exam_problem(dict(problem)) for problem in error.errors())
    return ExamFile()


def _dated(document: dict[str, Any]) -> dict[str, Any]:
    """Read a `start` without an offset as this machine's local time."""
    start = document.get("start")
    if isinstance(start, datetime) and start.tzinfo is None:
        return {**document, "start": start.astimezone()}
    return document


def _exam_problem(problem: dict[str, Any]) -> str:
    key = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"exam.toml: there is no key {key!r}; keys are {', '.join(ExamFile.model_fields)}"
    return f"exam.toml: {key} = {problem['input']!r}: {problem['msg']}"


def _read_photos(folder: Path, problems: list[str]) -> dict[str, Path]:
    if not folder.is_dir():
        problems.append("students/ is missing: it holds one enrolment photo per student, ID.jpg")
        return {}
    photos = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in _PHOTO_ENDINGS}
    if not photos:
        problems.append("students/ holds no photo (ID.jpg, ID.jpeg or ID.png)")
    return photos


def _read_roster(path: Path, photos: dict[str, Path], problems: list[str]) -> list[RosterLine]:
    if not path.exists():
        problems.append(f"roster.csv is missing: its columns are {', '.join(ROSTER_COLUMNS)}")
        return []
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(f"roster.csv is not UTF-8 CSV: {error}")
        return []
    missing = [column for column in ROSTER_COLUMNS if not rows or column not in rows[0]]
    if missing:
        problems.append(f"roster.csv: no rows, or no column {', '.join(missing)}")
        return []
    problems.extend(_roster_problems(rows))
    return [_line(row, photos) for row in rows]


def _line(row: dict[str, str], photos: dict[str, Path]) -> RosterLine:
    student_id, name, hall, table = ((row[column] or "").strip() for column in ROSTER_COLUMNS)
    return RosterLine(student_id, name, hall, table, photos.get(student_id))


def _roster_problems(rows: list[dict[str, str]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=2):
        for column in ("student_id", "name", "hall"):
            if not (row[column] or "").strip():
                yield f"roster.csv, line {number}: {column} is empty"
        if len((row["hall"] or "").strip()) > _LONGEST_ID:
            yield f"roster.csv, line {number}: hall: longer than {_LONGEST_ID} letters"
    for student_id, count in Counter((row["student_id"] or "").strip() for row in rows).items():
        if student_id and count > 1:
            yield f"roster.csv: {student_id} stands {count} times"
    seats = Counter((row["hall"], (row["table_number"] or "").strip()) for row in rows)
    for (hall, table), count in seats.items():
        if table and count > 1:
            yield f"roster.csv: table {table} of hall {hall} is given {count} times"


def _read_kiosks(folder: Path, problems: list[str]) -> list[KioskFootage]:
    if not folder.is_dir():
        problems.append("kiosks/ is missing: each file, HALL__NAME.mp4, is one camera of that hall")
        return []
    kiosks = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _VIDEO_ENDINGS:
            continue
        match = _KIOSK.match(path.stem)
        if match is None:
            problems.append(f"kiosks/{path.name}: the name must be HALL__NAME{path.suffix}, such as A__door1.mp4")
        elif path.stat().st_size == 0:
            problems.append(f"kiosks/{path.name} is empty")
        else:
            kiosks.append(KioskFootage(path.stem, id_of(path.stem), match["hall"], path.resolve()))
    clashes = [kiosk_id for kiosk_id, count in Counter(kiosk.kiosk_id for kiosk in kiosks).items() if count > 1]
    problems += [f"kiosks/: two files would both be the kiosk {kiosk_id}: rename one" for kiosk_id in clashes]
    if not kiosks and not problems:
        problems.append(f"kiosks/ holds no video ({', '.join(_VIDEO_ENDINGS)})")
    return kiosks
