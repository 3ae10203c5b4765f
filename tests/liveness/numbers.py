"""Faces as numbers, for tests of the decisions: nobody's picture, and time as a test wants it."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.liveness.observation import FrameSize, Observation
from services.liveness.session import Decision, Frame, Session
from shared.events import FacePoints, NumberAsk, Point, Policy, Quality
from shared.face import BoxPx

Looks: TypeAlias = npt.NDArray[np.float32]
SIZE = FrameSize(640, 480)
_POINTS = FacePoints(**{name: Point(300.0, 200.0) for name in FacePoints.model_fields})
_QUALITY = Quality(
    sharpness=100, yaw_deg=0, pitch_deg=0, roll_deg=0, interocular_px=70, brightness=120, eye_openness=1, score=0.8
)


def looks_of(who: str) -> Looks:
    """Return how somebody looks: the same person always the same, two people unlike each other."""
    vector = np.random.default_rng(sum(map(ord, who))).normal(size=300).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def tone_of(who: str) -> tuple[float, float, float]:
    shade = 90.0 + sum(map(ord, who)) % 80
    return (shade, 140.0, 150.0)


def face(
    t_s: float,
    who: str = "Ada",
    *,
    openness: float = 1.0,
    yaw: float = 0.0,
    mouth: float = 0.02,
    smile: float = 0.75,
    x: float = 320.0,
    y: float = 240.0,
    width: float = 150.0,
) -> Observation:
    """Return one look at somebody; the head sways a little, as heads do."""
    sway = math.sin(2 * t_s)
    ear = 0.3 * openness
    return Observation(
        t_s=t_s,
        box=BoxPx(x - width / 2 + sway, y - width / 2, width, width * 1.1),
        ear_left=ear,
        ear_right=ear,
        yaw_deg=yaw + 2 * sway,
        pitch_deg=3.0 + 2 * math.sin(1.3 * t_s),
        mouth_opening=mouth,
        smile=smile,
        interocular_px=width * 0.47,
        appearance=looks_of(who),
        tone=tone_of(who),
        points=_POINTS,
        quality=_QUALITY.model_copy(update={"interocular_px": width * 0.47, "yaw_deg": yaw}),
    )


def lids(t_s: float, blinks_s: Iterable[float], depth: float = 0.15, length_s: float = 0.25) -> float:
    """Return how open the eyes are at `t_s` when blinks are lowest at `blinks_s`."""
    shut = max((max(0.0, 1 - abs(t_s - at_s) / (length_s / 2)) for at_s in blinks_s), default=0.0)
    return 1 - (1 - depth) * shut


class Kiosk:
    """A session with a clock: tests say who stands there, and read what became of it."""

    def __init__(self, session: Session, policy: Policy | None = "blink", fps: float = 15.0) -> None:
        self.session = session
        self.policy = policy
        self.step_s = 1 / fps
        self.t_s = 1000.0
        self.decisions: list[Decision] = []

    def show(self, seen: Sequence[Observation], ask: NumberAsk | None = None, last: bool = False) -> Decision:
        """Show one frame."""
        seen = [replace(look, t_s=self.t_s) for look in seen]
        cut = lambda look: (np.zeros((8, 8, 3), np.uint8), Point(0.0, 0.0))  # noqa: E731 - a test's stand-in for pixels
        decision = self.session.step(Frame(self.t_s, SIZE, seen, cut, self.policy, ask, last))
        self.decisions.append(decision)
        self.t_s += self.step_s
        return decision

    def stand(self, who: str, for_s: float, blinks_s: Sequence[float] = (), **looks: float) -> None:
        """Let somebody stand in the oval; `blinks_s` are seconds from now."""
        began_s = self.t_s
        while self.t_s < began_s + for_s - 1e-9:
            at_s = self.t_s - began_s
            self.show([face(self.t_s, who, openness=lids(at_s, blinks_s), **looks)])

    def empty(self, for_s: float) -> None:
        """Let nobody stand there."""
        began_s = self.t_s
        while self.t_s < began_s + for_s - 1e-9:
            self.show([])

    @property
    def results(self) -> list[str]:
        """Return what was reported, in order: `passed`, or the reason of a failure."""
        reports = [report for decision in self.decisions for report in decision.reports]
        return [getattr(report.result, "reason", "passed") for report in reports]

    @property
    def codes(self) -> list[str]:
        """Return what the screen said, each change once."""
        said: list[str] = []
        for decision in self.decisions:
            if not said or said[-1] != decision.screen.code:
                said.append(decision.screen.code)
        return said


def new_kiosk(seed: int = 1) -> Kiosk:
    """Return a kiosk that nobody has come to yet; `seed` is of its draws."""
    numbers = itertools.count(1)
    return Kiosk(Session(lambda: f"track-{next(numbers)}", lambda: f"trace-{next(numbers)}", random.Random(seed)))
