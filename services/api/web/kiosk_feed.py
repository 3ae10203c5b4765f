"""What a kiosk's screen is told: how things are, prompts and outcomes, and the camera's pictures, undecoded."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from services.api.web import sse
from shared import names
from shared.clock import Clock
from shared.connections import BLOCK_MS
from shared.errors import Invalid
from shared.events import Event, Outcome, PracticeEnded, Prompt, decode, unpack_images
from shared.kiosk_channel import CameraStatus
from shared.schedule import KioskView, Schedule, ScheduleStore, SittingView

LOOK_EVERY_S = 1.0
"""How often camera and timetable are looked at."""
_NOT_FOR_SCREENS = {"student_id", "trace_id", "event_id", "aim"}


class ScreenSitting(BaseModel):
    """A sitting, as the screen names it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exam_code": "MATH-201",
                    "subject": "Analysis II",
                    "opens_at": "2026-11-23T08:30:00Z",
                    "starts_at": "2026-11-23T09:00:00Z",
                }
            ]
        }
    )

    exam_code: str
    subject: str
    opens_at: datetime
    starts_at: datetime


class ScreenState(BaseModel):
    """How things are at this kiosk."""

    known: bool
    """Whether the schedule has this kiosk, switched on."""
    hall: str
    direction: str
    source: Literal["browser", "server"]
    camera: str
    """The camera's state; `silent` when capture says nothing."""
    detail: str
    sitting: ScreenSitting | None
    next: ScreenSitting | None


class Trouble(BaseModel):
    """What keeps a screen from being told anything."""

    what: Literal["broker"] = "broker"


def _shown(event: type[Event]) -> type[BaseModel]:
    """Return the shape of an event as `for_screen` leaves it."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in event.model_fields.items() if name not in _NOT_FOR_SCREENS
    }
    return create_model(f"Screen{event.__name__}", __doc__=event.__doc__, **fields)


ScreenPrompt = _shown(Prompt)
ScreenOutcome = _shown(Outcome)
ScreenPracticeEnded = _shown(PracticeEnded)


class KioskFeed:
    """Reads the frames Redis for the screens of this process."""

    def __init__(self, frames: "AsyncRedis", schedule: ScheduleStore, clock: Clock) -> None:
        self._frames = frames
        self._schedule = schedule
        self._clock = clock
        self._stopping = False

    def stop(self) -> None:
        """End every stream within a second: the server stops, and the screens come back when it is there again."""
        self._stopping = True

    async def events(self, kiosk_id: str, resumed: bool) -> AsyncGenerator[bytes, None]:
        """Give state, prompts and outcomes; the kept outcome only to a page that had the stream before."""
        number = 0
        yield sse.RETRY
        while not self._stopping:
            try:
                async for kind, data in self._told(kiosk_id, resumed):
                    number += 1
                    yield sse.message(kind, data, str(number)) if kind else sse.BEAT
            except (RedisError, OSError):
                yield sse.message("trouble", Trouble().model_dump_json())
                await asyncio.sleep(LOOK_EVERY_S)
            resumed = True

    async def pictures(self, kiosk_id: str) -> AsyncIterator[bytes]:
        """Give the newest JPEG each time there is one; nothing while there is none (`b""` each second)."""
        after = "0-0"
        while not self._stopping:
            found: Any = await self._frames.xread({names.frames(kiosk_id): after}, count=100, block=BLOCK_MS)
            entries = found[0][1] if found else []
            if entries:
                after = entries[-1][0].decode()
                yield _jpeg(entries[-1][1])
            else:
                yield b""

    async def close(self) -> None:
        """Give the connections back."""
        await self._frames.aclose()

    async def fresh_outcome(self, kiosk_id: str) -> Outcome | None:
        """Return the outcome that the screen may show now."""
        raw = await self._frames.get(names.last(names.outcomes(kiosk_id)))
        event = decode(_bytes(raw)) if raw else None
        return event if isinstance(event, Outcome) else None

    async def state(self, kiosk_id: str) -> ScreenState:
        """Return how things are."""
        schedule = await run_in_threadpool(self._schedule.read)
        raw = await self._frames.get(names.camera(kiosk_id))
        camera = CameraStatus.model_validate_json(raw) if raw else None
        return screen_state(schedule, kiosk_id, camera, self._clock.now())

    async def _told(self, kiosk_id: str, resumed: bool) -> AsyncIterator[tuple[str, str]]:
        prompts, outcomes = names.prompts(kiosk_id), names.outcomes(kiosk_id)
        async with self._frames.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(prompts, outcomes)
            kept = [await self._frames.get(names.last(one)) for one in (prompts, outcomes)[: 2 if resumed else 1]]
            before = await self.state(kiosk_id)
            yield "state", before.model_dump_json()
            for raw in kept:
                if raw:
                    yield for_screen(_bytes(raw))
            quiet_s = 0.0
            looked_at = self._clock.monotonic_s()
            while not self._stopping:
                message = await channel.get_message(timeout=LOOK_EVERY_S)
                if message is not None:
                    yield for_screen(message["data"])
                if self._clock.monotonic_s() - looked_at < LOOK_EVERY_S:
                    continue
                quiet_s += self._clock.monotonic_s() - looked_at
                looked_at = self._clock.monotonic_s()
                now = await self.state(kiosk_id)
                if now != before:
                    before = now
                    yield "state", now.model_dump_json()
                if quiet_s >= sse.BEAT_S:
                    quiet_s = 0.0
                    yield "", ""


def for_screen(raw: bytes) -> tuple[str, str]:
    """Return an event's kind and its JSON, without what a screen need not know."""
    fields: dict[str, Any] = json.loads(raw)
    kind = str(fields.pop("kind", ""))
    return kind, json.dumps({name: value for name, value in fields.items() if name not in _NOT_FOR_SCREENS})


