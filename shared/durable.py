"""Durable streams: what is added is never lost, and its images are sealed.

Repeats are harmless by design rather than impossible: event ids are made from what the event
describes, a hand-on happens once per entry (`shared.hand_on`), and ingest's unique index on the
event id is the last word. So an `add` whose reply was lost may be repeated.
"""

from collections.abc import Sequence

from redis import Redis
from redis.typing import EncodableT, FieldT

from shared import names
from shared.errors import Invalid
from shared.events import AnyEvent, Event, decode, encode, pack_images, unpack_images
from shared.keys import KeyRing, images_about
from shared.redis_replies import Fields, id_after, id_order, text

GROUPS: dict[str, tuple[str, ...]] = {
    names.FACES: (names.RECOGNIZER_GROUP,),
    names.ATTEMPTS: (names.INGEST_GROUP,),
    names.FAILURES: (names.INGEST_GROUP,),
    names.ENROLLED: (names.INGEST_GROUP,),
}
"""Who must have acknowledged an entry before it may be trimmed."""


def seal_entry(ring: KeyRing, event: Event, images: Sequence[bytes] = ()) -> dict[FieldT, EncodableT]:
    """Make the fields of a durable entry: `event`, and `images` sealed under the media ring."""
    fields: dict[FieldT, EncodableT] = {"event": encode(event)}
    if images:
        fields["images"] = ring.seal_envelope(pack_images(images), images_about(event.event_id))
    return fields


def flat(fields: dict[FieldT, EncodableT]) -> list[EncodableT]:
    """Return names and values in turn, as a script's arguments are."""
    parts: list[EncodableT] = []
    for name, value in fields.items():
        parts += [name, value]
    return parts


def open_entry(ring: KeyRing, fields: Fields) -> tuple[AnyEvent, tuple[bytes, ...]]:
    """Undo `seal_entry`.

    Raises:
        Invalid: the event cannot be read, or its images do not open.
    """
    if b"event" not in fields:
        raise Invalid("an entry without an event")
    event = decode(fields[b"event"])
    sealed = fields.get(b"images")
    return event, unpack_images(ring.open_envelope(sealed, images_about(event.event_id))) if sealed else ()


def trace_of(fields: Fields) -> str:
    """Return the trace of an entry, for the log; empty where its event cannot be read."""
    try:
        return decode(fields[b"event"]).trace_id
    except (Invalid, KeyError):
        return ""


class DurableStreams:
    """Adds to durable streams, and trims them."""

    def __init__(self, redis: Redis, media_ring: KeyRing) -> None:
        self._redis = redis
        self._ring = media_ring

    def add(self, stream: str, event: Event, images: Sequence[bytes] = ()) -> str:
        """Add an event; return its entry id. Once this returns, the event is on disk."""
        return text(self._redis.xadd(stream, seal_entry(self._ring, event, images)))

    def add_all(self, stream: str, events: Sequence[Event]) -> None:
        """Add events without images, in one round trip. Once this returns, all are on disk."""
        pipe = self._redis.pipeline(transaction=False)
        for event in events:
            pipe.xadd(stream, seal_entry(self._ring, event))
        pipe.execute()

    def open(self, fields: Fields) -> tuple[AnyEvent, tuple[bytes, ...]]:
        """Read an entry's fields: its event, and its images in the clear."""
        return open_entry(self._ring, fields)


def trim_acknowledged(redis: Redis, stream: str, groups: Sequence[str] | None = None) -> int:
    """Drop the entries that every group has acknowledged; return how many went.

    Nothing goes before all of `groups` exist: one not yet made has acknowledged nothing.
    """
    wanted = set(GROUPS.get(stream, ()) if groups is None else groups)
    delivered = {text(group["name"]): text(group["last-delivered-id"]) for group in redis.xinfo_groups(stream)}
    if not wanted or not wanted <= delivered.keys():
        return 0
    keep_from = min((_first_needed(redis, stream, group, delivered[group]) for group in delivered), key=id_order)
    return int(redis.xtrim(stream, minid=keep_from, approximate=False))


def _first_needed(redis: Redis, stream: str, group: str, last_delivered: str) -> str:
    """The first id that a group may still need. `last_delivered` was read before: what came since is kept."""
    waiting = redis.xpending(stream, group)
    return text(waiting["min"]) if waiting["pending"] else id_after(last_delivered)
