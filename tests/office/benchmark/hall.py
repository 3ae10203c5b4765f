"""From a check-in to the lit seat: 50 hall pages open over five halls, three of them in a real Chromium.

What is measured begins when the recognizer's identification is added to the stream `attempts` and ends when the
seat has changed in the page (Chromium), or when the change has arrived (the other clients). Web and ingest are
real processes on a real Redis; nothing is known beforehand to any of them.
"""

import asyncio
import json
import os
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright
from sqlmodel import select

from services.api.db.tables import Attempt, Exam, Hall, Kiosk, RosterEntry, Sitting, SittingHall, Student
from services.api.office.seat_labels import label
from services.launcher.embedded_redis import EmbeddedRedis, find_redis
from shared import names
from shared.clock import SystemClock
from shared.durable import DurableStreams
from shared.keys import load_ring
from tests.api.story import identified
from tests.api_web.pictures import tiny_jpeg
from tests.chromium import FLAGS
from tests.office.site import OfficeSite, open_site

HALLS, STUDENTS, COLUMNS = 5, 240, 20
IN_CHROMIUM = 3
WATCH = """() => {
  window.lit = {};
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.dataset?.status === 'present') window.lit[target.dataset.student] ??= Date.now() / 1000;
    }
  }).observe(document.getElementById('seats'), { subtree: true, attributes: true, attributeFilter: ['data-status'] });
}"""


@dataclass
class Seen:
    """When each client saw each student in, by the machine's clock."""

    sent: dict[str, float] = field(default_factory=dict)
    arrived: list[tuple[str, float]] = field(default_factory=list)
    lit: list[tuple[str, float]] = field(default_factory=list)
    committed: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    """How many cores a process kept busy meanwhile."""
    load: float = 0.0
    """Processes that wanted a core at the end, ours and others': more than there are cores is company."""


def main(arguments: list[str]) -> int:
    """Measure, and print the table."""
    parser = ArgumentParser(prog="python -m tests.office.benchmark hall", description=__doc__)
    parser.add_argument("--pages", type=int, default=50, help="hall pages open at once")
    parser.add_argument("--check-ins", type=int, default=400, help="how many people check in")
    parser.add_argument("--per-second", type=float, default=5.0, help="over all five halls")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--database-url", default=None, help="PostgreSQL; default: SQLite")
    print(run(parser.parse_args(arguments)))
    return 0


def run(options: Namespace) -> str:
    """Measure, and return the table."""
    binary = find_redis()
    assert binary is not None, "no redis-server here"
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder), persistent=True, binary=binary) as redis:
        site = open_site(Path(folder), redis.url, "web", "ingest", database_url=options.database_url)
        try:
            _fill(site)
            seen = _measure(site, options)
        finally:
            site.close()
    return _report(seen, options, site.engine.dialect.name)


def _fill(site: OfficeSite) -> None:
    now = SystemClock().now()
    with site.work() as work:
        for hall in range(1, HALLS + 1):
            _one_hall(work.session, hall, now)


