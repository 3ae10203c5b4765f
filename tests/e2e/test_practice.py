"""A practice through the real services: capture takes the webcam, liveness asks, the recognizer compares, ingest tells."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from sqlmodel import SQLModel, select

from services.api.auth import tokens
from services.api.db.engine import writing
from services.api.db.tables import (
    Attempt,
    Evidence,
    PracticeResult,
    Review,
    RosterEntry,
    StudentLink,
    Template,
)
from services.launcher.embedded_redis import EmbeddedRedis, RedisBinary
from services.launcher.people.samples import photo_path
from services.launcher.people.script import Script, WalkUp
from services.launcher.people.source import ScreenReader
from services.launcher.people.stage import Stage, load_portraits
from services.launcher.ports import free_ports
from shared import images
from shared.clock import SystemClock
from shared.connections import connect
from shared.landmarks import open_landmarker
from tests.capture.page import Page
from tests.office.site import OfficeSite, open_site

ADA, MALLORY = "sample:eileen_collins", "sample:grace_hopper"
FPS = 15
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def whole(redis_binary: RedisBinary, tmp_path_factory: pytest.TempPathFactory, materials: Path) -> Iterator[OfficeSite]:
    """Every service; Ada is enrolled, and her exam is open for check-in now."""
    folder = tmp_path_factory.mktemp("practice")
    port = str(free_ports(1)[0])
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis", persistent=True, binary=redis_binary))
        given = {
            "NERO_CAPTURE__WS_PORT": port,
            "NERO_API__CAPTURE_WS_PORT": port,
            "NERO_MODELS_MIRROR": str(materials / "models"),
            "NERO_MODELS_DIR": str(folder / "models"),
        }
        site = open_site(folder / "office", redis.url, "web", "ingest", **given)
        stack.callback(site.close)
        for service in ("capture", "liveness", "recognizer", "recognizer enrolment"):
            stack.enter_context(running(site, *service.split()))
        with site.client("admin") as admin:
            set_up(admin)
        until(lambda: held(site, Template), "Ada's template")
        yield site


@contextmanager
def running(site: OfficeSite, service: str, *arguments: str) -> Iterator[None]:
    """Run one more service on the office's settings."""
    command = [sys.executable, "-m", f"services.{service}", *arguments]
    env = {**site.env, "NERO_METRICS_PORT": "0"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def set_up(admin: httpx.Client) -> None:
    now = SystemClock().now()
    hour = timedelta(hours=1)
    make(admin, "/halls", id="A", name="Hall A")
    make(admin, "/students", id="S1", name="Ada Lovelace")
    exam = make(admin, "/exams", code="MATH-201", subject="Analysis II")
    times = {"starts_at": (now + hour / 4).isoformat(), "ends_at": (now + 2 * hour).isoformat()}
    sitting = make(admin, "/sittings", exam_id=exam["id"], halls=["A"], **times)
    rows = [{"student_id": "S1", "hall": "A", "table": "C-14"}]
    assert admin.put(f"/sittings/{sitting['id']}/roster", json={"rows": rows}).status_code == 200
    photo = [("photo", ("ada.png", photo_path(ADA).read_bytes(), "image/png"))]
    assert admin.post("/students/S1/photos", files=photo, data={"basis": "consent"}).status_code == 202


def make(admin: httpx.Client, path: str, **fields: object) -> dict[str, Any]:
    answer = admin.post(path, json=fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def held(site: OfficeSite, table: type[SQLModel]) -> list[Any]:
    with site.looking() as session:
        return list(session.exec(select(table)))


def until(true: Callable[[], object], what: str, within_s: float = 120) -> None:
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"waited in vain: {what}"
        time.sleep(0.1)


def ada_at_home(site: OfficeSite) -> httpx.Client:
    """Return a client that shows a link of Ada's to practise by."""
    now, token = SystemClock().now(), tokens.new_token(tokens.LINK)
    link = StudentLink(
        student_id="S1",
        purpose="practice",
        token_hash=tokens.token_hash(token),
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    with writing(site.engine) as session:
        session.add(link)
    return httpx.Client(base_url=f"{site.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def practise(site: OfficeSite, who: str) -> dict[str, Any]:
    """Let somebody sit down before Ada's webcam and do what is asked; return what the page is told at the end."""
    with ada_at_home(site) as home:
        opened = home.post("/self/practice").json()
        over = threading.Event()
        port, redis = int(site.env["NERO_CAPTURE__WS_PORT"]), connect(site.settings.redis_url, "webcam")
        webcam = threading.Thread(target=show, args=(who, port, opened, redis, over))
        webcam.start()
        try:
            return told_at_the_end(home)
        finally:
            over.set()
            webcam.join(20)
            assert home.delete("/self/practice").status_code == 204


def told_at_the_end(home: httpx.Client) -> dict[str, Any]:
    with home.stream("GET", "/self/practice/events") as answer:
        kind = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: ") and kind == "practice_ended":
                told: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return told
    raise AssertionError("the stream ended before the practice did")


def show(who: str, port: int, opened: dict[str, Any], redis: Redis, over: threading.Event) -> None:
    """Send pictures of somebody who obeys what the page shows, as a browser does."""
    script = Script(walkups=(WalkUp(photo=who, stay_max_s=200, heed_outcome=False),))
    landmarker = open_landmarker(still=True)
    stage = Stage(script, load_portraits(script, Path(), landmarker.find))
    landmarker.close()
    look = ScreenReader(redis, opened["kiosk_id"]).look
    began_s = time.monotonic()
    while not over.wait(1):  # until the timetable with this kiosk has reached capture
        with Page(port, opened["kiosk_id"], opened["token"]) as page:
            while not over.wait(1 / FPS) and page.closed is None:
                if any(said["type"] == "welcome" for said in page.told):
                    page.send_picture(images.encode_jpeg(stage.picture(time.monotonic() - began_s, look), 90))


def test_ada_is_told_that_it_went_well_and_is_not_checked_in_by_it(whole: OfficeSite) -> None:
    told = practise(whole, ADA)
    assert (told["result"], told["code"]) == ("good", "match"), told
    (kept,) = held(whole, PracticeResult)
    assert (kept.student_id, kept.result) == ("S1", "good")
    assert [entry.status for entry in held(whole, RosterEntry)] == ["expected"]
    assert [held(whole, table) for table in (Attempt, Evidence, Review)] == [[], [], []]


def test_somebody_else_before_adas_webcam_is_not_taken_for_her(whole: OfficeSite) -> None:
    told = practise(whole, MALLORY)
    assert (told["result"], told["code"]) == ("weak", "no_match"), told
    assert held(whole, Attempt) == []
