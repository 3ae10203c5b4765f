"""Rehearsal folders made of photos: `students/`, `roster.csv`, `kiosks/HALL__NAME.mp4`, `exam.toml`, `truth.json`."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import cv2

from services.launcher.people.casting import EXPECTED, Cast, Part, Student
from services.launcher.people.expression import Expression
from services.launcher.people.portrait import FindFaces, Portrait, load_portrait
from services.launcher.people.scene import HEIGHT, WIDTH
from services.launcher.people.script import Script, WalkUp
from services.launcher.people.stage import Stage, Visit, load_portraits
from services.launcher.people.warp import Image
from shared.errors import Invalid, Unavailable
from shared.images import decode

FPS = 15
_STAY_S = 4.0
_MOST_YAW_DEG = 34.0
_LEAST_OPEN_EAR, _MOST_SHUT_SHARE = 0.12, 0.7
_BLINK_DEPTHS = (0.7, 1.0)
_LEAST_INTEROCULAR_PX = 30.0
_CODEC = "mp4v"


def photo_check(find: FindFaces) -> Callable[[Path], bool]:
    """Return a check that a photo can walk up: one face alone, not in profile, with open eyes that can be seen to shut.

    Nobody can blink with a photo whose eyes are shut already, or behind hair or dark glasses; and where the shallowest
    blink of a walk-up moves one eye only, the footage would show a wink.
    """

    def usable(photo: Path) -> bool:
        try:
            found = find(decode(photo.read_bytes()))
            portrait = load_portrait(photo, find)
        except Invalid:
            return False
        alone = len(found) == 1 and abs(found[0].yaw_deg) <= _MOST_YAW_DEG
        return alone and found[0].interocular_px >= _LEAST_INTEROCULAR_PX and _can_blink(portrait, find)

    return usable


def _can_blink(portrait: Portrait, find: FindFaces) -> bool:
    opened, shut = find(portrait.image), find(portrait.show(Expression(lids=min(_BLINK_DEPTHS))))
    if not len(opened) == len(shut) == 1:
        return False
    before, after = opened[0], shut[0]
    eyes = ((before.ear_left, after.ear_left), (before.ear_right, after.ear_right))
    return all(was >= _LEAST_OPEN_EAR and now <= _MOST_SHUT_SHARE * was for was, now in eyes)


def write_rehearsal(cast: Cast, folder: Path, find: FindFaces, seed: int, told: Callable[[str], None]) -> None:
    """Write a whole rehearsal folder; `told` hears of each file as it begins.

    Raises:
        Unavailable: the folder is not empty, or a video cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Unavailable(f"{folder} is not empty: give a new folder")
    (folder / "students").mkdir(parents=True)
    (folder / "kiosks").mkdir()
    for student in cast.students:
        shutil.copyfile(student.person.photos[0], folder / "students" / f"{student.student_id}.jpg")
    _write_roster(cast, folder / "roster.csv")
    (folder / "exam.toml").write_text('code = "REHEARSAL"\nsubject = "Rehearsal"\nliveness = "blink"\n')
    walkups: list[dict[str, Any]] = []
    for number, parts in enumerate(cast.doors, start=1):
        kiosk = f"A__door{number}"
        told(f"{kiosk}: {len(parts)} walk-ups")
        depths = Random(seed + number)
        walkups_here = tuple(_walkup(part, depths.uniform(*_BLINK_DEPTHS)) for part in parts)
        script = Script(walkups=walkups_here, end="last_frame", seed=seed + number)
        visits = render(script, folder / "kiosks" / f"{kiosk}.mp4", find)
        walkups += [_truth(kiosk, part, visit) for part, visit in zip(parts, visits, strict=True)]
    (folder / "truth.json").write_text(json.dumps(_answers(cast, walkups), indent=1) + "\n")


def render(script: Script, video: Path, find: FindFaces, beside: Path = Path()) -> list[Visit]:
    """Write a script's footage as a video; return who came when.

    Raises:
        Unavailable: the video cannot be written, or a photo is not there.
        Invalid: a photo shows no face.
    """
    stage = Stage(script, load_portraits(script, beside, find))
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*_CODEC), FPS, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise Unavailable(f"{video} cannot be written as {_CODEC}")
    try:
        for picture in _pictures(stage):
            writer.write(picture)
    finally:
        writer.release()
    return stage.visits


def _pictures(stage: Stage, after_s: float = 1.5) -> Iterator[Image]:
    """Yield frames until everybody has gone, and a little of the empty room."""
    frame, left = 0, int(after_s * FPS)
    while left > 0:
        yield stage.picture(frame / FPS)
        frame += 1
        left -= stage.over


def _walkup(part: Part, depth: float) -> WalkUp:
    own = str(part.student.person.photos[1]) if part.student else None
    blinker = str(part.stranger.photos[0]) if part.stranger else own
    if blinker is None:
        raise ValueError(f"a walk-up of kind {part.kind} needs somebody")
    match part.kind:
        case "photo":
            return WalkUp(photo=blinker, behaviour="hold_still", stay_max_s=_STAY_S)
        case "swap":
            return WalkUp(
                photo=blinker, behaviour="blink_then_swap", swap_to=own, stay_max_s=_STAY_S, blink_depth=depth
            )
        case _:
            return WalkUp(photo=blinker, behaviour="blink", stay_max_s=_STAY_S, blink_depth=depth)


def _truth(kiosk: str, part: Part, visit: Visit) -> dict[str, Any]:
    person = part.student.person if part.student else part.stranger
    return {
        "kiosk": kiosk,
        "kind": part.kind,
        "name": person.name if person else None,
        "blinks": part.stranger.name if part.stranger else None,
        "student_id": part.student.student_id if part.student else None,
        "start_s": round(visit.began_s, 2),
        "end_s": round(visit.ended_s or visit.began_s + _STAY_S, 2),
        "expect": EXPECTED[part.kind],
    }


def _answers(cast: Cast, walkups: list[dict[str, Any]]) -> dict[str, Any]:
    present = {walkup["student_id"] for walkup in walkups if walkup["expect"] == "present"}
    everybody: list[Student] = list(cast.students)
    return {
        "present": [s.student_id for s in everybody if s.student_id in present],
        "not_present": [s.student_id for s in everybody if s.student_id not in present],
        "walkups": walkups,
    }


def _write_roster(cast: Cast, path: Path) -> None:
    with path.open("w", newline="") as roster:
        rows = csv.writer(roster)
        rows.writerow(("student_id", "name", "hall", "table_number"))
        rows.writerows((s.student_id, s.person.name.replace("_", " "), s.hall, s.table) for s in cast.students)
