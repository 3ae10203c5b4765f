"""The measurement of many walk-ups, in small: Eileen is enrolled and comes twice, Grace is a stranger."""

import shutil
from pathlib import Path

import pytest

from services.launcher.people.casting import Numbers, people_in
from services.launcher.people.samples import photo_path
from services.launcher.people.tally import tally_lines
from services.launcher.people.walkups import build_folders, play_folders
from services.launcher.settings import LauncherSettings
from shared.landmarks import open_landmarker
from shared.settings import load

SMALL = Numbers(genuine=1, wrong_hall=0, stranger=1, photo=0, swap=0, again=1)


@pytest.mark.timeout(300)
def test_walk_ups_are_built_played_and_told(tmp_path: Path) -> None:
    for person, photos in (("Eileen_Collins", 2), ("Grace_Hopper", 1)):
        (tmp_path / "photos" / person).mkdir(parents=True)
        for number in range(photos):
            copy = tmp_path / "photos" / person / f"{person}_{number + 1:04}.jpg"
            shutil.copyfile(photo_path(f"sample:{person.lower()}"), copy)
    people, stills = people_in(tmp_path / "photos"), open_landmarker(still=True)
    folders = build_folders(people, tmp_path / "out", 1, 1, SMALL, 1, stills.find, lambda _: None)
    video = folders[0] / "kiosks" / "A__door1.mp4"
    written = video.stat().st_mtime_ns
    assert build_folders(people, tmp_path / "out", 1, 1, SMALL, 1, stills.find, lambda _: None) == folders
    assert video.stat().st_mtime_ns == written
    stills.close()
    came = list(play_folders(folders, load(LauncherSettings), lambda _: None))
    assert {(one.walkup.kind, one.right_at_once, one.admitted_wrongly) for one in came} == {
        ("genuine", True, False),
        ("again", True, False),
        ("stranger", True, False),
    }
    assert "otherwise:" not in list(tally_lines(came))
