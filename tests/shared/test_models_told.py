"""What a service says of its models reaches whoever shows it, and is forgotten when nobody says it any more."""

from pathlib import Path

from redis import Redis

from services.launcher.embedded_redis import EmbeddedRedis
from shared import names
from shared.connections import connect
from shared.model_list import FACE_LANDMARKER, INTEL_BIN, INTEL_XML, MODELS
from shared.models import ModelCache
from shared.models_told import FACE_FILES, LANDMARK_FILES, ModelInUse, ModelsTeller, ModelsTold, models_told


def teller(redis: Redis, cache: Path) -> ModelsTeller:
    return ModelsTeller(redis, "recognizer", ModelCache(cache), FACE_FILES)


def test_what_does_a_task_is_told_at_once_with_the_files_that_are_missing(redis: Redis, tmp_path: Path) -> None:
    teller(redis, tmp_path)(ModelInUse(task="face", model="deepface:Dlib:1"))
    (told,) = models_told(redis, "recognizer")
    assert told.in_use == (ModelInUse(task="face", model="deepface:Dlib:1"),)
    missing = {file.name: file.disables for file in told.missing}
    assert missing[INTEL_XML] == missing[INTEL_BIN] == "Intel's face network"
    assert FACE_LANDMARKER not in missing, "it is not the recognizer's"
    assert list(models_told(redis, "liveness")) == []


def test_the_newest_word_on_a_task_counts(redis: Redis, tmp_path: Path) -> None:
    tell = ModelsTeller(redis, "liveness", ModelCache(tmp_path), LANDMARK_FILES)
    tell(ModelInUse(task="landmarks", problem="no mediapipe"))
    tell(ModelInUse(task="landmarks", model="mp.solutions"))
    (told,) = models_told(redis, "liveness")
    assert [one.model for one in told.in_use] == ["mp.solutions"]


def test_machines_that_are_gone_and_words_of_another_version_are_left_out(redis: Redis, tmp_path: Path) -> None:
    old = ModelsTold(host="gone", told_ms=1, in_use=(), missing=())
    redis.hset(names.models_told("recognizer"), mapping={"gone": old.model_dump_json(), "newer": b'{"v": 2}'})
    assert list(models_told(redis, "recognizer")) == []
    teller(redis, tmp_path).tell()
    assert len(redis.hkeys(names.models_told("recognizer"))) == 1


def test_who_tells_does_not_wait_for_a_redis_that_is_away(own_redis: EmbeddedRedis, tmp_path: Path) -> None:
    client = connect(own_redis.url, "test", socket_timeout_s=0.2, retries=0)
    tell = teller(client, tmp_path)
    own_redis.stop()
    tell(ModelInUse(task="face", model="deepface:Dlib:1"))


def test_every_file_that_is_looked_for_is_of_the_list() -> None:
    assert {*FACE_FILES, *LANDMARK_FILES} <= {file.name for file in MODELS}
