from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.launcher.rehearsal.folder import WrongFolder, read_folder

ROSTER = "student_id,name,hall,table_number\nS1,Ada,A,T1\nS2,Grace,B,T2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "students").mkdir()
    (tmp_path / "kiosks").mkdir()
    (tmp_path / "students" / "S1.jpg").write_bytes(b"a photo")
    (tmp_path / "students" / "S9.png").write_bytes(b"a photo")
    (tmp_path / "kiosks" / "A__door1.mp4").write_bytes(b"a video")
    (tmp_path / "roster.csv").write_text(ROSTER)
    return tmp_path


def problems(folder: Path) -> list[str]:
    with pytest.raises(WrongFolder) as error:
        read_folder(folder)
    return error.value.problems


def test_a_folder_is_read(folder: Path) -> None:
    rehearsal = read_folder(folder)
    assert [(line.student_id, line.hall, line.table) for line in rehearsal.roster] == [
        ("S1", "A", "T1"),
        ("S2", "B", "T2"),
    ]
    assert rehearsal.roster[1].photo is None, "Grace was never enrolled"
    assert [path.stem for path in rehearsal.not_on_roster] == ["S9"]
    assert [(kiosk.stem, kiosk.hall) for kiosk in rehearsal.kiosks] == [("A__door1", "A")]
    assert rehearsal.halls == ("A", "B")


def test_without_an_exam_file_it_is_a_blink_and_opened_just_now(folder: Path) -> None:
    exam = read_folder(folder).exam
    assert (exam.liveness, exam.start) == ("blink", None)


def test_an_exam_file_sets_the_times(folder: Path) -> None:
    (folder / "exam.toml").write_text(
        'code = "MATH-201"\nliveness = "off"\nstart = 2026-11-23T09:00:00Z\nlate_after_min = 5\n'
    )
    exam = read_folder(folder).exam
    assert (exam.code, exam.liveness, exam.late_after_min) == ("MATH-201", "off", 5)
    assert exam.start == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_byte_order_mark_of_a_spreadsheet_does_no_harm(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(b"\xef\xbb\xbf" + ROSTER.encode())
    assert len(read_folder(folder).roster) == 2


def test_names_that_are_no_ids_are_called_by_their_stem_all_the_same(folder: Path) -> None:
    (folder / "kiosks" / "Große Halle__north door.mp4").write_bytes(b"a video")
    kiosk = read_folder(folder).kiosks[1]
    assert (kiosk.stem, kiosk.hall, kiosk.kiosk_id) == (
        "Große Halle__north door",
        "Große Halle",
        "Gro_e_Halle__north_door",
    )


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == ["there is no such folder"]


def test_an_empty_folder_is_told_everything_it_lacks(tmp_path: Path) -> None:
    said = problems(tmp_path)
    assert [line.split(" ")[0] for line in said] == ["students/", "roster.csv", "kiosks/"]


@pytest.mark.parametrize(
    ("roster", "problem"),
    [
        ("", "no rows"),
        ("student_id,name,hall\nS1,Ada,A\n", "no column table_number"),
        ("student_id,name,hall,table_number\nS1,Ada,,T1\n", "line 2: hall is empty"),
        (ROSTER + "S1,Ada again,A,T9\n", "S1 stands 2 times"),
        (ROSTER + "S3,Mallory,A,T1\n", "table T1 of hall A is given 2 times"),
    ],
)
def test_a_wrong_roster_is_told_what_is_wrong(folder: Path, roster: str, problem: str) -> None:
    (folder / "roster.csv").write_text(roster)
    assert problem in "\n".join(problems(folder))


@pytest.mark.parametrize(
    ("exam", "problem"),
    [
        ("code = ", "exam.toml is not TOML"),
        ('liveness = "wink"', "liveness = 'wink'"),
        ("late_after_minutes = 3", "there is no key 'late_after_minutes'"),
        ("late_after_min = -1", "late_after_min = -1"),
    ],
)
def test_a_wrong_exam_file_is_told_what_is_wrong(folder: Path, exam: str, problem: str) -> None:
    (folder / "exam.toml").write_text(exam)
    assert problem in "\n".join(problems(folder))


def test_a_kiosk_file_must_name_its_hall(folder: Path) -> None:
    (folder / "kiosks" / "door2.mp4").write_bytes(b"a video")
    assert problems(folder) == ["kiosks/door2.mp4: the name must be HALL__NAME.mp4, such as A__door1.mp4"]


def test_two_kiosk_files_cannot_be_one_kiosk(folder: Path) -> None:
    for name in ("A__door 2.mp4", "A__door_2.mp4"):
        (folder / "kiosks" / name).write_bytes(b"a video")
    assert problems(folder) == ["kiosks/: two files would both be the kiosk A__door_2: rename one"]
