"""One kiosk as this worker serves it: a frame in, a decision, prompts and events out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import NamedTuple

from services.liveness.aiming import aim_of
from services.liveness.check import Passed
from services.liveness.decision import Frame, Report, Tried
from services.liveness.eyes import Eyes
from services.liveness.observation import FrameSize
from services.liveness.observe import cut_crop, observe
from services.liveness.screen import Screen
from services.liveness.session import Session
from services.liveness.settings import LivenessSection
from services.liveness.visits import KEPT_S
from services.liveness.wire import Letter, letter, prompt
from shared import images, logs, metrics
from shared.clock import Clock
from shared.events import Aim, FrameCaptured, Policy
from shared.frame_ring import ReadFrame
from shared.kiosk_channel import KioskChannel
from shared.leases import LeaseKeeper
from shared.quality import Image

_log = logs.get("liveness")
_LOOK_FOR_AIM_S = 0.5
"""How often is looked whether somebody aims the camera."""
_LIVE_FACE_KEPT_S = 5.0
_FAILURE_KEPT_S = 120.0
"""While the broker is away an event waits so long, and is then given up: the person is asked again.

Counted by frame time and, where frames are a camera's, by this process's clock too: frames may stop coming.
"""


class _Waiting(NamedTuple):
    """A letter that is not sent yet."""

    letter: Letter
    attempt: int
    since_s: float
    """Monotonic."""
    in_order: bool

    @property
    def kept_s(self) -> float:
        """How long it is worth anything."""
        return _LIVE_FACE_KEPT_S if self.letter.event.kind == "live_face" else _FAILURE_KEPT_S


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
    clock: Clock
    """Only its monotonic time is used."""
    lost: bool = False
    """The lease went to another worker: this state is void."""
    _outbox: deque[_Waiting] = field(default_factory=deque)
    _told: tuple[Screen, float] | None = None
    _frame: FrameCaptured | None = None
    _frame_at_s: float = 0.0
    """Monotonic: when the last frame came."""
    _abandoned: bool = False
    _aimed: bool = False
    _aim_looked_s: float = float("-inf")
    """Monotonic."""

    @property
    def waits(self) -> bool:
        """Whether a result is not sent yet."""
        return bool(self._outbox) and not self.lost

    @property
    def owed(self) -> tuple[str, ...]:
        """The trace ids of the people whose results are not sent yet, each once."""
        return tuple(dict.fromkeys(waiting.letter.event.trace_id for waiting in self._outbox))

    def take(self, read: ReadFrame, policy: Policy | None) -> None:
        """Handle one frame. What it led to is sent with `send`.

        Raises:
            RedisError: the frames Redis is away; the decision stands, only the screen was not told.
        """
        metrics.FRAMES_HANDLED.labels(self.kiosk_id).inc()
        if read.skipped:
            metrics.FRAMES_SKIPPED.labels(self.kiosk_id, "behind").inc(read.skipped)
        self._frame, self._frame_at_s, self._abandoned = read.frame, self.clock.monotonic_s(), False
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
        self._tell(replace(decision.screen, aim=self._aim(frame)), read.frame)

    def look_for_silence(self) -> None:
        """End every visit when no frame has come for as long as somebody may be away: a camera that is lost.

        Footage waits for liveness and not the other way round, so its silence means nothing.
        """
        if self._frame is None or self._frame.in_order or self._abandoned:
            return
        if self.clock.monotonic_s() - self._frame_at_s > KEPT_S:
            self._abandoned = True
            self._post(self.session.abandon(), self._frame)

    def stop(self) -> None:
        """Tell what is owed, and free the model.

        Raises:
            RedisError: the events Redis is away.
        """
        try:
            if self._frame is not None and not self.lost:
                self._post(self.session.finish(self._frame.captured_at.timestamp()), self._frame)
                self.send()
        finally:
            self.eyes.close()

    def send(self) -> None:
        """Send what waits, oldest first.

        Raises:
            RedisError: the broker is away; what waits is kept, and may be sent again.
        """
        while self.waits:
            if self._too_late(self._outbox[0]):
                self._give_up(self._outbox.popleft())
                continue
            event, images_of = self._outbox[0].letter.event, self._outbox[0].letter.images
            accepted = self.keeper.emit(self.kiosk_id, self.fence, self._outbox[0].letter.stream, event, images_of)
            self._outbox.popleft()
            self.lost = not accepted
            _log.info("sent", what=event.kind, taken=accepted, kiosk=self.kiosk_id, trace_id=event.trace_id)

    def _give_up(self, waiting: _Waiting) -> None:
        """Forget a result that is too old to be told, and ask the person again."""
        event = waiting.letter.event
        metrics.RESULTS_DROPPED.labels(event.kind).inc()
        _log.warning("not sent in time: the check begins again", kiosk=self.kiosk_id, trace_id=event.trace_id)
        if self._frame is not None:
            self.session.not_told(event.trace_id, waiting.attempt, self._frame.captured_at.timestamp())

    def _decode(self, jpeg: bytes) -> Image | None:
        began_s = perf_counter()
        try:
            return images.decode(jpeg, max_pixels=self.settings.max_image_pixels)
        except images.BadImage as error:
            metrics.FRAMES_SKIPPED.labels(self.kiosk_id, "undecodable").inc()
            _log.warning("frame undecodable", kiosk=self.kiosk_id, why=str(error))
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
            ask=self.channel.take_ask() if policy is not None and self.session.listens else None,
            last=captured.last,
        )

    def _post(self, reports: Sequence[Report], frame: FrameCaptured) -> None:
        _count(self.session.tried, reports)
        self.session.tried.clear()
        for report in reports:
            told = letter(report, frame, self.fence, self._encode)
            self._outbox.append(_Waiting(told, report.attempt, self.clock.monotonic_s(), frame.in_order))

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

    def _aim(self, frame: Frame) -> Aim | None:
        """Return what the nearest face measures, while somebody aims the camera."""
        now_s = self.clock.monotonic_s()
        if now_s - self._aim_looked_s >= _LOOK_FOR_AIM_S:
            self._aim_looked_s, self._aimed = now_s, self.channel.aimed()
        return aim_of(frame.seen, frame.size, self.session.needs) if self._aimed else None

    def _too_late(self, waiting: _Waiting) -> bool:
        ages_s = [0.0 if waiting.in_order else self.clock.monotonic_s() - waiting.since_s]
        if self._frame is not None:
            ages_s.append(self._frame.captured_at.timestamp() - waiting.letter.decided_s)
        return max(ages_s) > waiting.kept_s


def _count(tried: Sequence[Tried], reports: Sequence[Report]) -> None:
    for policy, result in tried:
        metrics.CHALLENGES.labels(policy, result).inc()
    for report in reports:
        if isinstance(report.result, Passed):
            metrics.CHALLENGE_SECONDS.observe(report.waited_s)
