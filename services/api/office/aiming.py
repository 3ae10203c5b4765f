"""Aiming a camera: what liveness measures of the face before it, against what recognition needs, in codes.

Works with and without a sitting in play. Asking says to liveness, for a few seconds, that somebody aims.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field
from redis import Redis
from redis.exceptions import RedisError

from services.api.examples import example_of
from services.api.office import kiosks
from services.api.office.work import Work
from services.api.problems import Problem, not_found
from shared import frame_ring
from shared.events import Aim, Hint
from shared.kiosk_channel import CameraStatus, KioskChannel

MOST_ROLL_DEG = 30.0
"""Alignment turns a face upright; a camera so far from level cuts foreheads and chins."""
_FAIR = 0.5
"""A measure is good up to half of what is just allowed, fair up to it, poor beyond."""
_EVEN_LIGHT = 25.0
"""Luma within the limits by which light should keep off them."""

State = Literal["good", "fair", "poor"]
Measure = Literal["size", "light", "sharpness", "turn", "height", "tilt"]
Sight = Literal["no_picture", "no_liveness", "nobody", "face"]


class Reading(BaseModel):
    """One measure, and what it means."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"measure": "size", "value": 85.0, "state": "good", "advice": None}]}
    )

    measure: Measure
    value: float = Field(
        description="Size: pixels between the eyes. Light: mean luma. Sharpness: variance. Else degrees."
    )
    state: State
    advice: str | None = Field(None, description="A code of what would make it better; null where it is good.")


class Outline(BaseModel):
    """Where the face is, in fractions of the picture."""

    x: float
    y: float
    width: float
    height: float


class AimPublic(BaseModel):
    """What the camera shows now, for whoever aims it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kiosk_id": "A__door1",
                    "sight": "face",
                    "camera": None,
                    "seen_at": "2026-11-23T08:10:00Z",
                    "face": {"x": 0.35, "y": 0.2, "width": 0.3, "height": 0.5},
                    "readings": [example_of(Reading)],
                    "hint": None,
                    "ready": True,
                }
            ]
        }
    )

    kiosk_id: str
    sight: Sight = Field(description="`no_picture`, `no_liveness` (nobody looks at the picture), `nobody`, `face`.")
    camera: CameraStatus | None = None
    seen_at: datetime | None = Field(None, description="The time of the frame that was measured.")
    face: Outline | None = None
    readings: list[Reading] = Field(default_factory=list)
    hint: Hint | None = Field(None, description="What liveness would ask of this face; null: it can be checked.")

    @computed_field(description="Whether somebody who stands here is checked well.")  # type: ignore[prop-decorator]
    @property
    def ready(self) -> bool:
        """Tell whether there is a face, liveness would ask nothing else of it, and no measure is poor."""
        fine = all(reading.state != "poor" for reading in self.readings)
        return self.sight == "face" and self.hint is None and fine


def look(work: Work, frames: "Redis", kiosk_id: str) -> AimPublic:
    """Say that this camera is aimed, and return what is measured.

    Raises:
        Problem: there is no such kiosk, or the frames Redis is away.
    """
    kiosks.get(work, kiosk_id)
    channel = KioskChannel(frames, kiosk_id)
    with _pictures():
        channel.aim()
        camera, prompt = channel.camera_status(), channel.last_prompt()
        pictured = frame_ring.has_frames(frames, kiosk_id)  # they go sooner than what was last said of them
    shown = AimPublic(kiosk_id=kiosk_id, sight="no_picture", camera=camera)
    if camera is None or camera.state != "live" or not pictured:
        return shown
    if prompt is None or prompt.code == "out_of_service":
        return shown.model_copy(update={"sight": "no_liveness"})
    if prompt.aim is None:
        return shown.model_copy(update={"sight": "nobody"})
    aim = prompt.aim
    face = Outline(x=aim.x, y=aim.y, width=aim.width, height=aim.height)
    found = {"sight": "face", "seen_at": prompt.captured_at, "face": face, "hint": aim.hint, "readings": judge(aim)}
    return shown.model_copy(update=found)


def newest_frame(work: Work, frames: "Redis", kiosk_id: str) -> bytes:
    """Return the newest JPEG of a kiosk's camera, as it is. It is kept nowhere.

    Raises:
        Problem: no such kiosk, its camera shows nothing now, or the frames Redis is away.
    """
    kiosks.get(work, kiosk_id)
    with _pictures():
        found = frame_ring.newest_frame(frames, kiosk_id)
    if found is None:
        raise not_found("picture of kiosk", kiosk_id, "kiosk_id")
    return found[1]


def judge(aim: Aim) -> list[Reading]:
    """Say of each measure how good it is and what would help: the numbers are liveness's, and so are the limits."""
    needs = aim.needs
    return [
        _size(aim),
        _light(aim),
        _sharpness(aim),
        _angle("turn", aim.yaw_deg, needs.most_yaw_deg, ("from_the_front", "from_the_front")),
        _angle("height", aim.pitch_deg, needs.most_pitch_deg, ("lower_camera", "raise_camera")),
        _angle("tilt", aim.roll_deg, MOST_ROLL_DEG, ("level_camera", "level_camera")),
    ]


def _size(aim: Aim) -> Reading:
    needs, eyes_px = aim.needs, aim.interocular_px
    if aim.width > needs.most_width:
        return Reading(measure="size", value=eyes_px, state="poor", advice="further_away")
    if eyes_px < needs.least_interocular_px:
        return Reading(measure="size", value=eyes_px, state="poor", advice="closer")
    good = eyes_px >= needs.good_interocular_px
    return Reading(measure="size", value=eyes_px, state="good" if good else "fair", advice=None if good else "closer")


def _light(aim: Aim) -> Reading:
    needs, luma = aim.needs, aim.brightness
    state: State = "good"
    advice = None
    if aim.backlit:
        state, advice = "poor", "backlit"
    elif luma < needs.least_brightness + _EVEN_LIGHT:
        state, advice = "poor" if luma < needs.least_brightness else "fair", "more_light"
    elif luma > needs.most_brightness - _EVEN_LIGHT:
        state, advice = "poor" if luma > needs.most_brightness else "fair", "less_light"
    return Reading(measure="light", value=luma, state=state, advice=advice)


def _sharpness(aim: Aim) -> Reading:
    needs, value = aim.needs, aim.sharpness
    if value < needs.least_sharpness:
        return Reading(measure="sharpness", value=value, state="poor", advice="focus")
    if value < needs.good_sharpness * _FAIR:
        return Reading(measure="sharpness", value=value, state="fair", advice="focus")
    return Reading(measure="sharpness", value=value, state="good")


def _angle(measure: Measure, degrees: float, most: float, advice: tuple[str, str]) -> Reading:
    """Judge an angle; `advice` is for a positive and for a negative one."""
    state: State = "good" if abs(degrees) <= most * _FAIR else "fair" if abs(degrees) <= most else "poor"
    way = advice[0] if degrees > 0 else advice[1]
    return Reading(measure=measure, value=degrees, state=state, advice=None if state == "good" else way)


@contextmanager
def _pictures() -> Iterator[None]:
    """Refuse in words while the Redis that pictures come through is away."""
    try:
        yield
    except RedisError as error:
        text = f"Pictures can't be read now ({type(error).__name__}). Try again."
        raise Problem(503, "broker_unavailable", text) from error
