"""The benchmark on the real services: private Redis, every process, dlib's network from its pip package."""

from pathlib import Path

from services.launcher.bench import walkups
from services.launcher.bench.figures import Latency
from services.launcher.bench.run import BenchOptions, run_bench
from services.launcher.merged_log import MergedLog
from services.launcher.settings import LauncherSettings


def test_both_sample_people_are_admitted_and_their_way_to_the_roster_is_timed(tmp_path: Path) -> None:
    options = BenchOptions(parts=("latency",), networks=("Dlib",), walkups=2, liveness_processes=1, footage=None)
    log = MergedLog(None)
    report = run_bench(options, LauncherSettings(models_dir=tmp_path / "models"), log, lambda *_: None)
    assert report.latency is not None
    found = report.latency["Dlib"]
    assert isinstance(found, Latency), found
    assert found.verdicts == {"present": 2}
    assert found.spread.count == 2
    assert found.spread.p50_ms > 0


def test_the_real_clips_with_blinks_are_found_and_brought_to_15_frames_a_second(
    materials: Path, tmp_path: Path
) -> None:
    clips = walkups.clips_with_blinks(materials / "footage")
    assert {"lp_d9", "lp_s18"} <= {clip.stem for clip in clips}
    assert "lp_d20" not in {clip.stem for clip in clips}  # open eyes throughout
    show, photos = walkups.real(clips[:1], tmp_path)
    assert len(show.walkups_at_s) == 1
    assert len(show.frames) <= 15 * (12 + 2)
    assert [photo.exists() for photo in photos.values()] == [True]
