"""What passes between a kiosk's screen and the pipeline: prompts, outcomes, typed numbers, camera states.

All of it lives in the frames Redis: it never touches a disk, and what is kept expires.
"""

from datetime import timedelta

from pydantic import AwareDatetime
from redis import Redis

from shared import names
from shared.events import CameraState, Outcome, Prompt, StudentId, Wire, encode

PROMPT_KEPT_S = 5
ASK_KEPT_S = 30
CAMERA_KEPT_S = 10


class NumberAsk(Wire):
    """Somebody typed a student number at the kiosk: compare the served face with that one person."""

    student_id: StudentId
    asked_at: AwareDatetime
    unable: bool = False
    """"I can't do this": no challenge is asked, and it goes to the invigilator."""


class CameraStatus(Wire):
    """How a kiosk's camera is."""

    state: CameraState
    fps: float
    last_frame_at: AwareDatetime | None
    detail: str = ""
    width: int = 0
    height: int = 0
    node: str = "local"


class KioskChannel:
    """One kiosk's side of the frames Redis."""

    def __init__(self, redis: "Redis", kiosk_id: str) -> None:
        self._redis = redis
        self._kiosk_id = kiosk_id

    def prompt(self, prompt: Prompt) -> None:
        """Tell the screen what to ask, and keep it for late joiners."""
        self._tell(names.prompts(self._kiosk_id), encode(prompt), PROMPT_KEPT_S)

    def outcome(self, outcome: Outcome) -> None:
        """Tell the screen the verdict, and keep it for the hold time."""
        self._tell(names.outcomes(self._kiosk_id), encode(outcome), outcome.hold_s)

    def ask(self, ask: NumberAsk) -> None:
        """Leave a typed number for liveness."""
        self._redis.set(names.ask(self._kiosk_id), ask.model_dump_json(), ex=ASK_KEPT_S)

    def take_ask(self) -> NumberAsk | None:
        """Take the typed number, once."""
        raw = self._redis.getdel(names.ask(self._kiosk_id))
        return NumberAsk.model_validate_json(raw) if raw else None

    def camera(self, status: CameraStatus) -> None:
        """Say how the camera is; forgotten when capture stops saying it."""
        self._redis.set(names.camera(self._kiosk_id), status.model_dump_json(), ex=CAMERA_KEPT_S)

    def camera_status(self) -> CameraStatus | None:
        """Return how the camera is, or None when capture does not say."""
        raw = self._redis.get(names.camera(self._kiosk_id))
        return CameraStatus.model_validate_json(raw) if raw else None

    def _tell(self, channel: str, message: bytes, kept_s: float) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(names.last(channel), message, px=timedelta(seconds=kept_s))
            pipe.publish(channel, message)
            pipe.execute()
