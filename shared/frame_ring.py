"""Frames, which are perishable: a short ring per kiosk, read newest first, with what is skipped counted.

Footage on its own clock is the exception (`in_order`): the reader gets every frame, one by one, and
the writer waits until each is done.
"""

from collections import deque
from typing import NamedTuple

from redis import Redis
from redis.typing import EncodableT, FieldT, KeyT, StreamIdT

from shared import logs, names
from shared.connections import BLOCK_MS
from shared.errors import Invalid
from shared.events import FrameCaptured, decode, encode, pack_images, unpack_images
from shared.redis_replies import Entry, entries, entries_by_stream, id_after, id_ms, text

_log = logs.get("frames")

MAX_AGE_S = 2.0
MAX_BYTES = 4_000_000
_READ_COUNT = 100
"""More than a ring holds at 30 fps."""
_FOOTAGE_KEPT_MS = 600_000
"""Footage waits this long for a reader; a live ring is gone when its newest frame is too old."""


class ReadFrame(NamedTuple):
    """A frame, its JPEG, and how many before it were skipped."""

    frame: FrameCaptured
    jpeg: bytes
    skipped: int


class _Kept(NamedTuple):
    entry_id: str
    sequence: int
    size_bytes: int


class FrameRing:
    """The writing side of one kiosk's ring."""

    def __init__(self, redis: Redis, kiosk_id: str, max_age_s: float = MAX_AGE_S, max_bytes: int = MAX_BYTES) -> None:
        self._redis = redis
        self._kiosk_id = kiosk_id
        self._max_age_ms = int(max_age_s * 1000)
        self._max_bytes = max_bytes
        self._kept: deque[_Kept] = deque()
        self._keep_from = "0-1"
        self._bytes = 0
        self._done = -1
        self._begun = False

    def publish(self, frame: FrameCaptured, jpeg: bytes) -> None:
        """Add a frame and trim what is too old or too much.

        `frame.sequence` counts the frames published: a gap in it is a frame that the reader missed.
        """
        self._begin()
        fields: dict[FieldT, EncodableT] = {"event": encode(frame), "images": pack_images([jpeg])}
        key = names.frames(self._kiosk_id)
        self._forget_what_is_over(frame, len(jpeg))
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.xadd(key, fields, minid=self._keep_from, approximate=False)
            pipe.pexpire(key, _FOOTAGE_KEPT_MS if frame.in_order else self._max_age_ms)
            entry_id = text(pipe.execute()[0])
        self._kept.append(_Kept(entry_id, frame.sequence, len(jpeg)))
        self._bytes += len(jpeg)

    def is_done(self, sequence: int) -> bool:
        """Tell whether the reader has handled the frame `sequence`."""
        return self._read_done() >= sequence

    def _begin(self) -> None:
        """Forget how far a reader got in an earlier run, and that run's frames."""
        if not self._begun:
            # Emptied, not deleted: a stream made anew may number its first frame before the last that was read.
            self._redis.xtrim(names.frames(self._kiosk_id), maxlen=0, approximate=False)
            self._redis.delete(names.frames_done(self._kiosk_id))
            self._begun = True

    def _forget_what_is_over(self, frame: FrameCaptured, size_bytes: int) -> None:
        while self._kept and self._is_over(self._kept[0], frame, size_bytes):
            gone = self._kept.popleft()
            self._bytes -= gone.size_bytes
            self._keep_from = id_after(gone.entry_id)

    def _is_over(self, oldest: _Kept, frame: FrameCaptured, size_bytes: int) -> bool:
        if frame.in_order:
            return oldest.sequence <= self._done
        too_old = id_ms(self._kept[-1].entry_id) - id_ms(oldest.entry_id) > self._max_age_ms
        return too_old or self._bytes + size_bytes > self._max_bytes

    def _read_done(self) -> int:
        raw = self._redis.get(names.frames_done(self._kiosk_id))
        self._done = int(raw) if raw is not None else -1
        return self._done


