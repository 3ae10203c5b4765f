"""A student's photos become one template, and the result is on its stream before the job is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis

from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.checks import Refusal
from services.recognizer.enrolment.look_alikes import look_alikes_of
from services.recognizer.enrolment.photo import GoodPhoto, PhotoReader
from services.recognizer.follower import GalleryFollower
from services.recognizer.fusion import agreement, fuse
from services.recognizer.settings import RecognizerSection
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import Thresholds
from services.recognizer.vectors import Vector, Vectors
from shared import names
from shared.durable import DurableStreams
from shared.errors import Invalid, Unavailable
from shared.events import EnrolmentFailed, EnrolmentRefusal, FaceEnrolled, LookAlike, PhotosChecked, Quality, event_id
from shared.keys import KeyRing, seal, template_about
from shared.redis_replies import text
from shared.schedule import ScheduleStore

KIOSK_ID = "enrolment"
Enrolled = FaceEnrolled | EnrolmentFailed


@dataclass(frozen=True)
class Request:
    """What a job asks for."""

    student_id: str
    photo_ids: tuple[str, ...]
    asked_at: datetime
    trace_id: str

    def event_id(self, result: str) -> str:
        """The same for every try of a job, so that a repeat is known as one."""
        return event_id("enrolment", result, self.student_id, *self.photo_ids, self.asked_at.isoformat())


def photo_about(photo_id: str) -> str:
    """What the sealed bytes of a travelling photo are bound to."""
    return f"photo:{photo_id}"


class Enroller:
    """Everything that an enrolment job needs, kept from job to job."""

    def __init__(
        self,
        redis: Redis,
        media_ring: KeyRing,
        embedder: Embedder,
        thresholds: Thresholds,
        photos: PhotoReader,
        keys: TemplateKeys,
        settings: RecognizerSection,
    ) -> None:
        self._redis = redis
        self._ring = media_ring
        self.embedder = embedder
        self._thresholds = thresholds
        self._photos = photos
        self._keys = keys
        self._settings = settings
        self._gallery = GalleryFollower(redis, keys, embedder.model_id, embedder.dims)
        self._schedules = ScheduleStore(redis)
        self._streams = DurableStreams(redis, media_ring)

    def enrol(self, request: Request) -> tuple[Enrolled, ...]:
        """Make the template, and put what came of each photo on `enrolled`; once this returns it is on disk.

        Good photos give one `FaceEnrolled`; those refused beside them one `EnrolmentFailed`.

        Raises:
            Unavailable: a model failed, or the gallery is of another model. The job is tried again.
        """
        return self.enrol_many((request,))[0]

    def enrol_many(self, requests: Sequence[Request]) -> list[tuple[Enrolled, ...]]:
        """Do several enrolments as `enrol` does one; what came of them goes to the stream together.

        Raises:
            Unavailable: as `enrol`; done again, each has the same event ids.
        """
        read = self._read([photo_id for request in requests for photo_id in request.photo_ids])
        self._gallery.refresh()
        made = [
            self._results(request, {photo_id: read[photo_id] for photo_id in request.photo_ids}) for request in requests
        ]
        self._streams.add_all(names.ENROLLED, [result for results in made for result in results])
        return made

    def check(self, request: Request) -> PhotosChecked:
        """Judge the photos as an enrolment would, and put that on `enrolled`; no template and no key is made.

        Raises:
            Unavailable: a model failed. The job is tried again.
        """
        read = self._read(request.photo_ids)
        good = [photo for photo in read.values() if isinstance(photo, GoodPhoto)]
        disagreement = self._disagreement(self.embedder.embed([photo.chip for photo in good]))
        found = [photo if isinstance(photo, Refusal) else disagreement for photo in read.values()]
        result = PhotosChecked(
            **self._about(request, "checked"),
            photo_ids=tuple(read),
            findings=tuple(refusal.code if refusal else None for refusal in found),
            details=tuple(refusal.detail if refusal else "" for refusal in found),
        )
        self._streams.add(names.ENROLLED, result)
        return result

    def look(self, still_id: str) -> EnrolmentRefusal | None:
        """Judge one still of a camera by itself, and delete it; None: it would do.

        Raises:
            Unavailable: a model failed.
        """
        found = self._read([still_id])[still_id]
        self._redis.delete(names.enrolment_photo(still_id))
        return found.code if isinstance(found, Refusal) else None

    def _about(self, request: Request, result: str) -> dict[str, Any]:
        return {
            "event_id": request.event_id(result),
            "kiosk_id": KIOSK_ID,
            "captured_at": request.asked_at,
            "trace_id": request.trace_id,
            "student_id": request.student_id,
            "model_id": self.embedder.model_id,
        }

    def _read(self, photo_ids: Sequence[str]) -> dict[str, GoodPhoto | Refusal]:
        sealed = self._redis.mget([names.enrolment_photo(photo_id) for photo_id in photo_ids])
        return {photo_id: self._open(photo_id, one) for photo_id, one in zip(photo_ids, sealed, strict=True)}

    def _open(self, photo_id: str, sealed: object) -> GoodPhoto | Refusal:
        if not isinstance(sealed, bytes):
            return Refusal("photo_gone", "the photo expired before it was read: send it again")
        try:
            data = self._ring.open_envelope(sealed, photo_about(photo_id))
        except Invalid as error:
            return Refusal("photo_gone", str(error))
        return self._photos.read(photo_id, data)

    def _results(self, request: Request, read: Mapping[str, GoodPhoto | Refusal]) -> tuple[Enrolled, ...]:
        good = [photo for photo in read.values() if isinstance(photo, GoodPhoto)]
        refused = {photo_id: photo for photo_id, photo in read.items() if isinstance(photo, Refusal)}
        vectors = self.embedder.embed([photo.chip for photo in good])
        disagreement = self._disagreement(vectors)
        if disagreement is not None:
            return (self._failed(request, dict.fromkeys(read, disagreement)),)
        failed = (self._failed(request, refused),) if refused else ()
        return (self._enrolled(request, good, vectors), *failed) if good else failed

    def _disagreement(self, vectors: Vectors) -> Refusal | None:
        needed = self._thresholds.at_fmr(self._settings.enrolment.agree_fmr)
        agreed = agreement(vectors)
        if agreed is None or agreed >= needed:
            return None
        return Refusal("photos_disagree", f"two photos are only {agreed:.2f} alike, at least {needed:.2f} needed")

    def _enrolled(self, request: Request, good: Sequence[GoodPhoto], vectors: Vectors) -> FaceEnrolled:
        template = fuse(vectors, [photo.quality.score for photo in good])
        self._keep_choice()
        key = self._keys.ensure(request.student_id)
        return FaceEnrolled(
            **self._about(request, "enrolled"),
            photo_ids=tuple(photo.photo_id for photo in good),
            template=seal(key, template.astype("<f4").tobytes(), template_about(request.student_id)),
            quality=_best(good),
            look_alikes=self._look_alikes(request.student_id, template),
        )

    def _failed(self, request: Request, refused: Mapping[str, Refusal]) -> EnrolmentFailed:
        return EnrolmentFailed(
            **self._about(request, "refused"),
            photo_ids=tuple(refused),
            refusals=tuple(refusal.code for refusal in refused.values()),
            detail="; ".join(dict.fromkeys(refusal.detail for refusal in refused.values())),
        )

    def _look_alikes(self, student_id: str, template: Vector) -> tuple[LookAlike, ...]:
        schedule = self._schedules.read()
        budget, rare_fmr = self._settings.false_positive_budget, self._settings.look_alike_fmr
        gallery = self._gallery.enrolled
        return look_alikes_of(student_id, template, schedule, gallery, self._thresholds, budget, rare_fmr)

    def _keep_choice(self) -> None:
        """The first enrolment decides the network of this gallery; another one's templates are refused."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.hsetnx(names.GALLERY_META, "model_id", self.embedder.model_id)
        pipe.hget(names.GALLERY_META, "model_id")
        stored: Any = pipe.execute()[1]
        if stored is None or text(stored) != self.embedder.model_id:
            raise Unavailable(f"the gallery is enrolled with {stored!r}, this worker runs {self.embedder.model_id}")


def _best(photos: Sequence[GoodPhoto]) -> Quality:
    return max((photo.quality for photo in photos), key=lambda quality: quality.score)
