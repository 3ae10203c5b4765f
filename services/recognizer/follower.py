"""Follows the gallery view in Redis: by version, never reloading what did not change."""

import numpy as np
from redis import Redis

from services.recognizer.gallery import Matrix
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.vectors import Vector
from shared import logs, metrics, names
from shared.errors import Invalid, Unavailable
from shared.gallery import GalleryDelta, GalleryEntry, GalleryStore, admission_key
from shared.keys import open_sealed, seal, template_about
from shared.redis_replies import text

_log = logs.get("gallery")


class GalleryFollower:
    """Enrolment templates and today's admissions, opened, of one model. Others are counted, never compared."""

    def __init__(self, redis: "Redis", keys: TemplateKeys, model_id: str, dims: int) -> None:
        self._redis = redis
        self._store = GalleryStore(redis)
        self._keys = keys
        self.model_id = model_id
        self._dims = dims
        self._epoch = ""
        self._version = 0
        self._unreadable: dict[str, GalleryEntry] = {}
        self._other_model: set[str] = set()
        self.enrolled = Matrix(dims)
        self.admitted = Matrix(dims)
        """By `admission_key`."""

    @property
    def version(self) -> tuple[str, int]:
        """What was taken in last: the view's epoch, and the version in it."""
        return self._epoch, self._version

    def refresh(self) -> None:
        """Take in what changed since the last time.

        Raises:
            Unavailable: the gallery was enrolled with another network than this process runs.
        """
        self._check_model()
        delta = self._store.since(self._epoch, self._version)
        if delta.whole:
            self._forget_all()
        for key in delta.gone:
            self._forget(key)
        self._take({**self._unreadable, **delta.upserts})
        self._epoch, self._version = delta.epoch, delta.version
        if delta.whole or delta.upserts or delta.gone:
            self._report(delta)

    def admission(self, student_id: str, sitting_ids: list[int]) -> Vector | None:
        """Return a student's admission to the latest of these sittings, or None."""
        for sitting_id in sorted(sitting_ids, reverse=True):
            vector = self.admitted.get(admission_key(sitting_id, student_id))
            if vector is not None:
                return vector
        return None

    def seal_for(self, student_id: str, probe: Vector) -> bytes | None:
        """Seal a probe under a student's own template key; None where the key is gone."""
        key = self._keys.get([student_id]).get(student_id)
        return seal(key, probe.astype("<f4").tobytes(), template_about(student_id)) if key else None

    def _check_model(self) -> None:
        stored = self._redis.hget(names.GALLERY_META, "model_id")
        if stored is not None and text(stored) != self.model_id:
            raise Unavailable(
                f"the gallery is enrolled with {text(stored)}, this process runs {self.model_id}: restart it"
            )

    def _take(self, entries: dict[str, GalleryEntry]) -> None:
        ours = {key: entry for key, entry in entries.items() if entry.model_id == self.model_id}
        for key in entries.keys() - ours.keys():
            self._forget(key)
            self._other_model.add(key)
        opened = self._keys.get(sorted({entry.student_id for entry in ours.values()})) if ours else {}
        for key, entry in ours.items():
            self._put(key, entry, opened.get(entry.student_id))

    def _put(self, key: str, entry: GalleryEntry, data_key: bytes | None) -> None:
        self._forget(key)
        try:
            vector = open_template(entry.sealed, data_key, entry.student_id, self._dims)
        except Invalid as error:
            if key not in self._unreadable:
                _log.warning("a template does not open", entry=key, reason=str(error))
            self._unreadable[key] = entry
            return
        if entry.sitting_id is None:
            self.enrolled.put(entry.student_id, vector)
        else:
            self.admitted.put(key, vector)

    def _forget(self, key: str) -> None:
        self._unreadable.pop(key, None)
        self._other_model.discard(key)
        self.admitted.drop(key)
        if key.startswith("student:"):
            student_id = key.removeprefix("student:")
            self.enrolled.drop(student_id)

    def _forget_all(self) -> None:
        self.enrolled.clear()
        self.admitted.clear()
        self._unreadable.clear()
        self._other_model.clear()

    def _report(self, delta: GalleryDelta) -> None:
        metrics.GALLERY_VERSION.set(delta.version)
        for kind, count in (
            ("student", len(self.enrolled)),
            ("admission", len(self.admitted)),
            ("other_model", len(self._other_model)),
            ("unreadable", len(self._unreadable)),
        ):
            metrics.GALLERY_SIZE.labels(kind).set(count)


def open_template(sealed: bytes, data_key: bytes | None, student_id: str, dims: int) -> Vector:
    """Return a sealed template as a unit vector of `dims` numbers.

    Raises:
        Invalid: no key, another key, or not a template of this size.
    """
    if data_key is None:
        raise Invalid("the student's template key is gone")
    vector = np.frombuffer(open_sealed(data_key, sealed, template_about(student_id)), "<f4")
    if vector.shape != (dims,) or not np.isclose(np.linalg.norm(vector), 1, atol=1e-3):
        raise Invalid(f"not a template of {dims} numbers and unit length")
    return vector
