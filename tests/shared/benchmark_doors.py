"""`python -m tests.shared.benchmark_doors`: how long each door takes to refuse what is no picture, and at what memory.

Each door's own code refuses: a folder that is a camera, the webcam's socket, an enrolment's photo, the API's upload.
1 is returned when a median is over 5 ms or the process has grown.
"""

import asyncio
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

from websockets.asyncio.server import ServerConnection

from services.api.office import photos
from services.api.problems import Problem
from services.api.settings import ApiSection
from services.capture.browser.inbox import Inbox
from services.capture.browser.protocol import picture_message
from services.capture.browser.session import WebcamSession
from services.capture.settings import CaptureSection
from services.recognizer.alignment import INTEL_0095
from services.recognizer.enrolment.checks import Refusal
from services.recognizer.enrolment.photo import PhotoReader
from services.recognizer.settings import EnrolmentSection
from shared import logs
from shared.clock import ManualClock
from shared.face import Face
from shared.image_header import BadImage
from shared.images import Image
from shared.settings import CommonSettings
from tests.capture.test_sources import folder_at
from tests.shared.test_images import BOMB, JPEG

ROUNDS = 200
MOST_MS = 5.0
MOST_GROWTH_KB = 4096
"""The interpreter's own; decoding one of the gigapixels would take 5 GB."""
INPUTS = {
    f"{len(BOMB) // 1000} KB that claim 30000x30000": BOMB,
    "a truncated JPEG": JPEG[: len(JPEG) // 2],
    "nothing": b"",
    "78 KB of random bytes": bytes((n * 7919 + n // 251) % 251 for n in range(78_000)),
}
Refuse = Callable[[bytes, int], tuple[float, list[str]]]
"""Shows a door one input so many times; returns the median milliseconds, and every reason that it gave."""


def main() -> int:
    """Measure and print; return 1 where a door is too slow or costs memory."""
    logs.configure(CommonSettings(log_level="error"), "benchmark")
    doors: dict[str, Refuse] = {
        "camera folder": camera_folder,
        "webcam socket": webcam_socket,
        "enrolment": enrolment,
        "API upload": api_upload,
    }
    for refuse in doors.values():  # what is made at the first call is not what a bad picture costs
        refuse(b"no picture", 1)
    before_kb = peak_kb()
    slow = [
        f"{door}: {what}"
        for door, refuse in doors.items()
        for what, data in INPUTS.items()
        if told(door, what, *refuse(data, ROUNDS)) > MOST_MS
    ]
    grown_kb = peak_kb() - before_kb
    print(f"memory at its peak: {grown_kb} KB more than before, after {ROUNDS} of each")
    for one in slow:
        print(f"over {MOST_MS:g} ms: {one}", file=sys.stderr)
    return int(bool(slow) or grown_kb > MOST_GROWTH_KB)


def told(door: str, what: str, median_ms: float, reasons: list[str]) -> float:
    """Print one line, and return its median."""
    (reason,) = set(reasons)
    print(f"{door:14} {what:28} {median_ms:7.3f} ms   {reason}")
    return median_ms


def peak_kb() -> int:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def median_of(refuse: Callable[[], str], times: int) -> tuple[float, list[str]]:
    """Time a refusal, and keep its reasons."""
    took_ms, reasons = [], []
    for _ in range(times):
        began_s = time.perf_counter()
        reasons.append(refuse())
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return statistics.median(took_ms), reasons


def camera_folder(data: bytes, times: int) -> tuple[float, list[str]]:
    """Show a camera a folder that holds nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            (Path(folder) / f"{number:04}.jpg").write_bytes(data)
        source = folder_at(Path(folder))

        def read() -> str:
            try:
                source.read()
            except BadImage as refused:
                return re.sub(r"\d{4}\.jpg: ", "", str(refused))
            raise AssertionError("the folder took it")

        return median_of(read, times)


def webcam_socket(data: bytes, times: int) -> tuple[float, list[str]]:
    """Send it to a session of a page, as many times; its answers go into a list instead of a socket."""
    clock = ManualClock()
    page = _Page(data, times, clock)
    session = WebcamSession(
        cast(ServerConnection, page),
        "A__door",
        Inbox(),
        CaptureSection(ws_max_refused=10 * times),
        clock,
        lambda: True,
    )
    asyncio.run(session.serve())
    return statistics.median(page.took_ms), page.reasons


def enrolment(data: bytes, times: int) -> tuple[float, list[str]]:
    """Read it as a student's photo."""
    reader = PhotoReader(_NoLandmarks(), INTEL_0095, EnrolmentSection())

    def read() -> str:
        refused = reader.read("photo", data)
        assert isinstance(refused, Refusal)
        return f"{refused.code}: {refused.detail}"

    return median_of(read, times)


def api_upload(data: bytes, times: int) -> tuple[float, list[str]]:
    """Judge it as the route does that takes a student's photos."""

    def check() -> str:
        try:
            photos.check(ApiSection(), [data])
        except Problem as refused:
            return f"{refused.status_code} {refused.body.message}"
        raise AssertionError("the API took it")

    return median_of(check, times)


class _Page:
    """A connection whose page sends one picture again and again, and times each answer."""

    def __init__(self, data: bytes, times: int, clock: ManualClock) -> None:
        self._message = picture_message(1000 * clock.now().timestamp(), data)
        self._times = times
        self._clock = clock
        self.took_ms: list[float] = []
        self.reasons: list[str] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._times):
            self._clock.advance(1)  # no faster than a page may
            began_s = time.perf_counter()
            yield self._message
            self.took_ms.append(1000 * (time.perf_counter() - began_s))

    async def send(self, message: str) -> None:
        if '"refused"' in message:
            self.reasons.append(message)


class _NoLandmarks:
    """What is refused by its bytes is never shown to a model."""

    interface: Any = "solutions"

    def find(self, image_bgr: Image, timestamp_ms: int = 0) -> list[Face]:
        raise AssertionError("it was decoded")

    def close(self) -> None: ...


if __name__ == "__main__":
    sys.exit(main())
