"""Capture's composition root: used by `python -m services.capture`, by the launcher and by tests."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
from redis import Redis

from services.capture.browser.inbox import Inboxes
from services.capture.browser.server import WebcamServer
from services.capture.duties import FollowSchedule, WatchClock, WatchKiosks, WatchRoom
from services.capture.fleet import Fleet
from services.capture.settings import CaptureSettings
from services.capture.sources.base import SourceFactory, SourceRegistry
from services.capture.sources.device import DeviceFactory, Devices
from services.capture.sources.folder import folder_source
from services.capture.sources.url import url_source
from services.capture.sources.video_file import file_source
from services.capture.sources.webcam import BrowserFactory
from services.capture.ticker import Ticker
from shared import logs
from shared.clock import Clock, SystemClock
from shared.connections import connect, connect_events
from shared.health import HealthBoard, HealthServer
from shared.schedule import ScheduleStore

_log = logs.get("capture")
_FRAMES_TIMEOUT_S = 2.0
"""Frames are perishable: a broker that takes longer has lost this one anyway."""
_SCHEDULE_EVERY_S = 1.0
_PROMPTS_EVERY_S = 0.2
_ENDED_EVERY_S = 0.2
_JOIN_S = 3.0


def sources(inboxes: Inboxes, devices: Devices, extra: Mapping[str, SourceFactory]) -> SourceRegistry:
    """Return every kind of camera by scheme."""
    return SourceRegistry(
        {
            "device": DeviceFactory(devices),
            "rtsp": url_source,
            "rtsps": url_source,
            "http": url_source,
            "https": url_source,
            "file": file_source,
            "folder": folder_source,
            "browser": BrowserFactory(inboxes),
            **extra,
        }
    )


@dataclass
class Capture:
    """The parts of one capture process."""

    fleet: Fleet
    follow: FollowSchedule
    webcams: WebcamServer | None
    tickers: tuple[Ticker, ...]
    board: HealthBoard
    health: HealthServer
    redis: tuple[Redis, ...]
    stop: threading.Event

    def run(self, *, until_ended: bool = False) -> int:
        """Run until `stop` is set, or all footage has ended where that is asked for; return the exit code."""
        self._start()
        try:
            while not self.stop.wait(_ENDED_EVERY_S):
                if until_ended and self.fleet.all_ended():
                    _log.info("all footage has ended")
                    self.stop.set()
        finally:
            self._stop()
        return 1 if any(ticker.failure for ticker in self.tickers) else 0

    def _start(self) -> None:
        if self.webcams is not None:
            self.webcams.start()  # first: a port that is taken is a mistake in the settings
        self.health.start()
        self.follow.begin()
        for ticker in self.tickers:
            ticker.start()

    def _stop(self) -> None:
        """Stop in the order of the frames' way: pages, cameras, duties, then what they used."""
        _log.info("stopping")
        self.stop.set()
        if self.webcams is not None:
            self.webcams.stop()
        for ticker in self.tickers:
            ticker.join(_JOIN_S)
        self.fleet.stop()
        self.health.stop()
        for client in self.redis:
            client.close()
        _log.info("stopped")


def compose(
    settings: CaptureSettings,
    extra_sources: Mapping[str, SourceFactory] | None = None,
    given: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Capture:
    """Put a capture process together.

    Args:
        settings: all of them.
        extra_sources: factories by scheme, beside the built-in ones.
        given: sources by kiosk id, from the command line.
        clock: the machine's own, where none is given.
    """
    clock = clock or SystemClock()
    cv2.setNumThreads(1)  # many cameras: each has its thread, and none may take every core
    stop, board, inboxes, devices = threading.Event(), HealthBoard(), Inboxes(), Devices()
    events = connect_events(settings, "capture")
    frames = connect(settings.frames_url, "capture", socket_timeout_s=_FRAMES_TIMEOUT_S, retries=0)
    fleet = Fleet(settings, sources(inboxes, devices, extra_sources or {}), frames, clock, devices.plan)
    follow = FollowSchedule(ScheduleStore(events), fleet, board, settings.node, given or {}, clock)
    watch_clock = WatchClock(events, settings.node, clock, settings.capture.skew_alarm_s)
    watch_kiosks = WatchKiosks(frames, fleet, board, clock)
    return Capture(
        fleet=fleet,
        follow=follow,
        webcams=WebcamServer(settings.capture, inboxes, fleet.kiosk, clock) if settings.capture.ws_port else None,
        tickers=(
            Ticker("events", _SCHEDULE_EVERY_S, (follow, watch_clock), board, stop),
            Ticker("frames", _PROMPTS_EVERY_S, (watch_kiosks, WatchRoom(frames, clock)), board, stop),
        ),
        board=board,
        health=HealthServer(board, settings),
        redis=(events, frames),
        stop=stop,
    )
