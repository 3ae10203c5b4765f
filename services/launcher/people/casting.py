"""Who walks up, and what the answer is: a cast for a rehearsal, drawn from a folder of people's photos."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Literal

from services.recognizer.evaluate.people import canonical, half_of
from shared.errors import Invalid

Kind = Literal["genuine", "wrong_hall", "stranger", "photo", "swap", "again"]
Split = Literal["all", "tune", "test"]
EXPECTED: dict[Kind, str] = {
    "genuine": "present",
    "wrong_hall": "wrong_hall",
    "stranger": "unknown",
    "photo": "not_admitted",
    "swap": "not_admitted",
    "again": "already_in",
}
_FIRST_STUDENT = 1000


@dataclass(frozen=True)
class Person:
    """Somebody with photos: the first enrols, the second walks up."""

    name: str
    photos: tuple[Path, ...]


@dataclass(frozen=True)
class Student:
    """One line of the roster."""

    student_id: str
    person: Person
    hall: str
    table: str


@dataclass(frozen=True)
class Part:
    """One walk-up of the rehearsal."""

    kind: Kind
    student: Student | None
    """Whose answer it is; None for a stranger."""
    stranger: Person | None = None
    """Who blinks, in a `stranger` and in a `swap`."""


@dataclass(frozen=True)
class Numbers:
    """How many walk-ups of each kind a door sees; each `again` is one of its genuine ones."""

    genuine: int = 8
    wrong_hall: int = 2
    stranger: int = 2
    photo: int = 1
    swap: int = 1
    again: int = 1


@dataclass(frozen=True)
class Cast:
    """The whole rehearsal: everybody enrolled, and who walks up at each door."""

    students: tuple[Student, ...]
    doors: tuple[tuple[Part, ...], ...]


def split_of(name: str) -> Literal["tune", "test"]:
    """Return which half a person belongs to, for good: the halves of the recognizer's tables. Nothing is tuned on `test`."""
    return "tune" if half_of(name) == "tuning" else "test"


def people_in(folder: Path, split: Split = "all", exclude: Iterable[str] = ()) -> list[Person]:
    """Return the people of a folder `NAME/NAME_0001.jpg` (as Labeled Faces in the Wild has it), by name.

    Who is there under both orders of their names is one person: nobody may be enrolled, and a stranger too.
    """
    seen = {canonical(name.replace(" ", "_")) for name in exclude}
    found = []
    for home in sorted(folder.iterdir()):
        photos = tuple(sorted(home.glob("*.jpg"))) if home.is_dir() else ()
        if photos and canonical(home.name) not in seen and split in ("all", split_of(home.name)):
            seen.add(canonical(home.name))
            found.append(Person(home.name, photos))
    return found


def names_in(rehearsal: Path) -> set[str]:
    """Return everybody who is in a rehearsal folder already: its roster, and its walk-ups."""
    with (rehearsal / "roster.csv").open(newline="") as roster:
        names = {row["name"].replace(" ", "_") for row in csv.DictReader(roster)}
    truth = rehearsal / "truth.json"
    walkups = json.loads(truth.read_text())["walkups"] if truth.exists() else []
    return names | {name for walkup in walkups for name in (walkup["name"], walkup.get("blinks")) if name}


def draw_cast(
    people: Sequence[Person], usable: Callable[[Path], bool], doors: int, numbers: Numbers, seed: int
) -> Cast:
    """Draw a cast. Only photos that are `usable` take part; a student needs two, a stranger one.

    Raises:
        Invalid: too few people.
    """
    random = Random(seed)
    shuffled = random.sample(list(people), len(people))
    enrolled_per_door = numbers.genuine + numbers.wrong_hall + numbers.photo + numbers.swap
    needed = doors * enrolled_per_door
    enrolled = list(islice(_with_usable(shuffled, usable, 2), needed))
    taken = {person.name for person in enrolled}
    others = (person for person in shuffled if person.name not in taken)
    strangers = list(islice(_with_usable(others, usable, 1), doors * (numbers.stranger + numbers.swap)))
    if len(enrolled) < needed or len(strangers) < doors * (numbers.stranger + numbers.swap):
        raise Invalid(
            f"a cast of {needed} students and {doors * (numbers.stranger + numbers.swap)} strangers is needed; the photos "
            f"give {len(enrolled)} people with two usable ones and {len(strangers)} others with one"
        )
    return _cast(enrolled, strangers, doors, numbers, random)


def _cast(enrolled: list[Person], strangers: list[Person], doors: int, numbers: Numbers, random: Random) -> Cast:
    students: list[Student] = []
    programmes: list[tuple[Part, ...]] = []
    waiting, unknown = iter(enrolled), iter(strangers)
    for _ in range(doors):
        parts: list[Part] = []
        for kind, count in _enrolled_kinds(numbers):
            for _ in range(count):
                student = _student(len(students), next(waiting), "B" if kind == "wrong_hall" else "A")
                students.append(student)
                parts.append(Part(kind, student, next(unknown) if kind == "swap" else None))
        parts += [Part("stranger", None, next(unknown)) for _ in range(numbers.stranger)]
        random.shuffle(parts)
        genuine = [part for part in parts if part.kind == "genuine"]
        programmes.append((*parts, *(Part("again", part.student) for part in genuine[: numbers.again])))
    return Cast(tuple(students), tuple(programmes))


def _enrolled_kinds(numbers: Numbers) -> list[tuple[Kind, int]]:
    return [
        ("genuine", numbers.genuine),
        ("wrong_hall", numbers.wrong_hall),
        ("photo", numbers.photo),
        ("swap", numbers.swap),
    ]


def _student(number: int, person: Person, hall: str) -> Student:
    return Student(f"S{_FIRST_STUDENT + number}", person, hall, f"T{number + 1}")


def _with_usable(people: Iterable[Person], usable: Callable[[Path], bool], count: int) -> Iterator[Person]:
    for person in people:
        photos = tuple(islice((photo for photo in person.photos if usable(photo)), count))
        if len(photos) == count:
            yield Person(person.name, photos)
