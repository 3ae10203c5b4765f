"""Many walk-ups at once: rehearsal folders built of a folder of photos, each played through the real services."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from services.launcher.merged_log import MergedLog
from services.launcher.people.casting import Numbers, Person, draw_cast, names_in
from services.launcher.people.footage import photo_check, write_rehearsal
from services.launcher.people.portrait import FindFaces
from services.launcher.people.tally import Played, played
from services.launcher.rehearsal.folder import read_folder
from services.launcher.rehearsal.run import rehearse
from services.launcher.rehearsal.truth import read_truth
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import Say
from shared.clock import SystemClock

Told = Callable[[str], None]
_REFUSED = re.compile(r"the photo of (\S+) was refused: (.*)")


def build_folders(
    people: Sequence[Person],
    out: Path,
    folders: int,
    doors: int,
    numbers: Numbers,
    seed: int,
    find: FindFaces,
    told: Told,
) -> list[Path]:
    """Write rehearsal folders; nobody is in two of them. One that an earlier run left whole is kept as it is.

    Raises:
        Invalid: too few people.
        Unavailable: a folder is not empty, or a video cannot be written.
    """
    usable, taken, written = photo_check(find), set[str](), []
    for number in range(folders):
        folder = out / f"walkups-{number + 1}"
        if not (folder / "truth.json").exists():
            left = [person for person in people if person.name not in taken]
            cast = draw_cast(left, usable, doors, numbers, seed + number)
            write_rehearsal(cast, folder, find, seed + number, _numbered(number + 1, told))
        taken |= names_in(folder)
        written.append(folder)
    return written


def play_folders(folders: Sequence[Path], settings: LauncherSettings, told: Told) -> Iterator[Played]:
    """Rehearse each folder on the footage's own clock, and yield every walk-up of it.

    Raises:
        Unavailable: something that it needs is missing or fails.
    """
    for folder in folders:
        told(f"playing {folder}")
        refusals = _Refusals()
        report = rehearse(
            read_folder(folder), settings, speed=0, log=MergedLog(None), clock=SystemClock(), say=refusals
        )
        yield from played(folder.name, read_truth(folder / "truth.json"), report, refusals.by_student)


class _Refusals(Say):
    """Listens to what a rehearsal says, for the photos that it could not enrol."""

    def __init__(self) -> None:
        self.by_student: dict[str, str] = {}

    def __call__(self, doing: str, done: int | None = None, total: int | None = None) -> None:  # noqa: ARG002
        told = _REFUSED.fullmatch(doing)
        if told:
            self.by_student[told[1]] = told[2]


def _numbered(folder: int, told: Told) -> Told:
    return lambda text: told(f"folder {folder}: {text}")
