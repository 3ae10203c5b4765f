"""From decisions to events: times, ids and JPEGs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from services.liveness.check import Passed
from services.liveness.crops import Candidate
from services.liveness.decision import FailedForGood, Report
from services.liveness.screen import Screen
from shared import names
from shared.events import (
    ActionDone,
    Crop,
    Event,
    FacePoints,
    FrameCaptured,
    LiveFace,
    LivenessFailed,
    Point,
    Prompt,
    event_id,
)
from shared.quality import Image

Encode = Callable[[Image], tuple[bytes, int, int, float]]
"""From a crop's pixels to its JPEG, width, height, and how much it was made smaller (1: not at all)."""


@dataclass(frozen=True)
class Letter:
    """An event on its way out."""

    stream: str
    event: LiveFace | LivenessFailed
    images: tuple[bytes, ...]
    decided_s: float


class _Encoded(NamedTuple):
    crop: Crop
    jpeg: bytes


def letter(report: Report, frame: FrameCaptured, fence: int, encode: Encode) -> Letter:
    """Return the event that tells `report`, which was decided on `frame`."""
    result = report.result
    decided_s = frame.captured_at.timestamp()
    if isinstance(result, Passed):
        crops = [_encoded(candidate, encode) for candidate in result.crops]
        return Letter(names.FACES, _live_face(report, result, crops, frame, fence), _jpegs(crops), decided_s)
    crops = [_encoded(result.evidence, encode)] if result.evidence is not None else []
    return Letter(names.FAILURES, _failed(report, result, crops, frame, fence), _jpegs(crops), decided_s)


def prompt(screen: Screen, frame: FrameCaptured) -> Prompt:
    """Return what the screen is told about `frame`."""
    return Prompt(
        event_id=event_id("prompt", frame.kiosk_id, frame.event_id),
        kiosk_id=frame.kiosk_id,
        captured_at=frame.captured_at,
        trace_id=screen.trace_id,
        code=screen.code,
        track_id=screen.track_id,
        action=screen.action,
        done=screen.done,
        total=screen.total,
        hint=screen.hint,
        boxes=screen.boxes,
        usable=screen.usable,
        frame_sent_at=frame.sent_at,
        aim=screen.aim,
    )


def _live_face(report: Report, result: Passed, crops: Sequence[_Encoded], frame: FrameCaptured, fence: int) -> LiveFace:
    return LiveFace(
        event_id=_id(LiveFace, report, frame),
        kiosk_id=frame.kiosk_id,
        captured_at=frame.captured_at,
        trace_id=report.trace_id,
        track_id=report.track_id,
        track_started_at=_time(report.track_started_s),
        fence=fence,
        policy=report.policy,
        frame_sent_at=frame.sent_at,
        claimed_student_id=report.claimed_student_id,
        simulated=frame.simulated,
        challenge=tuple(
            ActionDone(action=step.action, asked_at=_time(step.asked_s), done_at=_time(step.done_s))
            for step in result.steps
            if step.done_s is not None
        ),
        crops=tuple(encoded.crop for encoded in crops),
    )


def _failed(
    report: Report, result: FailedForGood, crops: Sequence[_Encoded], frame: FrameCaptured, fence: int
) -> LivenessFailed:
    return LivenessFailed(
        event_id=_id(LivenessFailed, report, frame),
        kiosk_id=frame.kiosk_id,
        captured_at=frame.captured_at,
        trace_id=report.trace_id,
        track_id=report.track_id,
        track_started_at=_time(report.track_started_s),
        fence=fence,
        policy=report.policy,
        frame_sent_at=frame.sent_at,
        claimed_student_id=report.claimed_student_id,
        simulated=frame.simulated,
        reason=result.reason,
        failures=result.failures,
        crop=crops[0].crop if crops else None,
    )


def _id(kind: type[Event], report: Report, frame: FrameCaptured) -> str:
    """The same result has the same id, however often it is sent.

    A track may have several: its visit ends when the person leans out of the oval, and begins anew, with
    another trace id, when they are back.
    """
    return event_id(kind.kind, frame.kiosk_id, report.trace_id, report.track_id, report.attempt)


def _encoded(candidate: Candidate, encode: Encode) -> _Encoded:
    jpeg, width, height, scale = encode(candidate.pixels)
    seen = candidate.seen
    quality = seen.quality.model_copy(update={"eye_openness": candidate.openness, "score": candidate.score})
    crop = Crop(
        moment=candidate.moment,
        captured_at=_time(seen.t_s),
        width=width,
        height=height,
        points=_moved(seen.points, candidate.corner, scale),
        quality=quality,
    )
    return _Encoded(crop, jpeg)


def _moved(points: FacePoints, corner: Point, scale: float) -> FacePoints:
    """Return points of the frame as points of the crop."""
    moved = {
        name: Point((point[0] - corner.x) * scale, (point[1] - corner.y) * scale)
        for name, point in points.model_dump().items()
    }
    return FacePoints(**moved)


def _jpegs(crops: Sequence[_Encoded]) -> tuple[bytes, ...]:
    return tuple(encoded.jpeg for encoded in crops)


def _time(t_s: float) -> datetime:
    return datetime.fromtimestamp(t_s, UTC)