def screen_state(schedule: Schedule, kiosk_id: str, camera: CameraStatus | None, now: datetime) -> ScreenState:
    """Say how things are, from the timetable and what capture says."""
    kiosk = schedule.kiosk(kiosk_id)
    here = _held_here(schedule, kiosk) if kiosk else []
    in_play = [sitting for sitting in here if sitting.in_play_from <= now <= sitting.ends_at]
    later = [sitting for sitting in here if sitting.in_play_from > now]
    return ScreenState(
        known=kiosk is not None and kiosk.enabled,
        hall=kiosk.hall if kiosk else "",
        direction=kiosk.direction if kiosk else "in",
        source="browser" if kiosk and kiosk.source.startswith("browser:") else "server",
        camera=camera.state if camera else "silent",
        detail=camera.detail if camera else "",
        sitting=_named(in_play),
        next=_named(later),
    )


def _held_here(schedule: Schedule, kiosk: KioskView) -> list[SittingView]:
    here = [sitting for sitting in schedule.sittings if kiosk.hall in sitting.halls]
    return sorted(here, key=lambda sitting: (sitting.starts_at, sitting.sitting_id))


def _named(sittings: list[SittingView]) -> ScreenSitting | None:
    """Name the first; several at once in one hall are named together."""
    if not sittings:
        return None
    first = sittings[0]
    together = [sitting for sitting in sittings if sitting.starts_at == first.starts_at]
    return ScreenSitting(
        exam_code=" · ".join(sitting.exam_code for sitting in together),
        subject=" · ".join(sitting.subject for sitting in together),
        opens_at=first.opens_at,
        starts_at=first.starts_at,
    )


def _bytes(raw: bytes | str) -> bytes:
    return raw if isinstance(raw, bytes) else raw.encode()


def _jpeg(fields: dict[bytes, bytes]) -> bytes:
    try:
        images = unpack_images(fields.get(b"images", b""))
    except Invalid:
        return b""
    return images[0] if images else b""
