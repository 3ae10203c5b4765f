"""Watches where kiosks' tokens are used, and raises the alarm when one is used at two places at once."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from services.api.auth.caller import Caller
from services.api.office.screens import SEEN_EVERY_S, Place, Screens
from services.api.web.deps import Deps
from shared import logs, metrics

_log = logs.get("web")


class TokenPlaces:
    """What this process sees of screens; other processes' are in the same Redis."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._screens = Screens(deps.frames)
        self._streams: Counter[str] = Counter()

    def used(self, caller: Caller, screen: str, *, said: bool = True) -> None:
        """A page used its token. While the frames Redis is away nothing is seen, and check-in goes on."""
        kiosk_id = caller.kiosk_id or ""
        with suppress(RedisError):
            places = self._screens.seen(kiosk_id, screen, caller.address, self._deps.clock.now(), said=said)
            metrics.KIOSK_PLACES.labels(kiosk_id).set(max(1, len(places)))
            if places and self._screens.begins_episode(kiosk_id):
                self._tell(caller, kiosk_id, places)

    async def watched(
        self, caller: Caller, screen: str, chunks: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Give a stream's chunks, and write down that it is open."""
        kiosk_id, clock = caller.kiosk_id or "", self._deps.clock
        seen_at_s = float("-inf")
        self._streams[kiosk_id] += 1
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    if clock.monotonic_s() - seen_at_s >= SEEN_EVERY_S:
                        await run_in_threadpool(self.used, caller, screen, said=seen_at_s == float("-inf"))
                        seen_at_s = clock.monotonic_s()
                    yield chunk
        finally:
            self._closed(kiosk_id)

    def _closed(self, kiosk_id: str) -> None:
        self._streams[kiosk_id] -= 1
        if self._streams[kiosk_id] <= 0:
            del self._streams[kiosk_id]
            with suppress(KeyError):  # nothing was seen of it
                metrics.KIOSK_PLACES.remove(kiosk_id)

    def _tell(self, caller: Caller, kiosk_id: str, places: list[Place]) -> None:
        """Write the beginning of an episode into the audit log, once; where it can't be, the next sighting tries again."""
        _log.warning("a kiosk's token is used at two places", kiosk=kiosk_id, places=len(places))
        try:
            with self._deps.writing(caller) as work:
                addresses: list[object] = [place.address for place in places]
                work.note("kiosk.two_places", f"kiosk:{kiosk_id}", after={"addresses": addresses})
        except SQLAlchemyError as error:
            _log.warning("not written down yet", kiosk=kiosk_id, error=type(error).__name__)
            self._screens.forget_episode(kiosk_id)
