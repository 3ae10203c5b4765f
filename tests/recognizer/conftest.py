"""The cast, with public faces: Ada sits in hall A, Grace in hall B, Mallory on no roster."""

import functools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from services.recognizer.adapters.deepface_network import load_deepface
from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.alignment import Image, aligned
from services.recognizer.embedder import Embedder
from services.recognizer.follower import GalleryFollower
from services.recognizer.settings import RecognizerSection
from services.recognizer.step import Identify
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from services.recognizer.vectors import Vector
from shared import images
from shared.events import ActionDone, Crop, LiveFace, Moment, event_id
from shared.gallery import GalleryEntry, GalleryStore
from shared.keys import KeyRing, new_ring, seal, template_about
from shared.landmarks import Landmarker, open_landmarker
from shared.models import ModelCache
from shared.quality import measure
from shared.schedule import Schedule, ScheduleStore, SittingView
from shared.stage import Delivery

CAST = {"ada": "Debbie_Reynolds", "grace": "Jennifer_Connelly", "mallory": "Matt_Damon"}
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOMENTS: tuple[Moment, ...] = ("start", "middle", "end")


@pytest.fixture(scope="session")
def cache(materials: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelCache:
    return ModelCache(tmp_path_factory.mktemp("models"), materials / "models")


@pytest.fixture(scope="session")
def intel(cache: ModelCache) -> Embedder:
    return load_intel(cache, threads=1)


@pytest.fixture(scope="session")
def dlib(cache: ModelCache) -> Embedder:
    return load_deepface("Dlib", cache)


@pytest.fixture(scope="session")
def landmarker() -> Iterator[Landmarker]:
    found = open_landmarker(max_faces=4, still=True)
    yield found
    found.close()


class Faces:
    """Photos of the cast: `faces.jpeg("ada", 1)`."""

    def __init__(self, lfw: Path, landmarker: Landmarker) -> None:
        self._lfw = lfw
        self._landmarker = landmarker

    def jpeg(self, who: str, number: int) -> bytes:
        return (self._lfw / CAST[who] / f"{CAST[who]}_{number:04d}.jpg").read_bytes()

    def crop(self, who: str, number: int, moment: Moment = "start", **quality: float) -> Crop:
        crop = self._crop(who, number)
        return crop.model_copy(
            update={
                "moment": moment,
                "quality": crop.quality.model_copy(update={"yaw_deg": 0.0, "pitch_deg": 0.0, **quality}),
            }
        )

    @functools.cache  # noqa: B019 - one object for the whole run
    def _crop(self, who: str, number: int) -> Crop:
        picture = images.decode(self.jpeg(who, number))
        face = max(self._landmarker.find(picture), key=lambda found: found.box.width)
        height, width = picture.shape[:2]
        return Crop(
            moment="start",
            captured_at=NOON,
            width=width,
            height=height,
            points=face.points,
            quality=measure(picture, face),
        )

    def chip(self, who: str, number: int, embedder: Embedder) -> Image:
        picture = images.decode(self.jpeg(who, number))
        return aligned(picture, self.crop(who, number).points, embedder.template)

    def vector(self, who: str, number: int, embedder: Embedder) -> Vector:
        vector: Vector = embedder.embed([self.chip(who, number, embedder)])[0]
        return vector


@pytest.fixture(scope="session")
def faces(materials: Path, landmarker: Landmarker) -> Faces:
    return Faces(materials / "faces" / "lfw", landmarker)


@pytest.fixture
def template_ring() -> KeyRing:
    return new_ring("template")


@pytest.fixture
def media_ring() -> KeyRing:
    return new_ring("media")


@pytest.fixture
def keys(redis: Redis, template_ring: KeyRing) -> TemplateKeys:
    return TemplateKeys(redis, template_ring)


Enrol = Callable[..., None]


@pytest.fixture
def put_template(redis: Redis, keys: TemplateKeys) -> Enrol:
    def put(student_id: str, vector: Vector, model_id: str, sitting_id: int | None = None) -> None:
        key = keys.ensure(student_id)
        sealed = seal(key, vector.astype("<f4").tobytes(), template_about(student_id))
        GalleryStore(redis).put(
            [GalleryEntry(student_id=student_id, model_id=model_id, sealed=sealed, sitting_id=sitting_id)]
        )

    return put


def sitting(sitting_id: int = 1, **hall_of: str) -> SittingView:
    return SittingView(
        sitting_id=sitting_id,
        exam_code="MA101",
        subject="Analysis",
        starts_at=NOON + timedelta(minutes=30),
        ends_at=NOON + timedelta(hours=3),
        opens_at=NOON - timedelta(minutes=10),
        late_after=NOON + timedelta(minutes=30),
        closes_at=NOON + timedelta(minutes=60),
        in_play_from=NOON - timedelta(minutes=70),
        policy="blink",
        hall_of=hall_of,
    )


@pytest.fixture
def schedule(redis: Redis) -> ScheduleStore:
    store = ScheduleStore(redis)
    store.write(Schedule(sittings=(sitting(ada="A", grace="B"),)))
    return store


@pytest.fixture
def identify(redis: Redis, intel: Embedder, keys: TemplateKeys, schedule: ScheduleStore) -> Identify:
    gallery = GalleryFollower(redis, keys, intel.model_id, intel.dims)
    return Identify(intel, thresholds_of(intel.model_id), gallery, schedule, RecognizerSection())


def live_face(crops: list[Crop], **fields: object) -> LiveFace:
    given: dict[str, object] = {
        "event_id": event_id("live_face", "A__door1", "t-1"),
        "kiosk_id": "A__door1",
        "captured_at": NOON,
        "trace_id": "trace-1",
        "track_id": "t-1",
        "track_started_at": NOON - timedelta(seconds=3),
        "fence": 4,
        "policy": "blink",
        "frame_sent_at": NOON,
        "challenge": (ActionDone(action="blink", asked_at=NOON - timedelta(seconds=2), done_at=NOON),),
        "crops": tuple(crops),
        **fields,
    }
    return LiveFace.model_validate(given)


def delivered(event: LiveFace, jpegs: list[bytes]) -> Delivery:
    return Delivery("faces", "1-0", event, tuple(jpegs), NOON + timedelta(milliseconds=20), 1)


@pytest.fixture
def visit(faces: Faces) -> Callable[..., Delivery]:
    """A visit shown by photos: `visit(("ada", 2), ("ada", 3))`, one crop of each, from start, middle, end."""

    def make(*shown: tuple[str, int], **fields: object) -> Delivery:
        crops = [faces.crop(who, number, MOMENTS[at % 3]) for at, (who, number) in enumerate(shown)]
        return delivered(live_face(crops, **fields), [faces.jpeg(who, number) for who, number in shown])

    return make


def random_unit(rng: np.random.Generator, dims: int) -> Vector:
    vector = rng.normal(size=dims).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
