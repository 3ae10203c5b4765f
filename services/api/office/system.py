"""How everything is, as the System page says it: each part good, in doubt or bad, with the sentence that explains it.

What runs elsewhere is known by its traces in Redis (consumer groups, workers, cameras' states), so that this page
needs no address of anybody, and a service that is gone shows as gone.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import text as text_of_sql
from sqlmodel import col, func, select

from services.api.anchor import Head, read_head
from services.api.db.office import BACKUP_SETTING, MODEL_SETTING
from services.api.db.tables import AuditEntry, Kiosk, Setting, Template
from services.api.office import jobs, kiosks, photos
from services.api.office.system_models import models_of
from services.api.office.system_shapes import Level, Part, SystemState
from services.api.office.work import Work
from shared import names
from shared.kiosk_channel import KioskChannel
from shared.queues import look_at
from shared.redis_replies import text

HEARD_WITHIN_S = 30.0
"""A service that was not heard of for so long is gone: each says something every second or two, later under load."""
WORKER_HEARD_WITHIN_S = 480.0
"""RQ's workers say that they live every few minutes only."""
BACKUP_OLD_DAYS = 7
WAITS_LONG_S = 10.0
SLOW_DATABASE_MS = 250.0
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
LITTLE_DISK, ALMOST_NO_DISK = 0.15, 0.05
"""Shares of the disk that are free."""


def look(work: Work, frames: "Redis", data_dir: Path, audit_head: Path) -> SystemState:
    """Look at every part; one that cannot be looked at is bad, and hides no other."""
    anchored = read_head(audit_head)  # before the database: what is committed meanwhile moves it on
    parts = [
        *_safely("services", "events Redis", lambda: _services(work)),
        *_safely("services", "frames Redis", lambda: _capture(work, frames)),
        *_safely("streams", "events Redis", lambda: _streams(work)),
        *_safely("cameras", "frames Redis", lambda: _cameras(work, frames)),
        *_safely("models", "events Redis", lambda: models_of(work.events)),
        _database(work),
        *_safely("stores", "events Redis", lambda: _redis("events Redis", work.events)),
        *_safely("stores", "frames Redis", lambda: _redis("frames Redis", frames)),
        _disk(data_dir),
        _audit(work, anchored),
        _backup(work),
    ]
    model = work.session.get(Setting, MODEL_SETTING)
    count = work.session.exec(select(func.count()).select_from(Template)).one()
    return SystemState(parts=parts, model_id=str(model.value["model_id"]) if model else None, templates=count)


def _safely(group: Any, name: str, find: Callable[[], Iterator[Part]]) -> list[Part]:
    try:
        return list(find())
    except (RedisError, OSError) as error:
        return [Part(group=group, name=name, level="bad", code="away", values={"error": type(error).__name__})]


def _services(work: Work) -> Iterator[Part]:
    now_s = float(work.events.time()[0])
    seen: Any = work.events.zrange(names.LIVENESS_WORKERS, 0, -1, withscores=True)
    ages_s = [now_s - float(ms) / 1000 for _, ms in seen]
    alive = [age_s for age_s in ages_s if age_s <= HEARD_WITHIN_S]
    yield _heard("liveness", len(alive), min(alive, default=None))
    for name, stream, group in (
        ("recognizer", names.FACES, names.RECOGNIZER_GROUP),
        ("ingest", names.ATTEMPTS, names.INGEST_GROUP),
    ):
        idle = [one for one in _consumers_idle_s(work.events, stream, group) if one <= HEARD_WITHIN_S]
        yield _heard(name, len(idle), min(idle, default=None))
    for name, queue in (("enrolment", photos.QUEUE), ("office", jobs.QUEUE)):
        yield _queue(work, name, queue)


def _capture(work: Work, frames: "Redis") -> Iterator[Part]:
    """Capture is heard of by what it says of its cameras, which is forgotten when it stops saying it."""
    kiosks_of: dict[str, list[str]] = {}
    for kiosk in work.session.exec(select(Kiosk).where(col(Kiosk.enabled)).order_by(col(Kiosk.id))):
        kiosks_of.setdefault(kiosk.capture_node, []).append(kiosk.id)
    for node, ids in sorted(kiosks_of.items()):
        heard = sum(KioskChannel(frames, kiosk_id).camera_status() is not None for kiosk_id in ids)
        values: dict[str, str | int | float] = {"node": node, "count": heard, "all": len(ids)}
        level: Level = "bad" if not heard else "warn" if heard < len(ids) else "good"
        code = "capture_heard" if heard else "capture_silent"
        yield Part(group="services", name=f"capture · {node}", level=level, code=code, values=values)


def _heard(name: str, count: int, since_s: float | None) -> Part:
    if since_s is None:
        return Part(group="services", name=name, level="bad", code="silent")
    return Part(
        group="services", name=name, level="good", code="heard", values={"count": count, "s": max(0, round(since_s))}
    )


def _consumers_idle_s(redis: "Redis", stream: str, group: str) -> list[float]:
    if not redis.exists(stream):
        return []
    groups = {text(line["name"]) for line in redis.xinfo_groups(stream)}
    if group not in groups:
        return []
    return [line["idle"] / 1000 for line in redis.xinfo_consumers(stream, group)]