def _one_hall(session: Any, hall: int, now: Any) -> None:
    hall_id = f"H{hall}"
    session.add(Hall(id=hall_id, name=f"Hall {hall}", rows=STUDENTS // COLUMNS, columns=COLUMNS))
    session.add(Exam(id=hall, code=f"EXAM-{hall}", subject="Measured"))
    session.flush()
    times = {
        "opens_at": now - timedelta(hours=1),
        "starts_at": now,
        "late_after": now + timedelta(hours=1),
        "closes_at": now + timedelta(hours=1),
        "ends_at": now + timedelta(hours=2),
    }
    session.add(Sitting(id=hall, exam_id=hall, policy="off", **times))
    session.add(Kiosk(id=f"{hall_id}__door", hall_id=hall_id, policy="off"))
    session.flush()
    session.add(SittingHall(sitting_id=hall, hall_id=hall_id))
    for number in range(STUDENTS):
        session.add(Student(id=_student(hall, number), name=f"Student {hall} {number}", created_at=now))
    session.flush()
    for number in range(STUDENTS):
        row, column = number // COLUMNS + 1, number % COLUMNS + 1
        student_id = _student(hall, number)
        place: dict[str, Any] = {"table_label": label(row, column), "row": row, "col": column}
        session.add(RosterEntry(sitting_id=hall, student_id=student_id, hall_id=hall_id, **place))
    session.flush()


def _student(hall: int, number: int) -> str:
    return f"S{hall}{number:03}"


def _measure(site: OfficeSite, options: Namespace) -> Seen:
    seen = Seen()
    with _chromium_pages(site, options.chromium) as pages, _clients(site, options.pages - IN_CHROMIUM, seen):
        before, began = _cpu_s(site), time.monotonic()
        _check_in(site, options, seen)
        took_s = time.monotonic() - began
        seen.cpu = {name: (spent - before[name]) / took_s for name, spent in _cpu_s(site).items()}
        seen.load = os.getloadavg()[0]
        last = max(seen.sent.values())
        deadline = last + 30
        expected = len(seen.sent)
        while len({student for student, _ in seen.arrived}) < expected and time.time() < deadline:
            time.sleep(0.2)
        time.sleep(1)
        for page in pages:
            seen.lit += [(student, at) for student, at in page.evaluate("window.lit").items()]
    with site.looking() as session:
        rows = session.exec(select(Attempt.student_id, Attempt.recorded_at).where(Attempt.verdict == "present"))
        seen.committed = {student: at.timestamp() for student, at in rows}
    return seen


def _cpu_s(site: OfficeSite) -> dict[str, float]:
    """The CPU seconds that each process has spent."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = {}
    for name, process in site.processes.items():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        spent[name] = (int(fields[11]) + int(fields[12])) / ticks
    return spent


@contextmanager
def _chromium_pages(site: OfficeSite, path: str) -> Iterator[list[Page]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        context = browser.new_context(viewport={"width": 800, "height": 1280}, locale="en-GB")
        context.add_cookies([site.cookie("admin")])  # type: ignore[list-item]
        pages = []
        for number in range(IN_CHROMIUM):
            page = context.new_page()
            hall = number + 1
            page.goto(f"{site.url}/hall/{hall}/H{hall}")
            page.locator("#seats .seat").first.wait_for()
            page.evaluate(WATCH)
            pages.append(page)
        yield pages
        browser.close()


@contextmanager
def _clients(site: OfficeSite, count: int, seen: Seen) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    ready = threading.Semaphore(0)
    token = site.token("admin")
    tasks = [_follow(site.url, token, number % HALLS + 1, seen, ready) for number in range(count)]
    running: list[asyncio.Task[None]] = []

    def turn() -> None:
        asyncio.set_event_loop(loop)
        running.extend(loop.create_task(task) for task in tasks)
        loop.run_forever()

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    for _ in range(count):
        assert ready.acquire(timeout=60), "a client got no snapshot"
    yield
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


async def _follow(url: str, token: str, hall: int, seen: Seen, ready: threading.Semaphore) -> None:
    path = f"{url}/api/v1/sittings/{hall}/halls/H{hall}/live"
    async with (
        httpx.AsyncClient(timeout=None, headers={"Authorization": f"Bearer {token}"}) as client,
        client.stream("GET", path) as answer,
    ):
        kind = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "snapshot":
                ready.release()
            elif name == "data":
                now = time.time()
                roster = json.loads(value).get("roster", {})
                seen.arrived += [(student, now) for student, row in roster.items() if row["status"] == "present"]


def _check_in(site: OfficeSite, options: Namespace, seen: Seen) -> None:
    streams = DurableStreams(site.events, load_ring(site.settings.keys_dir, "media"))
    began = time.monotonic()
    for number in range(options.check_ins):
        wait_s = began + number / options.per_second - time.monotonic()
        time.sleep(max(0.0, wait_s))
        hall, place = number % HALLS + 1, number // HALLS
        event = identified(_student(hall, place), f"H{hall}__door", SystemClock().now(), policy="off")
        seen.sent[_student(hall, place)] = time.time()
        streams.add(names.ATTEMPTS, event, [tiny_jpeg(112, 112)])


def _report(seen: Seen, options: Namespace, database: str) -> str:
    lit = [at - seen.sent[student] for student, at in seen.lit]
    arrived = [at - seen.sent[student] for student, at in seen.arrived]
    committed = [at - seen.sent[student] for student, at in seen.committed.items()]
    after = [at - seen.committed[student] for student, at in seen.lit if student in seen.committed]
    others = options.pages - IN_CHROMIUM
    lines = [
        f"{options.pages} pages over {HALLS} halls of {STUDENTS}, {options.check_ins} check-ins at "
        f"{options.per_second:g}/s, {database}",
        f"{'seconds':<46}{'n':>7}{'p50':>8}{'p95':>8}{'max':>8}",
        _line("attempt added → committed", committed),
        _line("committed → seat lit in Chromium", after),
        _line(f"attempt added → seat lit in Chromium ({IN_CHROMIUM} pages)", lit),
        _line(f"attempt added → change arrived ({others} clients)", arrived),
    ]
    missing = len(seen.sent) - len({student for student, _ in seen.arrived})
    cores = ", ".join(f"{name} {share:.2f}" for name, share in seen.cpu.items())
    return "\n".join(
        [
            *lines,
            f"check-ins that no client saw: {missing}",
            f"cores kept busy: {cores}; load average at the end {seen.load:.1f} on {os.cpu_count()} cores",
        ]
    )


def _line(what: str, values: Sequence[float]) -> str:
    ranked = sorted(values)
    p50, p95 = (ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.95))
    return f"{what:<46}{len(ranked):>7}{p50:>8.3f}{p95:>8.3f}{ranked[-1]:>8.3f}"
