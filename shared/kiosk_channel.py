"""What passes between a kiosk's screen and the pipeline: prompts, outcomes, typed numbers, camera states.

All of it lives in the frames Redis: it never touches a disk, and what is kept expires.
"""

from datetime import timedelta
from typing import cast

from pydantic import AwareDatetime
from redis import Redis
from redis.exceptions import WatchError

from shared import names
from shared.events import CameraState, NumberAsk, Outcome, PracticeEnded, Prompt, Wire, decode, encode

PROMPT_KEPT_S = 5
ASK_KEPT_S = 30
ASK_FRESH_S = 8
"""A typed number is for whoever is served within this time: later it would be the next person's."""
CAMERA_KEPT_S = 10
AIM_KEPT_S = 5


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

    def practice(self, ended: PracticeEnded) -> None:
        """Tell the page how a practice went. It is not kept: a page that begins anew begins a new practice."""
        self._redis.publish(names.outcomes(self._kiosk_id), encode(ended))

    def ask(self, ask: NumberAsk) -> None:
        """Leave a typed number for liveness."""
        self._redis.set(names.ask(self._kiosk_id), ask.model_dump_json(), ex=ASK_KEPT_S)

    def take_ask(self) -> NumberAsk | None:
        """Take the typed number, once, while it is fresh. Redis itself says how old it is: no two clocks are compared."""
        key = names.ask(self._kiosk_id)
        if self._redis.pttl(key) <= (ASK_KEPT_S - ASK_FRESH_S) * 1000:
            return None
        raw = self._redis.getdel(key)
        return NumberAsk.model_validate_json(raw) if raw else None

    def withdraw_ask(self, ask: NumberAsk) -> bool:
        """Take this very number back, if nobody has taken it yet and no other took its place."""
        key = names.ask(self._kiosk_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call]  # redis-py leaves it without types
            raw = pipe.get(key)
            if raw is None or NumberAsk.model_validate_json(raw) != ask:
                return False
            pipe.multi()
            pipe.delete(key)
            try:
                pipe.execute()
            except WatchError:
                return False
        return True

    def last_prompt(self) -> Prompt | None:
        """Return what the screen was asked to ask last, or None when liveness says nothing here."""
        raw = cast("bytes | None", self._redis.get(names.last(names.prompts(self._kiosk_id))))
        event = decode(raw) if raw else None
        return event if isinstance(event, Prompt) else None

    def aim(self) -> None:
        """Ask liveness to say what it measures, for a few seconds."""
        self._redis.set(names.aim(self._kiosk_id), 1, ex=AIM_KEPT_S)

    def aimed(self) -> bool:
        """Tell whether somebody aims this camera now."""
        return bool(self._redis.exists(names.aim(self._kiosk_id)))

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