def _queue(work: Work, name: str, queue: str) -> Part:
    waiting = Queue(queue, connection=work.events, serializer=JSONSerializer)
    workers = [worker for worker in Worker.all(queue=waiting) if _beats(worker, work.now)]
    if not workers:
        return Part(group="services", name=name, level="bad", code="no_worker", values={"waiting": waiting.count})
    values: dict[str, str | int | float] = {"count": len(workers), "waiting": waiting.count}
    return Part(group="services", name=name, level="good", code="queue", values=values)


def _beats(worker: Any, now: datetime) -> bool:
    beat = worker.last_heartbeat
    if beat is None:
        return False
    return bool((now - beat.replace(tzinfo=beat.tzinfo or UTC)).total_seconds() <= WORKER_HEARD_WITHIN_S)


def _streams(work: Work) -> Iterator[Part]:
    for stream, group in (
        (names.FACES, names.RECOGNIZER_GROUP),
        *((one, names.INGEST_GROUP) for one in (names.ATTEMPTS, names.FAILURES, names.ENROLLED)),
    ):
        queue = look_at(work.events, stream, group)
        dead = int(work.events.xlen(names.dead(stream)))
        waiting = queue.unread + queue.pending
        values: dict[str, str | int | float] = {
            "waiting": waiting,
            "dead": dead,
            "s": round(_age_s(work, queue.oldest_id)),
        }
        late = float(values["s"]) > WAITS_LONG_S
        level: Level = "bad" if late else "warn" if dead else "good"
        code = "stream_late" if late else "stream_dead" if dead else "stream_flows"
        yield Part(group="streams", name=stream, level=level, code=code, values=values)


def _age_s(work: Work, oldest_id: str | None) -> float:
    if oldest_id is None:
        return 0.0
    return max(0.0, float(work.events.time()[0]) - int(oldest_id.split("-")[0]) / 1000)


def _cameras(work: Work, frames: "Redis") -> Iterator[Part]:
    for kiosk in work.session.exec(select(Kiosk).where(col(Kiosk.enabled)).order_by(col(Kiosk.id))):
        camera = kiosks.camera_of(KioskChannel(frames, kiosk.id))
        state = camera.state if camera else "silent"
        values: dict[str, str | int | float] = {"fps": round(camera.fps) if camera else 0}
        yield Part(
            group="cameras",
            name=kiosk.id,
            level="good" if state == "live" else "bad" if state in ("lost", "silent") else "warn",
            code=f"camera_{state}",
            values=values,
        )


def _database(work: Work) -> Part:
    """That it answers shows already in that this is asked; how fast, one more question tells."""
    dialect = work.session.connection().dialect
    began_s = perf_counter()
    work.session.connection().execute(text_of_sql("SELECT 1")).one()
    slow_ms = 1000 * (perf_counter() - began_s)
    values: dict[str, str | int | float] = {"kind": DATABASES.get(dialect.name, dialect.name), "ms": round(slow_ms)}
    level: Level = "warn" if slow_ms > SLOW_DATABASE_MS else "good"
    code = "database_slow" if level == "warn" else "database_well"
    return Part(group="stores", name="database", level=level, code=code, values=values)


def _redis(name: str, redis: "Redis") -> Iterator[Part]:
    info: dict[str, Any] = redis.info()
    if info.get("aof_last_write_status", "ok") != "ok":
        yield Part(group="stores", name=name, level="bad", code="redis_cannot_write")
        return
    used, most = int(info["used_memory"]), int(info.get("maxmemory", 0))
    values: dict[str, str | int | float] = {"used_mb": used // 1_000_000, "most_mb": most // 1_000_000}
    full = most > 0 and used > 0.9 * most
    code = "redis_full" if full else "redis_well" if most else "redis_well_unlimited"
    yield Part(group="stores", name=name, level="warn" if full else "good", code=code, values=values)


def _disk(data_dir: Path) -> Part:
    usage = shutil.disk_usage(data_dir)
    free = usage.free / usage.total
    level: Level = "bad" if free < ALMOST_NO_DISK else "warn" if free < LITTLE_DISK else "good"
    values: dict[str, str | int | float] = {"percent": round(100 * free), "gb": round(usage.free / 1e9, 1)}
    return Part(group="stores", name="disk", level=level, code="disk", values=values)


def _backup(work: Work) -> Part:
    row = work.session.get(Setting, BACKUP_SETTING)
    if row is None:
        return Part(group="stores", name="backup", level="warn", code="backup_never")
    made_at = datetime.fromisoformat(str(row.value["at"]))
    days = (work.now - made_at).days
    values: dict[str, str | int | float] = {"days": days, "at": f"{made_at:%Y-%m-%dT%H:%M:%SZ}"}
    old = days >= BACKUP_OLD_DAYS
    return Part(group="stores", name="backup", level="warn" if old else "good", code="backup_last", values=values)


def _audit(work: Work, head: Head | None) -> Part:
    """Hold the chain's last entry against the anchored head; the whole chain is verified on the Audit page."""
    last = work.session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(1)).first()
    entries = last.seq if last else 0
    if head is None:
        return Part(group="stores", name="audit", level="good" if not entries else "bad", code="audit_no_anchor")
    there = work.session.get(AuditEntry, head.seq)
    if there is None or there.hash != head.hash:
        return Part(group="stores", name="audit", level="bad", code="audit_broken", values={"entry": head.seq})
    return Part(group="stores", name="audit", level="good", code="audit_well", values={"count": entries})
