"""One kiosk as this worker serves it: a frame in, a decision, prompts and events out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from services.liveness.check import Passed
from services.liveness.eyes import Eyes
from services.liveness.observation import FrameSize
from services.liveness.observe import cut_crop, observe
from services.liveness.screen import Screen
from services.liveness.session import Frame, Report, Session
from services.liveness.settings import LivenessSection
from services.liveness.wire import Letter, letter, prompt
from shared import images, logs, metrics
from shared.events import FrameCaptured, Policy
from shared.frame_ring import ReadFrame
from shared.kiosk_channel import KioskChannel
from shared.leases import LeaseKeeper
from shared.quality import Image

_log = logs.get("liveness")
_LIVE_FACE_KEPT_S = 5.0
_FAILURE_KEPT_S = 120.0
"""While the broker is away an event waits so long, by frame time, and is then given up: the person is still there."""


@dataclass
class Station:
    """One kiosk. Its state lives as long as the lease with this fence."""

    kiosk_id: str
    fence: int
    session: Session
    eyes: Eyes
    channel: KioskChannel
    keeper: LeaseKeeper
    settings: LivenessSection
    lost: bool = False
    """The lease went to another worker: this state is void."""
    _outbox: deque[Letter] = field(default_factory=deque)
    _told: tuple[Screen, float] | None = None
    _frame: FrameCaptured | None = None

    def take(self, read: ReadFrame, policy: Policy | None) -> None:
        """Handle one frame."""
        metrics.FRAMES_HANDLED.labels(self.kiosk_id).inc()
        if read.skipped:
            metrics.FRAMES_SKIPPED.labels(self.kiosk_id, "behind").inc(read.skipped)
        self._frame = read.frame
        image = self._decode(read.jpeg)
        if image is None:
            return
        frame = self._look(image, read.frame, policy)
        if frame is None:
            self._tell(Screen("out_of_service"), read.frame)
            return
        began_s = perf_counter()
        decision = self.session.step(frame)
        metrics.FRAME_SECONDS.labels("decide").observe(perf_counter() - began_s)
        self._post(decision.reports, read.frame)
        self._tell(decision.screen, read.frame)

    def stop(self) -> None:
        """Tell what is owed, and free the model."""
        if self._frame is not None and not self.lost:
            self._post(self.session.finish(self._frame.captured_at.timestamp()), self._frame)
        self.eyes.close()

    def send(self) -> None:
        """Send what waits, oldest first.

        Raises:
            RedisError: the broker is away; what waits is kept, and may be sent again.
        """
        while self._outbox and not self.lost:
            first = self._outbox[0]
            if self._too_late(first):
                self._outbox.popleft()
                _log.warning("not sent in time", kiosk_id=self.kiosk_id, trace_id=first.event.trace_id)
                continue
            accepted = self.keeper.emit(self.kiosk_id, self.fence, first.stream, first.event, first.images)
            self._outbox.popleft()
            self.lost = not accepted
            _log.info(
                "sent", what=first.event.kind, taken=accepted, kiosk_id=self.kiosk_id, trace_id=first.event.trace_id
            )

    def _decode(self, jpeg: bytes) -> Image | None:
        began_s = perf_counter()
        try:
            return images.decode(jpeg, max_pixels=self.settings.max_image_pixels)
        except images.BadImage as error:
            metrics.FRAMES_SKIPPED.labels(self.kiosk_id, "undecodable").inc()
            _log.warning("frame undecodable", kiosk_id=self.kiosk_id, why=str(error))
            return None
        finally:
            metrics.FRAME_SECONDS.labels("decode").observe(perf_counter() - began_s)

    def _look(self, image: Image, captured: FrameCaptured, policy: Policy | None) -> Frame | None:
        """Return the frame as numbers; None while landmarks are not to be had."""
        t_s = captured.captured_at.timestamp()
        began_s = perf_counter()
        faces = self.eyes.see(image, int(t_s * 1000))
        if faces is None:
            return None
        seen = [observe(image, face, t_s) for face in faces]
        metrics.FRAME_SECONDS.labels("landmarks").observe(perf_counter() - began_s)
        metrics.FACES_IN_VIEW.labels(self.kiosk_id).set(len(seen))
        height, width = image.shape[:2]
        return Frame(
            t_s=t_s,
            size=FrameSize(width, height),
            seen=seen,
            cut=lambda observation: cut_crop(image, observation.box),
            policy=policy,
            ask=self.channel.take_ask() if self.session.serves else None,
            last=captured.last,
        )

    def _post(self, reports: Sequence[Report], frame: FrameCaptured) -> None:
        for report in reports:
            _count(report)
            self._outbox.append(letter(report, frame, self.fence, self._encode))
        self.send()

    def _encode(self, pixels: Image) -> tuple[bytes, int, int, float]:
        small = images.fit_width(pixels, self.settings.crop_width_px)
        height, width = small.shape[:2]
        return images.encode_jpeg(small, self.settings.crop_jpeg_quality), width, height, width / pixels.shape[1]

    def _tell(self, screen: Screen, frame: FrameCaptured) -> None:
        """Prompt at the pace of the frames; what has not changed only now and then, so that it does not expire."""
        t_s = frame.captured_at.timestamp()
        told, told_s = self._told or (None, 0.0)
        if screen == told and 0 <= t_s - told_s < self.settings.repeat_prompt_s:
            return
        self.channel.prompt(prompt(screen, frame))
        self._told = (screen, t_s)

    def _too_late(self, waiting: Letter) -> bool:
        if self._frame is None:
            return False
        age_s = self._frame.captured_at.timestamp() - waiting.decided_s
        return age_s > (_LIVE_FACE_KEPT_S if waiting.event.kind == "live_face" else _FAILURE_KEPT_S)


def _count(report: Report) -> None:
    passed = isinstance(report.result, Passed)
    result = "met" if isinstance(report.result, Passed) else report.result.reason
    metrics.CHALLENGES.labels(report.policy, result).inc()
    if passed:
        metrics.CHALLENGE_SECONDS.observe(report.waited_s)
