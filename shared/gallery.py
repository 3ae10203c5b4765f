"""The gallery view: sealed templates in Redis, followed by version, never reloaded whole.

Keys are `student:{student_id}` (enrolment) and `admission:{sitting_id}:{student_id}` (today's
admission). An entry is sealed under the student's template key, which stands elsewhere
(`names.TEMPLATE_KEYS`): dropping that key makes every copy of the entry dead.
"""

from collections.abc import Iterable
from typing import cast

from redis import Redis

from shared import names
from shared.events import Wire


class GalleryEntry(Wire):
    """One sealed template."""

    student_id: str
    model_id: str
    sealed: bytes
    """Opened with the student's template key, about `keys.template_about(student_id)`: float32, unit length."""
    sitting_id: int | None = None
    """Set for today's admissions."""

    @property
    def key(self) -> str:
        """Where it stands in the view."""
        if self.sitting_id is None:
            return enrolment_key(self.student_id)
        return admission_key(self.sitting_id, self.student_id)


class GalleryDelta(Wire):
    """What changed since a version."""

    epoch: str
    version: int
    upserts: dict[str, GalleryEntry]
    gone: tuple[str, ...]
    whole: bool
    """The view was rebuilt: what is not in `upserts` is gone."""


def enrolment_key(student_id: str) -> str:
    """Gallery key of a student's enrolment."""
    return f"student:{student_id}"


def admission_key(sitting_id: int, student_id: str) -> str:
    """Gallery key of a student's admission to one sitting."""
    return f"admission:{sitting_id}:{student_id}"


_VIEW = (names.GALLERY_VERSION, names.GALLERY_CHANGES, names.GALLERY_ENTRIES, names.GALLERY_META)

# Number and change are one step: with two writers, a follower that has seen version 6 must not
# find version 5 appear behind it.
_CHANGE = """
local version = redis.call('INCR', KEYS[1])
redis.call('ZADD', KEYS[2], version, ARGV[1])
if ARGV[2] then
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
else
  redis.call('HDEL', KEYS[3], ARGV[1])
end
return version
"""

# One look at epoch, changes and entries: a rebuild in between would mix two views.
_SINCE = """
local epoch = redis.call('HGET', KEYS[4], 'epoch') or ''
local from = '(' .. ARGV[2]
if epoch ~= ARGV[1] then from = '-inf' end
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], from, '+inf', 'WITHSCORES')
local entries = {}
for at = 1, #changed, 2 do
  entries[#entries + 1] = redis.call('HGET', KEYS[3], changed[at])
end
return {epoch, changed, entries}
"""


class GalleryStore:
    """Reads and writes the view in the events Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def put(self, entries: Iterable[GalleryEntry]) -> None:
        """Add or replace entries, each under a new version."""
        for entry in entries:
            self._redis.eval(_CHANGE, len(_VIEW), *_VIEW, entry.key, entry.model_dump_json())

    def remove(self, keys: Iterable[str]) -> None:
        """Take entries out; followers learn of it by version."""
        for key in keys:
            self._redis.eval(_CHANGE, len(_VIEW), *_VIEW, key)

    def rebuild(self, entries: Iterable[GalleryEntry], epoch: str, model_id: str | None = None) -> None:
        """Replace the whole view under a new epoch, in one transaction; `model_id` is the office's network, if any."""
        entries = list(entries)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(names.GALLERY_ENTRIES, names.GALLERY_CHANGES)
            for version, entry in enumerate(entries, start=1):
                pipe.hset(names.GALLERY_ENTRIES, entry.key, entry.model_dump_json())
                pipe.zadd(names.GALLERY_CHANGES, {entry.key: version})
            pipe.set(names.GALLERY_VERSION, len(entries))
            pipe.hset(names.GALLERY_META, "epoch", epoch)
            if model_id is not None:
                pipe.hset(names.GALLERY_META, "model_id", model_id)
            pipe.execute()

    def epoch(self) -> str:
        """Return the epoch of the last rebuild, empty before the first."""
        return cast(bytes, self._redis.hget(names.GALLERY_META, "epoch") or b"").decode()

    def version(self) -> int:
        """Return the version of the last change, 0 before the first."""
        return int(cast("bytes | None", self._redis.get(names.GALLERY_VERSION)) or 0)

    def model_id(self) -> str | None:
        """Return the network that the gallery is enrolled with, None before the first enrolment."""
        stored = cast("bytes | None", self._redis.hget(names.GALLERY_META, "model_id"))
        return stored.decode() if stored is not None else None

    def keep_model(self, model_id: str) -> None:
        """Say which network the gallery is enrolled with."""
        self._redis.hset(names.GALLERY_META, "model_id", model_id)

    def since(self, epoch: str, version: int) -> GalleryDelta:
        """Return what changed after `version` of `epoch`; everything where the epoch is another."""
        now, changed, raw = cast(
            "tuple[bytes, list[bytes], list[bytes | None]]",
            self._redis.eval(_SINCE, len(_VIEW), *_VIEW, epoch, str(version)),
        )
        whole = now.decode() != epoch
        keys = [key.decode() for key in changed[::2]]
        found = dict(zip(keys, raw, strict=True))
        return GalleryDelta(
            epoch=now.decode(),
            version=max(map(int, changed[1::2]), default=0 if whole else version),
            upserts={key: GalleryEntry.model_validate_json(value) for key, value in found.items() if value},
            gone=tuple(key for key, value in found.items() if not value),
            whole=whole,
        )
