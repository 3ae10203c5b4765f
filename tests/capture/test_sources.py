"""Camera sources on real files, real folders, a real HTTP camera, and devices that are not there."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from services.capture.settings import CaptureSection, CaptureSettings
from services.capture.sources.base import Picture, Source, SourceContext, parse_address
from services.capture.sources.device import DeviceFactory, Devices, DeviceSource
from services.capture.sources.folder import folder_source
from services.capture.sources.footage import playback
from services.capture.sources.url import url_source
from services.capture.sources.video_file import FileSource, file_source
from shared.clock import ManualClock
from shared.errors import Invalid, Unavailable
from shared.image_header import BadImage
from shared.images import Image
from shared.schedule import KioskView
from tests.capture.mjpeg_camera import MjpegCamera
from tests.capture.scenes import number_of, scene, scene_jpeg, write_video
from tests.shared.test_images import BAD

BASE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWN = "pace=own&base=2026-11-23T09:00:00Z"


def context(source: str, **section: object) -> SourceContext:
    kiosk = KioskView(kiosk_id="A__door", hall="A", source=source)
    settings = CaptureSettings(capture=CaptureSection.model_validate(section))
    return SourceContext(ManualClock(BASE), Redis(), settings, kiosk)  # no source here asks Redis


def file_at(path: Path, query: str = OWN) -> Source:
    source = f"file:{path}?{query}"
    made = file_source(parse_address(source), context(source))
    made.open()
    return made


def everything(source: Source, at_most: int = 1000) -> list[Picture]:
    pictures: list[Picture] = []
    while len(pictures) < at_most:
        picture = source.read()
        assert picture is not None
        pictures.append(picture)
        if picture.last:
            break
    source.close()
    return pictures


def pixels(picture: Picture) -> Image:
    assert picture.image is not None
    return picture.image


def test_a_files_frames_come_all_and_in_order_with_their_own_times(tmp_path: Path) -> None:
    source = file_at(write_video(tmp_path / "walk.mp4", 12, fps=20))
    assert source.in_order
    pictures = everything(source)
    assert [number_of(pixels(picture)) for picture in pictures] == list(range(12))
    assert [picture.captured_at for picture in pictures] == [BASE + timedelta(seconds=n / 20) for n in range(12)]
    assert [picture.last for picture in pictures] == [False] * 11 + [True]


def test_a_loop_goes_on_counting_time(tmp_path: Path) -> None:
    source = file_at(write_video(tmp_path / "walk.mp4", 5, fps=20), OWN + "&loop=1")
    pictures = everything(source, 13)
    assert [number_of(pixels(picture)) for picture in pictures] == [0, 1, 2, 3, 4] * 2 + [0, 1, 2]
    gaps = {round((b.captured_at - a.captured_at).total_seconds(), 6) for a, b in pairwise(pictures)}
    assert gaps == {0.05}


def test_footage_can_be_thinned_out(tmp_path: Path) -> None:
    pictures = everything(file_at(write_video(tmp_path / "walk.mp4", 40, fps=20), OWN + "&fps=10"))
    assert [number_of(pixels(picture)) for picture in pictures] == list(range(0, 40, 2))


def test_footage_is_simulated_unless_somebody_vouches_for_it(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.mp4", 3)
    assert file_at(video).simulated
    assert file_at(video, "simulated=0").simulated
    assert file_at(video, "simulated=1&real=1").simulated
    assert not file_at(video, "real=1").simulated
    (tmp_path / "drop").mkdir()
    drop = f"folder:{tmp_path / 'drop'}"
    assert folder_source(parse_address(drop), context(drop)).simulated


def test_in_real_time_a_frame_waits_for_its_turn_and_a_late_one_is_left_out(tmp_path: Path) -> None:
    clock = ManualClock(BASE)
    video = write_video(tmp_path / "walk.mp4", 40, fps=20)
    source = FileSource(video, playback(parse_address(f"file:{video}")), clock, sleep=clock.advance)
    source.open()
    first = source.read()
    assert first is not None
    for n in range(1, 10):
        picture = source.read()
        assert picture is not None
        assert number_of(pixels(picture)) == n
        assert abs((picture.captured_at - clock.now()).total_seconds()) < 0.001
    clock.advance(1.0)  # the process was held up
    late = [source.read() for _ in range(20)]
    assert all(picture is not None and picture.image is None for picture in late[:15])
    assert late[-1] is not None
    assert late[-1].image is not None


def test_an_animated_gif_plays_at_its_own_pace(materials: Path) -> None:
    pictures = everything(file_at(materials / "footage" / "minivision_demo.gif"))
    assert len(pictures) == 88
    assert pixels(pictures[0]).shape == (322, 150, 3)
    assert (pictures[-1].captured_at - BASE).total_seconds() == pytest.approx(2.9, abs=0.01)


def test_real_footage_keeps_its_frame_times(materials: Path) -> None:
    pictures = everything(file_at(materials / "footage" / "lp_d0.mp4"))
    assert len(pictures) == 78
    assert (pictures[-1].captured_at - BASE).total_seconds() == pytest.approx(77 / 25)


def test_a_file_that_is_missing_empty_or_no_video_is_named_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(1).bytes(5000))
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(Unavailable, match=r"gone\.mp4: there is no such file"):
        file_at(tmp_path / "gone.mp4")
    for name in ("noise.mp4", "empty.mp4"):
        for query in (OWN, OWN + "&loop=1"):
            with pytest.raises(Unavailable, match=rf"{name}: no"):
                file_at(tmp_path / name, query)


def test_a_looped_file_that_vanishes_is_lost_not_ended(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.mp4", 3)
    source = file_at(video, OWN + "&loop=1")
    video.unlink()
    with pytest.raises(Unavailable, match="there is no such file"):
        everything(source)


def folder_at(path: Path, query: str = OWN, **section: object) -> Source:
    source = f"folder:{path}?{query}"
    made = folder_source(parse_address(source), context(source, **section))
    made.open()
    return made


def test_a_folder_shows_its_images_in_the_order_of_their_names(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        (tmp_path / f"{number}.jpg").write_bytes(scene_jpeg(number))
    (tmp_path / "notes.txt").write_text("no image")
    pictures = everything(folder_at(tmp_path, OWN + "&fps=4"))
    assert [number_of(pixels(picture)) for picture in pictures] == [1, 2, 3]
    assert pictures[2].captured_at == BASE + timedelta(seconds=0.5)
    assert pictures[2].last


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD)
def test_a_bad_image_in_a_folder_is_refused_by_name_and_the_next_one_is_shown(
    tmp_path: Path, data: bytes, code: str
) -> None:
    (tmp_path / "1.jpg").write_bytes(data)
    (tmp_path / "2.jpg").write_bytes(scene_jpeg(2))
    source = folder_at(tmp_path)
    with pytest.raises(BadImage, match=r"1\.jpg") as refused:
        source.read()
    assert refused.value.code == code
    picture = source.read()
    assert picture is not None
    assert number_of(pixels(picture)) == 2


@pytest.mark.parametrize("bad", ["3.jpg", "1.jpg", "2.jpg"])
def test_footage_in_a_folder_ends_with_its_last_good_image(tmp_path: Path, bad: str) -> None:
    """Liveness waits for the end; a broken file in the last place must not keep it."""
    for number in (1, 2, 3):
        (tmp_path / f"{number}.jpg").write_bytes(scene_jpeg(number))
    (tmp_path / bad).write_bytes(b"no image")
    source, refused = folder_at(tmp_path, OWN + "&fps=4"), 0
    shown: list[Picture] = []
    while not shown or not shown[-1].last:
        try:
            picture = source.read()
        except BadImage:
            refused += 1
            continue
        assert picture is not None
        shown.append(picture)
    good = [number for number in (1, 2, 3) if f"{number}.jpg" != bad]
    assert [number_of(pixels(picture)) for picture in shown] == good
    assert [picture.captured_at for picture in shown] == [BASE + timedelta(seconds=(n - 1) / 4) for n in good]
    assert refused == 1


def test_a_folder_with_nothing_but_bad_images_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"no image")
    source = folder_at(tmp_path)
    with pytest.raises(BadImage):
        source.read()
    with pytest.raises(Unavailable, match="none of its images can be read"):
        source.read()


def test_a_huge_file_in_a_folder_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(scene_jpeg(1) + bytes(50_000))
    with pytest.raises(BadImage, match="20001 bytes, at most 20000"):
        folder_at(tmp_path, max_image_bytes=20_000).read()


def test_an_image_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").mkdir()
    with pytest.raises(Invalid, match=r"1\.jpg: Is a directory"):
        folder_at(tmp_path).read()


def test_a_cameras_drop_folder_shows_what_comes_later(tmp_path: Path) -> None:
    clock = ManualClock(BASE)
    source = folder_source(parse_address(f"folder:{tmp_path}"), context(f"folder:{tmp_path}"))
    source._timeline._clock = clock  # type: ignore[attr-defined]
    source._sleep = clock.advance  # type: ignore[attr-defined]
    source.open()
    assert source.read() is None
    (tmp_path / "1.jpg").write_bytes(scene_jpeg(1))
    picture = source.read()
    assert picture is not None
    assert number_of(pixels(picture)) == 1
    assert source.read() is None


def test_a_folder_that_is_missing_or_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such folder"):
        folder_at(tmp_path / "gone")
    with pytest.raises(Unavailable, match="no JPEG, PNG or WebP in it"):
        folder_at(tmp_path)


class Webcams:
    """Stands in for the driver: which (index, backend) pairs open, and what was tried."""

    def __init__(self, *there: tuple[int, int]) -> None:
        self.there = set(there)
        self.tried: list[tuple[int, int]] = []
        self.unplugged = False

    def open(self, index: int, backend: int) -> "Webcams | None":
        self.tried.append((index, backend))
        return self if (index, backend) in self.there else None

    def grab(self) -> bool:
        return not self.unplugged

    def retrieve(self) -> Image:
        return scene(1)

    def position_s(self) -> float:
        return 0.0

    def release(self) -> None:
        pass


def webcam(
    webcams: Webcams, index: int, devices: Devices, fallback: bool = True, kiosk_id: str = "A__door"
) -> DeviceSource:
    return DeviceSource(kiosk_id, index, devices, webcams.open, (200, 0), ManualClock(BASE), fallback)


def named(kiosk_id: str, source: str) -> KioskView:
    return KioskView(kiosk_id=kiosk_id, hall=kiosk_id[0], source=source)


def test_a_device_falls_back_over_backends_then_over_indices() -> None:
    webcams = Webcams((2, 0))
    source = webcam(webcams, 1, Devices())
    source.open()
    assert webcams.tried == [(1, 200), (1, 0), (0, 200), (0, 0), (2, 200), (2, 0)]
    assert source.detail == "device 1 does not open: using 2"
    picture = source.read()
    assert picture is not None
    assert picture.retrieve is not None
    assert number_of(picture.retrieve()) == 1


def test_a_fallback_never_takes_the_camera_that_another_kiosk_names() -> None:
    webcams, devices = Webcams((1, 200), (2, 200)), Devices()
    devices.plan([named("A__door", "0"), named("B__door", "1"), named("C__door", "rtsp://10.0.0.9/2")])
    hall_a = webcam(webcams, 0, devices)
    hall_a.open()  # hall B's is there, and not even open yet
    hall_b = webcam(webcams, 1, devices, kiosk_id="B__door")
    hall_b.open()
    assert (hall_a.claimed, hall_b.claimed) == (2, 1)


def test_a_camera_taken_by_fallback_is_free_again_when_closed() -> None:
    webcams, devices = Webcams((3, 200)), Devices()
    hall_a, hall_b = webcam(webcams, 0, devices), webcam(webcams, 1, devices, kiosk_id="B__door")
    hall_a.open()
    with pytest.raises(Unavailable, match="device 1: no camera opens there nor at 0 to 3"):
        hall_b.open()
    hall_a.close()
    hall_b.open()
    assert hall_b.claimed == 3


def test_a_kiosk_taken_from_the_plan_leaves_its_camera_to_a_fallback() -> None:
    webcams, devices = Webcams((1, 200)), Devices()
    devices.plan([named("A__door", "0"), named("B__door", "1")])
    hall_a = webcam(webcams, 0, devices)
    with pytest.raises(Unavailable):
        hall_a.open()
    devices.plan([named("A__door", "0")])
    hall_a.open()
    assert hall_a.claimed == 1


def test_without_fallback_only_the_index_itself_is_tried() -> None:
    webcams = Webcams((1, 200))
    with pytest.raises(Unavailable, match=r"device 0: no camera opens$"):
        webcam(webcams, 0, Devices(), fallback=False).open()
    assert webcams.tried == [(0, 200), (0, 0)]


def test_a_webcam_pulled_out_is_gone() -> None:
    webcams = Webcams((0, 200))
    source = webcam(webcams, 0, Devices())
    source.open()
    webcams.unplugged = True
    with pytest.raises(Unavailable, match="device 0: the camera has gone"):
        source.read()


def test_an_index_with_no_device_behind_it_is_unavailable_in_one_line() -> None:
    source = DeviceFactory(Devices())(parse_address("57"), context("57", device_fallback=False))
    with pytest.raises(Unavailable, match=r"device 57: no camera opens$"):
        source.open()
    source.close()


def test_an_http_camera_is_read_and_its_end_is_noticed() -> None:
    with MjpegCamera() as camera:
        source = url_source(parse_address(camera.url), context(camera.url))
        source.open()
        picture = source.read()
        assert picture is not None
        assert picture.retrieve is not None
        assert picture.retrieve().shape == (240, 320, 3)
    with pytest.raises(Unavailable, match="the camera has gone"):
        everything(source)
    source.close()
    source.close()


def test_nobody_at_a_url_is_unavailable_without_its_password(tmp_path: Path) -> None:
    url = "rtsp://admin:secret@127.0.0.1:9/ch1"
    source = url_source(parse_address(url), context(url))
    with pytest.raises(Unavailable, match=r"^rtsp://127\.0\.0\.1:9/ch1: no camera answers there$"):
        source.open()


def test_a_copied_file_may_have_any_name(tmp_path: Path) -> None:
    made = write_video(tmp_path / "a.mp4", 3)
    shutil.move(made, tmp_path / "Hall A, door 1 = ünï.mp4")
    assert len(everything(file_at(tmp_path / "Hall A, door 1 = ünï.mp4"))) == 3
