"""The composed stage and its processes: from a sealed entry on one stream to one on the next."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from services.launcher.embedded_redis import EmbeddedRedis
from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.enroller import photo_about
from services.recognizer.enrolment.job import JOB, QUEUE
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import recognizer_stage
from shared import names
from shared.connections import connect
from shared.errors import Unavailable
from shared.events import FaceIdentified, LiveFace
from shared.health import HealthBoard
from shared.keys import KeyRing, save_ring
from shared.models_told import ModelInUse
from shared.redis_replies import entries
from shared.schedule import Schedule, ScheduleStore
from shared.stage import Delivery
from shared.streams import DurableStreams, open_entry
from tests.broker import wait_until
from tests.recognizer.conftest import NOON, Enrol, Faces, sitting

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def keys_dir(tmp_path: Path, template_ring: KeyRing, media_ring: KeyRing) -> Path:
    save_ring(tmp_path / "keys", template_ring)
    save_ring(tmp_path / "keys", media_ring)
    return tmp_path / "keys"


@pytest.fixture
def settings(redis_server: EmbeddedRedis, materials: Path, tmp_path: Path, keys_dir: Path) -> RecognizerSettings:
    return RecognizerSettings(
        redis_url=redis_server.url,
        keys_dir=keys_dir,
        models_dir=tmp_path / "models",
        models_mirror=materials / "models",
    )


def test_a_live_face_on_one_stream_becomes_an_attempt_on_the_next(
    redis: Redis,
    settings: RecognizerSettings,
    media_ring: KeyRing,
    put_template: Enrol,
    faces: Faces,
    intel: Embedder,
    visit: Callable[..., Delivery],
) -> None:
    put_template("ada", faces.vector("ada", 1, intel), intel.model_id)
    ScheduleStore(redis).write(Schedule(sittings=(sitting(ada="A"),)))
    came = visit(("ada", 2), ("ada", 4))
    stop, health = threading.Event(), HealthBoard()
    told: list[ModelInUse] = []
    stage = recognizer_stage(settings, redis, health, told.append)
    assert told == [ModelInUse(task="face", model=intel.model_id)]
    thread = threading.Thread(target=stage.run, args=[stop])
    thread.start()
    try:
        DurableStreams(redis, media_ring).add(names.FACES, came.event, came.images)
        wait_until(lambda: redis.xlen(names.ATTEMPTS), "an attempt")
    finally:
        stop.set()
        thread.join()
    (entry,) = entries(redis.xrange(names.ATTEMPTS))
    found, jpegs = open_entry(media_ring, entry.fields or {})
    assert isinstance(found, FaceIdentified)
    assert isinstance(came.event, LiveFace)
    assert (found.finding, found.candidate_id, found.live_face_id) == ("match", "ada", came.event.event_id)
    assert jpegs[0] in came.images
    assert came.images[0][:64] not in (entry.fields or {})[b"images"]
    assert redis.xpending(names.FACES, names.RECOGNIZER_GROUP)["pending"] == 0


def test_without_keys_the_stage_does_not_start(redis: Redis, settings: RecognizerSettings, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nero keys init"):
        recognizer_stage(settings.model_copy(update={"keys_dir": tmp_path / "none"}), redis, HealthBoard())


@pytest.fixture
def environment(settings: RecognizerSettings) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("NERO_")},
        "NERO_REDIS_URL": settings.redis_url,
        "NERO_KEYS_DIR": str(settings.keys_dir),
        "NERO_MODELS_DIR": str(settings.models_dir),
        "NERO_MODELS_MIRROR": str(settings.models_mirror),
        "NERO_METRICS_PORT": str(free_port()),
        "NERO_LOG_FORMAT": "json",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(environment: dict[str, str]) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{environment['NERO_METRICS_PORT']}/health", timeout=2)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and bool(answer.json()["components"])


@pytest.mark.parametrize("arguments", [[], ["enrolment"]], ids=["stage", "enrolment"])
def test_each_process_starts_says_that_it_is_well_and_stops_when_told(
    arguments: list[str], redis: Redis, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "services.recognizer", *arguments]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or healthy(environment), "a healthy process")
        assert process.poll() is None, (tmp_path / "log").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
    assert "face network" in (tmp_path / "log").read_text()
    assert "intel" in (tmp_path / "log").read_text()


def says_that_redis_is_away(environment: dict[str, str]) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{environment['NERO_METRICS_PORT']}/health", timeout=2)
    except httpx.TransportError:
        return False
    return answer.status_code == 503 and "redis" in answer.json()["components"]


@pytest.mark.parametrize("arguments", [[], ["enrolment"]], ids=["stage", "enrolment"])
def test_each_process_waits_for_a_redis_that_is_away_when_it_starts(
    arguments: list[str], own_redis: EmbeddedRedis, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["NERO_REDIS_URL"] = own_redis.url
    own_redis.kill()
    command = [sys.executable, "-m", "services.recognizer", *arguments]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or says_that_redis_is_away(environment), "its sentence")
        assert process.poll() is None, (tmp_path / "log").read_text()
        own_redis.start()
        wait_until(lambda: process.poll() is not None or healthy(environment), "a healthy process")
        assert process.poll() is None, (tmp_path / "log").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def test_a_network_that_cannot_be_had_is_one_clear_line(
    redis: Redis, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["NERO_RECOGNIZER__NETWORK"] = "ArcFace"
    command = [sys.executable, "-m", "services.recognizer"]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "NERO_RECOGNIZER__WEIGHTS_SHA256" in done.stderr
    assert "Traceback" not in done.stderr


def test_enrolment_goes_on_by_itself_when_redis_was_restarted(
    own_redis: EmbeddedRedis, environment: dict[str, str], media_ring: KeyRing, faces: Faces, tmp_path: Path
) -> None:
    environment["NERO_REDIS_URL"] = own_redis.url
    command = [sys.executable, "-m", "services.recognizer", "enrolment"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or healthy(environment), "a healthy process")
        own_redis.kill()
        own_redis.start()
        redis = connect(own_redis.url, "test")
        redis.set(names.enrolment_photo("p0"), media_ring.seal_envelope(faces.jpeg("ada", 1), photo_about("p0")))
        kwargs = {"student_id": "ada", "photo_ids": ["p0"], "asked_at": NOON.isoformat(), "trace_id": "t"}
        Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue_call(JOB, kwargs=kwargs)
        wait_until(lambda: redis.xlen(names.ENROLLED), "an enrolment")
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
