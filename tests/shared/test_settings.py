"""Settings: where they come from, in which order, and how a wrong one is said."""

import os
import re
from pathlib import Path

import pytest
from pydantic import Field

from services.api.settings import ApiSettings
from services.capture.settings import CaptureSettings
from services.launcher.settings import LauncherSettings
from services.liveness.settings import LivenessSettings
from services.recognizer.settings import RecognizerSettings
from shared.settings import ELSEWHERE, SECTIONS, CommonSettings, Section, load

ROOT = Path(__file__).resolve().parents[2]
SERVICES = (CaptureSettings, LivenessSettings, RecognizerSettings, ApiSettings, LauncherSettings)


class CameraSection(Section):
    fps: float = Field(15, gt=0)


class CameraSettings(CommonSettings):
    capture: CameraSection = CameraSection()


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("NERO_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_environment_over_dotenv_over_toml_over_defaults(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(CameraSettings).capture.fps == 15
    (empty_folder / "nero.toml").write_text("[capture]\nfps = 10\n")
    assert load(CameraSettings).capture.fps == 10
    (empty_folder / ".env").write_text("NERO_CAPTURE__FPS=8\n")
    assert load(CameraSettings).capture.fps == 8
    monkeypatch.setenv("NERO_CAPTURE__FPS", "5")
    assert load(CameraSettings).capture.fps == 5


def test_another_services_section_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERO_RECOGNIZER__MODEL", "Dlib")
    assert load(CameraSettings).capture.fps == 15


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("NERO_CAPTURE__FPS", "fast", "NERO_CAPTURE__FPS='fast': Input should be a valid number"),
        ("NERO_CAPTURE__FPS", "0", "NERO_CAPTURE__FPS='0': Input should be greater than 0"),
        ("NERO_CAPTURE__FSP", "9", "NERO_CAPTURE__FSP: there is no such setting"),
        ("NERO_REDIS_ULR", "redis://x", "NERO_REDIS_ULR: there is no such setting (did you mean NERO_REDIS_URL?)"),
        ("NERO_LOG_LEVEL", "loud", "NERO_LOG_LEVEL='loud': Input should be"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_clear_line(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load(CameraSettings)
    assert stopped.value.code == 2
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 1
    assert line in printed[0]


def test_every_wrong_setting_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NERO_CAPTURE__FPS", "fast")
    monkeypatch.setenv("NERO_METRICS_PORT", "-1")
    with pytest.raises(SystemExit):
        load(CameraSettings)
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('log_levl = "debug"', "nero.toml, log_levl: there is no such setting (did you mean nero.toml, log_level?)"),
        ("[captur]\nfps = 3", "nero.toml, captur: there is no such setting (did you mean nero.toml, capture?)"),
    ],
)
def test_a_name_that_there_is_none_of_in_the_toml_file_is_said(
    empty_folder: Path, capsys: pytest.CaptureFixture[str], text: str, line: str
) -> None:
    (empty_folder / "nero.toml").write_text(text)
    with pytest.raises(SystemExit):
        load(CameraSettings)
    assert capsys.readouterr().err == f"nero: wrong setting: {line}\n"


@pytest.mark.parametrize("settings", SERVICES)
def test_every_process_takes_the_environment_of_all(
    settings: type[CommonSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one machine, and in an image, each sees what is meant for another."""
    monkeypatch.setenv("NERO_ADMIN_PASSWORD_HASH", "$argon2id$…")
    monkeypatch.setenv("NERO_DATABASE_URL", "sqlite:///x.db")
    for name in re.findall(r"(NERO_\w+)=", (ROOT / "deploy" / "Dockerfile").read_text()):
        monkeypatch.setenv(name, "9100" if name.endswith("PORT") else "json" if name.endswith("FORMAT") else "x")
    load(settings)


def test_every_setting_outside_a_section_is_known_to_all() -> None:
    for settings in SERVICES:
        assert {*settings.model_fields} - {*CommonSettings.model_fields} <= {*SECTIONS, *ELSEWHERE}


def test_a_toml_file_that_is_none_is_said_in_one_line(empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty_folder / "nero.toml").write_text("fps = = 3")
    with pytest.raises(SystemExit):
        load(CameraSettings)
    assert "nero.toml" in capsys.readouterr().err
