"""A real server, a real Redis and a real Chromium; the test plays capture and liveness by their contract."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from services.api.auth.caller import Caller
from services.api.auth.tokens import token_hash
from services.api.db.tables import Photo
from services.api.media import seal_photo
from services.api.office import halls, kiosks, students
from services.api.settings import ApiSection, ApiSettings
from services.api.web.deps import Deps
from services.api.web.serve import compose
from services.launcher.embedded_redis import EmbeddedRedis
from shared.events import Action, Box, FrameCaptured, Hint, Outcome, Prompt, PromptCode, Verdict
from shared.frame_ring import FrameRing
from shared.keys import ensure_ring
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.schedule import KioskView, Schedule, ScheduleStore, SittingView
from tests.api_web.serving import Server
from tests.browser.scenes import ada_jpeg, door_jpeg
from tests.conftest import ROOT

KIOSK = "A__door1"
SCREENSHOTS = ROOT / "var" / "screenshots"


class Site:
    """The running server, and one kiosk at hall A with its token."""

    def __init__(self, url: str, deps: Deps, token: str) -> None:
        self.url = url
        self.deps = deps
        self.token = token

    @property
    def page(self) -> str:
        """The kiosk's page, with its token as the office hands it out."""
        return f"{self.url}/kiosk/{KIOSK}#token={self.token}"


class Door:
    """What capture, liveness and ingest say at hall A's door."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._channel = KioskChannel(site.deps.frames, KIOSK)
        self._ring = FrameRing(site.deps.frames, KIOSK)
        self._schedule = ScheduleStore(site.deps.events)
        self._sequence = 0

    def opens(self, source: str = "file:door.mp4", in_play: bool = True, hall: str = "A") -> None:
        """Write the timetable: MATH-201 in hall A (or where the door was moved to), now or tomorrow."""
        start = datetime.now(UTC) + timedelta(minutes=5 if in_play else 1440)
        sitting = SittingView(
            sitting_id=1,
            exam_code="MATH-201",
            subject="Analysis II",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            opens_at=start - timedelta(minutes=30),
            late_after=start,
            closes_at=start + timedelta(minutes=30),
            in_play_from=start - timedelta(minutes=90),
            policy="challenge",
            hall_of={"S1": hall},
        )
        kiosk = KioskView(kiosk_id=KIOSK, hall=hall, source=source, token_hash=token_hash(self._site.token))
        self._schedule.write(Schedule(kiosks=(kiosk,), sittings=(sitting,)))

    def camera(self, state: str = "live") -> None:
        """Say how the camera is."""
        status = CameraStatus(state=state, fps=15, last_frame_at=datetime.now(UTC))
        self._channel.camera(status)

    def frame(self) -> None:
        """Publish a picture of the door."""
        self._sequence += 1
        frame = FrameCaptured(
            event_id=f"f{self._sequence}",
            kiosk_id=KIOSK,
            captured_at=datetime.now(UTC),
            trace_id="t",
            sequence=self._sequence,
            width=640,
            height=480,
            sent_at=datetime.now(UTC),
        )
        self._ring.publish(frame, door_jpeg())

    def prompts(
        self,
        code: PromptCode,
        track: str | None = None,
        *,
        action: Action | None = None,
        done: int = 0,
        total: int = 0,
        hint: Hint | None = None,
        usable: bool = False,
    ) -> None:
        """Ask something of whoever is served."""
        boxes = (Box(track_id=track, x=0.35, y=0.2, width=0.3, height=0.5, serving=True),) if track else ()
        self._channel.prompt(
            Prompt(
                event_id="p",
                kiosk_id=KIOSK,
                captured_at=datetime.now(UTC),
                trace_id="t",
                code=code,
                track_id=track,
                action=action,
                done=done,
                total=total,
                hint=hint,
                boxes=boxes,
                usable=usable,
            )
        )

    def outcome(self, track: str, verdict: Verdict, **fields: object) -> None:
        """Give a verdict."""
        self._channel.outcome(
            Outcome.model_validate(
                {
                    "event_id": f"o-{track}",
                    "kiosk_id": KIOSK,
                    "captured_at": datetime.now(UTC),
                    "trace_id": "t",
                    "track_id": track,
                    "verdict": verdict,
                    "hall": "A",
                    "hall_name": "Hall A",
                    **fields,
                }
            )
        )


ADA = {
    "student_id": "S1",
    "name": "Ada Lovelace",
    "exam_code": "MATH-201",
    "subject": "Analysis II",
    "table": "C-14",
    "photo_url": f"/api/v1/kiosks/{KIOSK}/outcomes/o-ada/photo",
}


@pytest.fixture(scope="session")
def site(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web process, as it is composed in production, in a thread."""
    folder = tmp_path_factory.mktemp("site")
    ensure_ring(folder / "keys", "media")
    settings = ApiSettings(
        redis_url=redis_server.url,
        data_dir=folder,
        keys_dir=folder / "keys",
        api=ApiSection(capture_ws_port=free_port()),
    )
    with pytest.warns(UserWarning, match="frames go through the events Redis"):
        deps = compose(settings)
    token = _one_kiosk(deps)
    server = Server(deps)
    yield Site(server.url, deps, token)
    server.stop()


@pytest.fixture
def door(site: Site) -> Door:
    """Hall A's door, with MATH-201 in play and nobody there."""
    site.deps.frames.flushall()
    door = Door(site)
    door.opens()
    door.camera()
    return door


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile, the size of a kiosk's screen; nothing outside may be asked for."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def screen(context: BrowserContext, site: Site, door: Door) -> Iterator[Page]:
    """The kiosk's page, waiting for somebody."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: _own(request.url, site, errors))
    door.prompts("waiting")
    page.goto(site.page)
    page.get_by_text("Look here to check in").wait_for()
    yield page
    assert errors == []


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def shot(page: Page, name: str) -> None:
    """Keep a screenshot, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def _own(url: str, site: Site, errors: list[str]) -> None:
    if not url.startswith((site.url, "blob:", "data:")):
        errors.append(f"asked another host: {url}")


def _one_kiosk(deps: Deps) -> str:
    with deps.writing(Caller(user_id=0)) as work:
        halls.create(work, halls.HallCreate(id="A", name="Hall A"))
        halls.create(work, halls.HallCreate(id="B", name="Hall B"))
        kiosks.create(work, kiosks.KioskCreate(id=KIOSK, hall="A"))
        students.create(work, students.StudentCreate(id="S1", name="Ada Lovelace"))
        work.session.flush()
        sealed = seal_photo(work.session, work.media, "S1", "ada", ada_jpeg())
        photo = Photo(
            id="ada",
            student_id="S1",
            sealed=sealed,
            content_type="image/jpeg",
            width=512,
            height=512,
            uploaded_at=work.now,
        )
        work.session.add(photo)
        return kiosks.issue_token(work, KIOSK).token