class FrameReader:
    """The reading side of one kiosk's ring."""

    def __init__(self, redis: Redis, kiosk_id: str) -> None:
        self._readers = FrameReaders(redis)
        self._readers.follow(kiosk_id)
        self._kiosk_id = kiosk_id
        self._waiting: deque[ReadFrame] = deque()

    def newest(self, block_ms: int = 0) -> ReadFrame | None:
        """Return the newest frame not yet returned, or the next one of footage in order; None without one.

        Args:
            block_ms: how long to wait for one; 0 does not wait.
        """
        if not self._waiting:
            self._waiting.extend(self._readers.read(block_ms))
        return self._waiting.popleft() if self._waiting else None

    def done(self, sequence: int) -> None:
        """Say that the frame `sequence` was handled."""
        self._readers.done(self._kiosk_id, sequence)


class _Position:
    """How far one kiosk's ring was read."""

    def __init__(self, after: str, done: int) -> None:
        self.after = after
        self.done = done
        self.sequence: int | None = None


class FrameReaders:
    """The reading side of many kiosks' rings, waited on at once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._positions: dict[str, _Position] = {}

    def follow(self, kiosk_id: str) -> None:
        """Begin to read a kiosk: with its newest frame, or the first that is not done of footage in order."""
        if kiosk_id not in self._positions:
            raw = self._redis.get(names.frames_done(kiosk_id))
            self._positions[kiosk_id] = _Position("0-0", int(raw) if raw is not None else -1)

    def drop(self, kiosk_id: str) -> None:
        """Read a kiosk no more."""
        self._positions.pop(kiosk_id, None)

    @property
    def kiosks(self) -> tuple[str, ...]:
        """The kiosks being read."""
        return tuple(self._positions)

    def read(self, block_ms: int = 0) -> list[ReadFrame]:
        """Return each kiosk's newest frame, and every frame of footage in order; empty without one.

        Args:
            block_ms: how long to wait for the first of them, up to 1 s; 0 does not wait.
        """
        if not self._positions:
            return []
        after: dict[KeyT, StreamIdT] = {names.frames(kiosk): at.after for kiosk, at in self._positions.items()}
        block = min(block_ms, BLOCK_MS) or None
        found = entries_by_stream(self._redis.xread(after, count=_READ_COUNT, block=block))
        frames: list[ReadFrame] = []
        for kiosk_id, position in self._positions.items():
            frames += _take(position, found.get(names.frames(kiosk_id), []))
        return frames

    def done(self, kiosk_id: str, sequence: int) -> None:
        """Say that a kiosk's frame was handled; footage in order waits for it."""
        self._redis.set(names.frames_done(kiosk_id), sequence, px=_FOOTAGE_KEPT_MS)


def newest_frame(redis: Redis, kiosk_id: str) -> tuple[FrameCaptured, bytes] | None:
    """Return a kiosk's newest frame and its JPEG, for who looks in now and then; None while there is none."""
    found = entries(redis.xrevrange(names.frames(kiosk_id), count=1))
    return _open(found[0]) if found else None


def has_frames(redis: Redis, kiosk_id: str) -> bool:
    """Tell whether a kiosk's ring holds any frame now."""
    return bool(redis.xlen(names.frames(kiosk_id)))


def _take(position: _Position, entries: list[Entry]) -> list[ReadFrame]:
    """Choose what is returned of one kiosk's new entries, and count what is not."""
    if not entries:
        return []
    position.after = entries[-1].entry_id
    found = [read for entry in entries if (read := _open(entry)) is not None]
    wanted = [pair for pair in found if pair[0].in_order and pair[0].sequence > position.done]
    if found and not found[-1][0].in_order:
        wanted.append(found[-1])
    return [ReadFrame(frame, jpeg, _skipped(position, frame, len(found))) for frame, jpeg in wanted]


def _skipped(position: _Position, frame: FrameCaptured, found: int) -> int:
    """Count the frames since the last one taken; nothing counts as skipped before the first."""
    before, position.sequence = position.sequence, frame.sequence
    if before is None or frame.in_order:
        return 0
    if frame.sequence > before:
        return frame.sequence - before - 1
    return found - 1  # the writer began anew


def _open(entry: Entry) -> tuple[FrameCaptured, bytes] | None:
    """Read a frame's entry; None for what is no frame (a newer version's, or damaged): it is lost, as frames may be."""
    try:
        fields = entry.fields or {}
        frame = decode(fields[b"event"])
        (jpeg,) = unpack_images(fields[b"images"])
    except (Invalid, KeyError, ValueError):
        _log.warning("frame unreadable", entry_id=entry.entry_id)
        return None
    return (frame, jpeg) if isinstance(frame, FrameCaptured) else None
