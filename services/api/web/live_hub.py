"""One watcher per sitting or hall, however many pages look: it sees changes and gives each page what it has not had.

Changes have ids `{run}-{number}`; a page that comes back with the last one it had gets what it
missed, as long as that is kept, and else a new snapshot.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from services.api.office.live import LiveState, difference
from services.api.web import sse

KEPT = 500
"""Changes kept for pages that come back."""


@dataclass
class _Watched:
    look: Callable[[], LiveState]
    state: LiveState
    run: str
    number: int = 0
    changes: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))
    pages: int = 0
    task: "asyncio.Task[None] | None" = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    broken: bool = False


class LiveHub:
    """The watchers of this process."""

    def __init__(self, poll_s: float) -> None:
        self._poll_s = poll_s
        self._watched: dict[Hashable, _Watched] = {}
        self._starting = asyncio.Lock()

    async def follow(
        self, what: Hashable, look: Callable[[], LiveState], last_id: str | None
    ) -> AsyncGenerator[bytes, None]:
        """Give a page the state and then its changes, until it goes away.

        Raises:
            Problem: there is no such sitting (before anything is given).
        """
        watched = await self._join(what, look)
        try:
            async for chunk in self._tell(watched, last_id):
                yield chunk
        finally:
            self._leave(what, watched)

    async def stop(self) -> None:
        """End every page's stream: the server stops, and the pages come back when it is there again."""
        for watched in list(self._watched.values()):
            await _end(watched)

    async def _join(self, what: Hashable, look: Callable[[], LiveState]) -> _Watched:
        async with self._starting:
            watched = self._watched.get(what)
            if watched is None:
                state = await run_in_threadpool(look)
                watched = _Watched(look, state, secrets.token_hex(4))
                watched.task = asyncio.create_task(self._watch(watched))
                self._watched[what] = watched
            watched.pages += 1
            return watched

    def _leave(self, what: Hashable, watched: _Watched) -> None:
        watched.pages -= 1
        if watched.pages <= 0 or watched.broken:
            if watched.task is not None:
                watched.task.cancel()
            if self._watched.get(what) is watched:
                del self._watched[what]

    async def _watch(self, watched: _Watched) -> None:
        try:
            while True:
                await asyncio.sleep(self._poll_s)
                now = await run_in_threadpool(watched.look)
                change = difference(watched.state, now)
                if not change.empty:
                    await _publish(watched, now, change.model_dump_json(exclude_defaults=True))
        except Exception:
            await _end(watched)  # the pages come back and begin anew; the error is logged where it was raised
            raise

    async def _tell(self, watched: _Watched, last_id: str | None) -> AsyncGenerator[bytes, None]:
        yield sse.RETRY
        number = _resume_at(watched, last_id)
        if number is None:
            number = watched.number
            yield sse.message("snapshot", watched.state.model_dump_json(), f"{watched.run}-{number}")
        while not watched.broken:
            missed = [(at, chunk) for at, chunk in list(watched.changes) if at > number]
            for at, chunk in missed:
                yield chunk
                number = at
            if not missed and not await _news(watched, number):
                yield sse.BEAT


async def _end(watched: _Watched) -> None:
    watched.broken = True
    async with watched.news:
        watched.news.notify_all()


async def _publish(watched: _Watched, now: LiveState, data: str) -> None:
    async with watched.news:
        watched.state = now
        watched.number += 1
        watched.changes.append((watched.number, sse.message("change", data, f"{watched.run}-{watched.number}")))
        watched.news.notify_all()


async def _news(watched: _Watched, number: int) -> bool:
    """Wait for a change after `number`, at most a beat; tell whether there is one."""
    try:
        async with asyncio.timeout(sse.BEAT_S), watched.news:
            await watched.news.wait_for(lambda: watched.number > number or watched.broken)
    except TimeoutError:
        return False
    return True


def _resume_at(watched: _Watched, last_id: str | None) -> int | None:
    run, _, text = (last_id or "").partition("-")
    if run != watched.run or not text.isdigit() or int(text) > watched.number:
        return None
    number = int(text)
    oldest = watched.changes[0][0] if watched.changes else watched.number + 1
    return number if number >= oldest - 1 else None
