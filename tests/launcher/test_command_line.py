"""What a user sees who types something wrong, or asks while nothing runs."""

import json
import stat
from pathlib import Path

import pytest
from redis import Redis
from typer.testing import CliRunner

from services.launcher.__main__ import make_app
from services.launcher.embedded_redis import EmbeddedRedis
from shared import dead, names
from shared.durable import open_entry
from shared.group import Consumer
from tests.broker import STAGE, Broker


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("NERO_REDIS_URL", "NERO_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NERO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NERO_KEYS_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("NERO_MODELS_DIR", str(tmp_path / "models"))
    return CliRunner()


def test_a_folder_that_cannot_be_rehearsed_is_told_all_that_is_wrong(run: CliRunner, tmp_path: Path) -> None:
    result = run.invoke(make_app("rehearse"), ["rehearse", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "students/ is missing" in result.stderr
    assert "roster.csv is missing: its columns are student_id, name, hall, table_number" in result.stderr
    assert "kiosks/ is missing" in result.stderr


def test_a_speed_that_there_is_not(run: CliRunner, tmp_path: Path) -> None:
    result = run.invoke(make_app("rehearse"), ["rehearse", str(tmp_path), "--speed", "2"])
    assert result.exit_code == 2
    assert "less than or equal to 1" in result.stderr


def test_a_wrong_setting_is_named(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERO_LOG_LEVL", "debug")
    result = run.invoke(make_app("keys"), ["keys", "init"])
    assert result.exit_code == 2
    assert "NERO_LOG_LEVL: there is no such setting (did you mean NERO_LOG_LEVEL?)" in result.stderr


def test_dead_letters_are_asked_of_a_nero_that_runs(run: CliRunner) -> None:
    result = run.invoke(make_app("dead"), ["dead"])
    assert result.exit_code == 1
    assert "start `nero up` first" in result.stderr


def test_a_dead_letter_is_listed_shown_and_put_back(
    run: CliRunner, redis: Redis, redis_server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NERO_REDIS_URL", redis_server.url)
    monkeypatch.setenv("COLUMNS", "200")
    broker = Broker(redis)
    broker.add("mallory")
    stage = Consumer(redis, [names.FACES], STAGE, "recognizer-1")
    stage.join()
    (entry,) = stage.read(count=1, block_ms=0)
    stage.bury(names.FACES, entry.entry_id, "empty face crop", deliveries=5)
    (letter,) = dead.list_dead(redis)

    listed = run.invoke(make_app("dead"), ["dead"])
    assert listed.exit_code == 0, listed.output
    for cell in (names.FACES, letter.letter_id, STAGE, "5", "liveness_failed", "empty face crop"):
        assert cell in listed.stdout
    shown = run.invoke(make_app("dead"), ["dead", "show", names.FACES, letter.letter_id])
    told = json.loads(shown.stdout)
    assert (told["reason"], told["deliveries"], told["event"]["trace_id"]) == ("empty face crop", 5, "mallory")
    assert "jpeg" not in shown.stdout

    put_back = run.invoke(make_app("dead"), ["dead", "replay", names.FACES, letter.letter_id])
    assert (put_back.exit_code, put_back.stdout) == (0, "Put back: 1\n")
    (again,) = stage.read(count=1, block_ms=0)
    event, images = open_entry(broker.ring, again.fields)
    assert (event.trace_id, images) == ("mallory", (b"jpeg",))
    assert run.invoke(make_app("dead"), ["dead"]).stdout == "No dead letters.\n"
    gone = run.invoke(make_app("dead"), ["dead", "show", names.FACES, letter.letter_id])
    assert gone.exit_code == 1
    assert "(any more)" in gone.stderr


def test_a_stream_that_there_is_not(run: CliRunner) -> None:
    result = run.invoke(make_app("dead"), ["dead", "replay", "faecs"])
    assert result.exit_code == 2
    assert "there is no stream 'faecs': one of faces, attempts, failures, enrolled" in result.stderr


def test_the_models_are_listed_with_what_a_missing_one_disables(run: CliRunner) -> None:
    result = run.invoke(make_app("models"), ["models"])
    assert result.exit_code == 0
    assert "facenet_weights.onnx  (91.0 MB, MIT)\n    missing, which disables" in result.stdout
    assert "dlib_face_recognition_resnet_model_v1.dat" in result.stdout


def test_the_first_account_comes_with_a_one_time_password(run: CliRunner) -> None:
    result = run.invoke(make_app("admin"), ["admin", "create-user", "ada", "--role", "invigilator"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("ada: invigilator, one-time password ")
    again = run.invoke(make_app("admin"), ["admin", "create-user", "Ada"])
    assert again.exit_code == 2
    assert "There is a user ada already." in again.stderr


def test_a_role_that_there_is_not(run: CliRunner) -> None:
    result = run.invoke(make_app("admin"), ["admin", "create-user", "ada", "--role", "boss"])
    assert result.exit_code == 2
    assert "super_admin, admin, invigilator, auditor" in result.stderr


def test_keys_are_made_once_for_their_owner_alone_and_rotated_without_losing_the_old(
    run: CliRunner, tmp_path: Path
) -> None:
    assert run.invoke(make_app("keys"), ["keys", "init"]).exit_code == 0
    path = tmp_path / "keys" / "keyring-template.json"
    first = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rotated = run.invoke(make_app("keys"), ["keys", "rotate", "template"])
    assert rotated.exit_code == 0, rotated.output
    second = json.loads(path.read_text())
    assert second["active"] != first["active"]
    assert second["keys"].items() >= first["keys"].items()


def test_a_ring_that_there_is_not(run: CliRunner) -> None:
    result = run.invoke(make_app("keys"), ["keys", "rotate", "photos"])
    assert result.exit_code == 2
    assert "there is no ring 'photos'" in result.stderr
