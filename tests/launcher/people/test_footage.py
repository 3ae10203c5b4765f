"""Rehearsal folders made of photos."""

import csv
import json
import shutil
from pathlib import Path

import cv2
import pytest

from services.launcher.people.casting import Numbers, draw_cast, names_in, people_in, split_of
from services.launcher.people.footage import photo_check, write_rehearsal
from services.launcher.people.samples import photo_path
from services.launcher.people.walkups import build_folders
from services.launcher.rehearsal.folder import read_folder
from shared.errors import Invalid, Unavailable
from shared.landmarks import Landmarker

SMALL = Numbers(genuine=1, wrong_hall=0, stranger=1, photo=0, swap=0, again=1)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eileen has two photos, Grace one."""
    collins, hopper = photo_path("sample:eileen_collins"), photo_path("sample:grace_hopper")
    for name, number, source in (("Eileen", 1, collins), ("Eileen", 2, collins), ("Grace", 1, hopper)):
        (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, tmp_path / "photos" / name / f"{name}_{number:04}.jpg")
    return tmp_path / "photos"


def test_a_rehearsal_folder_holds_what_a_rehearsal_needs(photos: Path, tmp_path: Path, stills: Landmarker) -> None:
    cast = draw_cast(people_in(photos), photo_check(stills.find), 1, SMALL, seed=1)
    out = tmp_path / "rehearsal"
    write_rehearsal(cast, out, stills.find, seed=1, told=lambda _: None)
    read_folder(out)
    truth = json.loads((out / "truth.json").read_text())
    assert sorted(walkup["kind"] for walkup in truth["walkups"]) == ["again", "genuine", "stranger"]
    assert {walkup["expect"] for walkup in truth["walkups"]} == {"present", "already_in", "unknown"}
    assert truth["present"] == ["S1000"]
    assert names_in(out) == {"Eileen", "Grace"}
    with (out / "roster.csv").open() as roster:
        assert [row["name"] for row in csv.DictReader(roster)] == ["Eileen"]


def test_who_blinks_for_a_swap_is_in_the_rehearsal_too(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("student_id,name,hall,table_number\nS1000,Ada Lovelace,A,T1\n")
    walkup = {"kind": "swap", "name": "Ada_Lovelace", "blinks": "Mallory"}
    (tmp_path / "truth.json").write_text(json.dumps({"walkups": [walkup]}))
    assert names_in(tmp_path) == {"Ada_Lovelace", "Mallory"}


def test_the_footage_shows_people_when_truth_says_so(photos: Path, tmp_path: Path, stills: Landmarker) -> None:
    cast = draw_cast(people_in(photos), photo_check(stills.find), 1, SMALL, seed=1)
    write_rehearsal(cast, tmp_path / "out", stills.find, seed=1, told=lambda _: None)
    walkups = json.loads((tmp_path / "out" / "truth.json").read_text())["walkups"]
    video = cv2.VideoCapture(str(tmp_path / "out" / "kiosks" / "A__door1.mp4"))
    fps = video.get(cv2.CAP_PROP_FPS)
    assert fps == 15
    for walkup in walkups:
        for at_s, expected in (((walkup["start_s"] + walkup["end_s"]) / 2, 1), (walkup["start_s"] - 0.5, 0)):
            video.set(cv2.CAP_PROP_POS_FRAMES, int(at_s * fps))
            assert len(stills.find(video.read()[1])) == expected


def test_too_few_people_are_counted_in_the_refusal(photos: Path, stills: Landmarker) -> None:
    with pytest.raises(Invalid, match="1 people with two usable ones"):
        draw_cast(people_in(photos), photo_check(stills.find), 1, Numbers(), seed=1)


def test_an_existing_folder_is_not_written_over(photos: Path, tmp_path: Path, stills: Landmarker) -> None:
    cast = draw_cast(people_in(photos), lambda _: True, 1, SMALL, seed=1)
    with pytest.raises(Unavailable, match="not empty"):
        write_rehearsal(cast, tmp_path, stills.find, seed=1, told=lambda _: None)


def test_the_two_halves_share_nobody_and_excluded_people_stay_out(photos: Path) -> None:
    tune, test = people_in(photos, "tune"), people_in(photos, "test")
    assert {person.name for person in tune} | {person.name for person in test} == {"Eileen", "Grace"}
    assert {person.name for person in tune}.isdisjoint(person.name for person in test)
    assert all(split_of(person.name) == "tune" for person in tune)
    assert [person.name for person in people_in(photos, exclude={"Eileen"})] == ["Grace"]


def test_who_is_listed_under_both_orders_of_the_name_is_one_person(photos: Path) -> None:
    shutil.copytree(photos / "Grace", photos / "Grace_Hopper")
    shutil.copytree(photos / "Grace", photos / "Hopper_Grace")
    assert [person.name for person in people_in(photos)] == ["Eileen", "Grace", "Grace_Hopper"]
    assert [person.name for person in people_in(photos, exclude={"Hopper Grace"})] == ["Eileen", "Grace"]


def test_nobody_is_in_two_folders(photos: Path, tmp_path: Path, stills: Landmarker) -> None:
    for name in ("Katherine", "Mary"):
        shutil.copytree(photos / "Eileen", photos / name)
    people = people_in(photos)
    one = Numbers(genuine=1, wrong_hall=0, stranger=0, photo=0, swap=0, again=0)
    folders = build_folders(people, tmp_path / "out", 3, 1, one, 1, stills.find, lambda _: None)
    names = [name for folder in folders for name in names_in(folder)]
    assert sorted(names) == ["Eileen", "Katherine", "Mary"]
    with pytest.raises(Invalid, match="0 people with two usable ones"):
        build_folders(people, tmp_path / "more", 4, 1, one, 1, stills.find, lambda _: None)
