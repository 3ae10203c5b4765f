"""Tells when everything that cameras saw has become a verdict."""

from collections.abc import Iterable, Mapping
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from services.capture.camera import ENDED
from shared import names
from shared.kiosk_channel import KioskChannel
from shared.redis_replies import text

_READERS = (
    (names.FACES, names.RECOGNIZER_GROUP),
    (names.ATTEMPTS, names.INGEST_GROUP),
    (names.FAILURES, names.INGEST_GROUP),
    (names.ENROLLED, names.INGEST_GROUP),
)


def ended(frames: Redis, kiosk_ids: Iterable[str]) -> list[str]:
    """Return the kiosks whose footage has ended."""
    return [
        kiosk_id
        for kiosk_id in kiosk_ids
        if (status := KioskChannel(frames, kiosk_id).camera_status()) is not None and status.detail == ENDED
    ]


def lost(frames: Redis, kiosk_ids: Iterable[str]) -> dict[str, str]:
    """Return the kiosks whose camera cannot be read, each with why."""
    found = {}
    for kiosk_id in kiosk_ids:
        status = KioskChannel(frames, kiosk_id).camera_status()
        if status is not None and status.state == "lost" and status.detail not in ("", ENDED):
            found[kiosk_id] = status.detail
    return found


def last_frames(frames: Redis, kiosk_ids: Iterable[str]) -> tuple[object, ...]:
    """Return when each kiosk's camera took its last frame."""
    statuses = [KioskChannel(frames, kiosk_id).camera_status() for kiosk_id in kiosk_ids]
    return tuple(status.last_frame_at if status else None for status in statuses)


def frames_done(frames: Redis, kiosk_ids: Iterable[str]) -> dict[str, int]:
    """Return how many frames of each kiosk liveness has handled (footage in order only)."""
    wanted = list(kiosk_ids)
    values = frames.mget([names.frames_done(kiosk_id) for kiosk_id in wanted])
    return {kiosk_id: int(value) for kiosk_id, value in zip(wanted, values, strict=True) if value is not None}


def streams_drained(events: Redis) -> bool:
    """Tell whether every durable entry was read and acknowledged by its stage."""
    return all(_drained(events, stream, group) for stream, group in _READERS)


def _drained(events: Redis, stream: str, group: str) -> bool:
    try:
        newest = _fields(events.xinfo_stream(stream))["last-generated-id"]
        groups = {text(fields["name"]): fields for fields in map(_fields, events.xinfo_groups(stream))}
    except ResponseError:  # nothing was ever written to it
        return True
    mine = groups.get(group)
    return mine is not None and int(mine["pending"]) == 0 and text(mine["last-delivered-id"]) == text(newest)


def _fields(reply: Mapping[Any, Any]) -> dict[str, Any]:
    return {text(key): value for key, value in reply.items()}
