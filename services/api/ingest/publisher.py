"""Publishes the views in Redis from the database: after commits, at start, and anew when Redis was emptied.

One publisher at a time, held by a lock in Redis that expires, so that an older state is never
written over a newer one. What a crash left in the outbox is published by whoever looks next.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis import Redis
from redis.exceptions import ResponseError
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from services.api import views
from services.api.db.engine import reading, writing
from services.api.db.office import MODEL_SETTING
from services.api.db.tables import Outbox, Setting, StudentKey
from services.api.ingest.views_of import gallery_entries, gallery_of, schedule_of
from services.api.media import TEMPLATE
from services.api.settings import ApiSection
from shared import logs, metrics, names
from shared.clock import Clock
from shared.gallery import GalleryStore
from shared.schedule import ScheduleStore

LOCK = "view:writer"
_LOCK_MS = 10_000
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_FULL_LOOK_EVERY = timedelta(seconds=30)
"""Sittings come into the schedule with time alone, so it is compared now and then."""
_EPOCH = "gallery_epoch"
_AT_ONCE = 500
_log = logs.get("views")


class Publisher:
    """Brings the views up to the database."""

    def __init__(self, engine: Engine, events: "Redis", clock: Clock, api: ApiSection) -> None:
        self._engine = engine
        self._events = events
        self._clock = clock
        self._api = api
        self._schedule = ScheduleStore(events)
        self._gallery = GalleryStore(events)
        self._looked_at: datetime | None = None

    def publish(self) -> bool:
        """Publish what is due; return whether anything was.

        Raises:
            RedisError, DBAPIError: one of the two is away; nothing is forgotten, call again.
        """
        now = self._clock.now()
        waiting = self._waiting()
        whole = self._looked_at is None or now - self._looked_at >= _FULL_LOOK_EVERY
        if not waiting and not whole and self._redis_is_ours():
            return False
        token = secrets.token_hex(8)
        if not self._events.set(LOCK, token, nx=True, px=_LOCK_MS):
            return False  # another one is at it, and will find the same rows
        try:
            self._publish(self._waiting(), now, whole)
        finally:
            self._events.eval(_RELEASE, 1, LOCK, token)
        return True

    def _publish(self, waiting: Sequence[Outbox], now: datetime, whole: bool) -> None:
        touched = {row.view for row in waiting}
        if not self._redis_is_ours():
            self._rebuild(now)
        else:
            self._keys([row.key for row in waiting if row.view == views.KEY])
            self._entries([row.key for row in waiting if row.view == views.GALLERY])
        if self._looked_at is None:
            self._reconcile(now)
        if whole or views.SCHEDULE in touched or self._events.hget(names.SCHEDULE, "document_version") is None:
            self._write_schedule(now)
        metrics.VIEW_VERSION.labels("gallery").set(self._gallery.version())
        self._forget(waiting)
        if whole:
            self._looked_at = now

    def _waiting(self) -> list[Outbox]:
        with reading(self._engine) as session:
            return list(session.exec(select(Outbox).order_by(col(Outbox.id)).limit(_AT_ONCE)))

    def _forget(self, published: Sequence[Outbox]) -> None:
        if published:
            with writing(self._engine) as session:
                session.exec(delete(Outbox).where(col(Outbox.id).in_([row.id for row in published])))

    def _redis_is_ours(self) -> bool:
        """Whether Redis holds the gallery that this database published; an emptied or older one does not."""
        with reading(self._engine) as session:
            stored = session.get(Setting, _EPOCH)
        epoch = self._gallery.epoch()
        return bool(epoch) and stored is not None and stored.value.get("epoch") == epoch

    def _rebuild(self, now: datetime) -> None:
        epoch = secrets.token_hex(8)
        with reading(self._engine) as session:
            entries = gallery_of(session, now)
            keys, model_id = _wrapped_keys(session), _model_of(session)
        self._restore_keys(keys)
        self._gallery.rebuild(entries.values(), epoch, model_id)
        with writing(self._engine) as session:
            session.merge(Setting(name=_EPOCH, value={"epoch": epoch}))
        _log.info("rebuilt the gallery", entries=len(entries))

    def _reconcile(self, now: datetime) -> None:
        """Put right what differs, whatever the reason: a key that is missing, one too many, another value."""
        with reading(self._engine) as session:
            wanted, keys, model_id = gallery_of(session, now), _wrapped_keys(session), _model_of(session)
        self._restore_keys(keys)
        self._restore_model(model_id)
        there = cast("dict[bytes, bytes]", self._events.hgetall(names.GALLERY_ENTRIES))
        same = {key for key, entry in wanted.items() if there.get(key.encode()) == entry.model_dump_json().encode()}
        self._gallery.put(entry for key, entry in wanted.items() if key not in same)
        self._gallery.remove(key.decode() for key in there if key.decode() not in wanted)

    def _entries(self, keys: Sequence[str]) -> None:
        with reading(self._engine) as session:
            entries = gallery_entries(session, dict.fromkeys(keys))
        self._gallery.put(entry for entry in entries.values() if entry is not None)
        self._gallery.remove(key for key, entry in entries.items() if entry is None)

    def _keys(self, student_ids: Sequence[str]) -> None:
        """Mirror wrapped template keys: one that the database dropped is dropped in Redis too."""
        with reading(self._engine) as session:
            rows = {student_id: session.get(StudentKey, (student_id, TEMPLATE)) for student_id in student_ids}
        gone = [student_id for student_id, row in rows.items() if row is None]
        if gone and self._events.hdel(names.TEMPLATE_KEYS, *gone):
            self._rewrite_file()
        self._restore_keys({student_id: row.wrapped for student_id, row in rows.items() if row is not None})

    def _rewrite_file(self) -> None:
        """Let Redis write its file anew, without the keys that were destroyed."""
        try:
            self._events.bgrewriteaof()
        except ResponseError as error:  # no file, or at it already: the next rewrite leaves them out
            _log.warning("Redis does not rewrite its file now", why=str(error))

    def _restore_keys(self, keys: Mapping[str, bytes]) -> None:
        """Give Redis the keys that it lacks. One that it has stays: enrolment may just have made it."""
        there = set(cast("list[bytes]", self._events.hkeys(names.TEMPLATE_KEYS)))
        for student_id, wrapped in keys.items():
            if student_id.encode() not in there:
                self._events.hsetnx(names.TEMPLATE_KEYS, student_id, wrapped)

    def _restore_model(self, ours: str | None) -> None:
        """The database has the last word on the network: a choice that Redis lost is not made anew."""
        theirs = self._gallery.model_id()
        if ours is None or theirs == ours:
            return
        if theirs is not None:
            _log.warning("Redis named another network than the office's", theirs=theirs, ours=ours)
        self._gallery.keep_model(ours)

    def _write_schedule(self, now: datetime) -> None:
        with reading(self._engine) as session:
            wanted = schedule_of(session, now, self._api)
        there = self._schedule.read()
        if there.version and there.model_copy(update={"version": 0}) == wanted:
            return
        version = self._schedule.write(wanted)
        metrics.VIEW_VERSION.labels("schedule").set(version)
        _log.info("published the schedule", version=version, sittings=len(wanted.sittings), kiosks=len(wanted.kiosks))


def _wrapped_keys(session: Session) -> dict[str, bytes]:
    rows = session.exec(select(StudentKey).where(StudentKey.purpose == TEMPLATE))
    return {row.student_id: row.wrapped for row in rows}


def _model_of(session: Session) -> str | None:
    stored = session.get(Setting, MODEL_SETTING)
    return str(stored.value["model_id"]) if stored else None
