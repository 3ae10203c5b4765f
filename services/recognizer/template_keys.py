"""Students' template keys: wrapped in Redis, unwrapped only in this process's memory."""

from collections.abc import Sequence
from typing import Any

from redis import Redis

from shared import logs, names
from shared.errors import Invalid
from shared.keys import KeyRing, new_data_key, template_about

_log = logs.get("template_keys")


class TemplateKeys:
    """The hash `names.TEMPLATE_KEYS`, through the template ring. A dropped key makes every copy dead."""

    def __init__(self, redis: "Redis", ring: KeyRing) -> None:
        self._redis = redis
        self._ring = ring

    def get(self, student_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the keys that are there and open."""
        if not student_ids:
            return {}
        wrapped: list[Any] = self._redis.hmget(names.TEMPLATE_KEYS, list(student_ids))
        found = {}
        for student_id, value in zip(student_ids, wrapped, strict=True):
            key = self._unwrap(student_id, value) if value else None
            if key is not None:
                found[student_id] = key
        return found

    def ensure(self, student_id: str) -> bytes:
        """Return a student's key, making it where there is none; two workers at once agree on one.

        Raises:
            Invalid: there is one, and it does not open.
        """
        about = template_about(student_id)
        pipe = self._redis.pipeline(transaction=False)
        pipe.hsetnx(names.TEMPLATE_KEYS, student_id, self._ring.wrap(new_data_key(), about))
        pipe.hget(names.TEMPLATE_KEYS, student_id)
        kept: Any = pipe.execute()[1]
        return self._ring.unwrap(kept or b"", about)

    def _unwrap(self, student_id: str, wrapped: bytes) -> bytes | None:
        try:
            return self._ring.unwrap(wrapped, template_about(student_id))
        except Invalid as error:
            _log.warning("a template key does not open", student_id=student_id, reason=str(error))
            return None
