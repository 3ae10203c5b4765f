"""The ingest process, killed at its worst moments again and again: every check-in is applied once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from services.api.audit import anchored, verify
from services.api.db.engine import reading
from services.launcher.embedded_redis import EmbeddedRedis
from shared import faults, names
from shared.durable import DurableStreams
from shared.keys import ensure_ring
from tests.api.running import until
from tests.api.story import Morning, at, identified
from tests.conftest import ROOT

PEOPLE = 12
LIVES = ("ingest.after_commit=1", "ingest.before_commit=1", "ingest.after_step=1", "")
"""Where each process in turn meets its end; the last one lives."""


def test_every_check_in_is_applied_once_however_often_ingest_is_killed(
    office: Morning, tmp_path: Path, database_url: str, redis: Redis, redis_server: EmbeddedRedis
) -> None:
    ring = ensure_ring(tmp_path / "keys", "media")
    crowd = {f"s{number:03}": ("A", f"T{number}") for number in range(PEOPLE)}
    office.crowd(7, "CROWD-1", "10:00", crowd)
    streams = DurableStreams(redis, ring)
    for number, student_id in enumerate(crowd):
        event = identified(student_id, f"A__door{1 + number % 2}", at(f"09:{30 + number // 2:02}"), simulated=True)
        streams.add(names.ATTEMPTS, event)
    environment = _environment(tmp_path, database_url, redis_server.url)
    for faulty in LIVES[:-1]:
        with _ingest(environment, faulty) as doomed:
            assert doomed.wait(timeout=60) == faults.EXIT_CODE
    with _ingest(environment, LIVES[-1]) as last:
        until(lambda: _drained(redis), within_s=60)
        last.terminate()
        assert last.wait(timeout=20) == 0
    assert sorted(a.student_id or "" for a in office.attempts()) == sorted(crowd)
    assert {office.status(student_id, 7) for student_id in crowd} == {"present"}
    assert redis.xlen(names.dead(names.ATTEMPTS)) == 0
    with reading(office.engine) as session:
        found = verify(session, anchored(tmp_path / "data" / "audit-head.json"))
    assert (found.ok, found.entries) == (True, PEOPLE)


def _environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "NERO_DATABASE_URL": database_url,
        "NERO_REDIS_URL": redis_url,
        "NERO_DATA_DIR": str(tmp_path / "data"),
        "NERO_KEYS_DIR": str(tmp_path / "keys"),
        "NERO_ACCEPT_SIMULATED": "true",
        "NERO_API__STAGE__RECLAIM_AFTER_S": "0.3",
        "NERO_API__STAGE__RECLAIM_EVERY_S": "0.1",
        "NERO_API__STAGE__DELIVERIES_MAX": "50",
        "NERO_API__STAGE__BLOCK_MS": "50",
    }


@contextmanager
def _ingest(environment: dict[str, str], faulty: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "services.api", "ingest"]
    given = {**environment, faults.VARIABLE: faulty}
    process = subprocess.Popen(command, env=given, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()


def _drained(redis: Redis) -> bool:
    groups = redis.xinfo_groups(names.ATTEMPTS)
    if not groups:
        return False
    unread = redis.xrange(names.ATTEMPTS, f"({groups[0]['last-delivered-id'].decode()}", "+", count=1)
    return not unread and groups[0]["pending"] == 0
