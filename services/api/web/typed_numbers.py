"""A typed number ends at a person, whatever is broken: what liveness does not take in time becomes a case.

Liveness takes a number when a face is served. With no camera, no landmarks or nobody in the oval it
never does; then the number goes to ingest as a failure without a picture, and the screen is told the
case's number like any other outcome.
"""

import asyncio
from datetime import datetime

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from services.api.web.deps import Deps
from shared import logs, metrics, names
from shared.broker_errors import kind_of
from shared.durable import DurableStreams
from shared.events import LivenessFailed, NumberAsk, Policy, event_id
from shared.kiosk_channel import KioskChannel
from shared.schedule import ScheduleStore

_TRIES = 5
_RETRY_S = 1.0
_SEES_NOTHING = frozenset({"lost", "frozen", "black"})
_log = logs.get("web")


class TypedNumbers:
    """Passes numbers on to liveness, and sees each of them through."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._waiting: set[asyncio.Task[None]] = set()

    async def take(self, kiosk_id: str, ask: NumberAsk) -> str:
        """Pass a number on; return the track that a case of it would belong to.

        Raises:
            RedisError: it can't be passed on.
        """
        channel = KioskChannel(self._deps.frames, kiosk_id)
        if await run_in_threadpool(nobody_looks, channel):
            await run_in_threadpool(self._to_a_person, kiosk_id, ask)
        else:
            await run_in_threadpool(channel.ask, ask)
            task = asyncio.create_task(self._see_through(kiosk_id, ask))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        return track_of(kiosk_id, ask)

    async def close(self) -> None:
        """Send what still waits to a person now: nobody else would."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)

    async def _see_through(self, kiosk_id: str, ask: NumberAsk) -> None:
        try:
            await asyncio.sleep(self._deps.settings.api.number_waits_s)
        finally:  # also when this server stops
            await self._withdraw(kiosk_id, ask)

    async def _withdraw(self, kiosk_id: str, ask: NumberAsk) -> None:
        channel = KioskChannel(self._deps.frames, kiosk_id)
        try:
            if not await run_in_threadpool(channel.withdraw_ask, ask):
                return  # liveness has it, or another number took its place
        except RedisError as error:
            metrics.BROKER_ERRORS.labels("frames", kind_of(error)).inc()  # nobody can take it, so it goes to a person
        for _ in range(_TRIES):
            try:
                await run_in_threadpool(self._to_a_person, kiosk_id, ask)
            except RedisError as error:
                metrics.BROKER_ERRORS.labels("events", kind_of(error)).inc()
                await asyncio.sleep(_RETRY_S)
            else:
                return
        _log.error("a typed number reached nobody", kiosk=kiosk_id, trace_id=trace_of(kiosk_id, ask))

    def _to_a_person(self, kiosk_id: str, ask: NumberAsk) -> None:
        deps = self._deps
        event = failure_of(kiosk_id, ask, self._policy(kiosk_id, ask.asked_at), deps.clock.now())
        DurableStreams(deps.events, deps.media).add(names.FAILURES, event)
        _log.info("a typed number goes to a person", kiosk=kiosk_id, trace_id=event.trace_id, why=event.reason)

    def _policy(self, kiosk_id: str, at: datetime) -> Policy:
        schedule = ScheduleStore(self._deps.events).read()
        kiosk = schedule.kiosk(kiosk_id)
        return (kiosk and schedule.policy_for(kiosk, at)) or "challenge"


def nobody_looks(channel: KioskChannel) -> bool:
    """Tell whether nobody can be looked at here now: no camera, or no liveness that works."""
    camera, prompt = channel.camera_status(), channel.last_prompt()
    if camera is None or camera.state in _SEES_NOTHING:
        return True
    return prompt is None or prompt.code == "out_of_service"


def track_of(kiosk_id: str, ask: NumberAsk) -> str:
    """Name the track of a number without a face: the same number again joins the case that is still open."""
    return f"number-{event_id('typed_number', kiosk_id, ask.student_id)}"


def trace_of(kiosk_id: str, ask: NumberAsk) -> str:
    """Name the trace of a number that nobody's face came with."""
    return event_id("trace", kiosk_id, ask.student_id, ask.asked_at.isoformat())


def failure_of(kiosk_id: str, ask: NumberAsk, policy: Policy, now: datetime) -> LivenessFailed:
    """Make the event that opens a case for a number that nobody's face came with."""
    asked_at = ask.asked_at.isoformat()
    return LivenessFailed(
        event_id=event_id("number_not_taken", kiosk_id, ask.student_id, asked_at),
        kiosk_id=kiosk_id,
        captured_at=now,
        trace_id=trace_of(kiosk_id, ask),
        track_id=track_of(kiosk_id, ask),
        track_started_at=ask.asked_at,
        fence=0,
        policy=policy,
        frame_sent_at=now,
        claimed_student_id=ask.student_id,
        reason="unable" if ask.unable else "not_seen",
        failures=0,
    )
