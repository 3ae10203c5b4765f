"""Where a kiosk's token is used: by one screen, as it should be, or by two at once, which is an alert.

Each screen says an id that its page made up at its beginning. Where ids and addresses were seen stands in the
frames Redis for seconds; a page that is reloaded has a new id, and the old one says nothing more. A stream that
nobody has closed is a sign from elsewhere, too, but not from one's own address: a kiosk whose power was cut has
left one behind.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

from pydantic import AwareDatetime, BaseModel
from redis import Redis
from redis.exceptions import RedisError

from shared import names

ScreenTrouble = Literal["two_places"]
SEEN_EVERY_S = 2.0
"""How often an open stream is written down."""
GONE_AFTER = timedelta(seconds=10)
"""A place that was not heard of for so long is no place any more."""
TOGETHER = timedelta(seconds=4)
"""Two pages at one address are two when they live together for so long: one that is reloaded does not."""
EPISODE_S = 30
"""Two places within this time of the last time are the same episode, told once."""


class Place(BaseModel):
    """One page at one address, for as long as it keeps using the token."""

    screen: str
    address: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    """Anything of it: also a stream that is open."""
    said_at: AwareDatetime
    """The page itself asked for something."""


def at_once(places: Iterable[Place], now: datetime) -> list[Place]:
    """Return the places that use the token at the same time as another does, oldest first; none where all is well."""
    here = [place for place in places if now - place.last_at <= GONE_AFTER]
    pairs = [pair for pair in combinations(here, 2) if _together(*pair)]
    found = {id(place): place for pair in pairs for place in pair}
    return sorted(found.values(), key=lambda place: place.first_at)


def _together(a: Place, b: Place) -> bool:
    """Tell whether both were there at the same time: of two addresses, that one was seen while the other was."""
    begun = max(a.first_at, b.first_at)
    if a.screen != b.screen and a.address != b.address:
        return min(a.last_at, b.last_at) >= begun
    return min(a.said_at, b.said_at) - begun >= TOGETHER


class Screens:
    """The pages that use kiosks' tokens, in the frames Redis."""

    def __init__(self, frames: "Redis") -> None:
        self._frames = frames

    def seen(self, kiosk_id: str, screen: str, address: str, now: datetime, *, said: bool) -> list[Place]:
        """Write down that a page uses its token; return the places that use it at once.

        `said`: the page asked for something itself; not only that its stream is open.

        Raises:
            RedisError: the frames Redis is away.
        """
        own, places = _key(screen, address), self._read(kiosk_id)
        gone = [name for name, place in places.items() if now - place.last_at > GONE_AFTER]
        kept = {name: place for name, place in places.items() if name not in gone}
        before = kept.get(own) or Place(screen=screen, address=address, first_at=now, last_at=now, said_at=now)
        kept[own] = before.model_copy(update={"last_at": now, "said_at": now if said else before.said_at})
        with self._frames.pipeline(transaction=False) as pipe:
            if gone:
                pipe.hdel(names.screens(kiosk_id), *gone)
            pipe.hset(names.screens(kiosk_id), own, kept[own].model_dump_json())
            pipe.expire(names.screens(kiosk_id), int(GONE_AFTER.total_seconds()) * 2)
            pipe.execute()
        return at_once(kept.values(), now)

    def begins_episode(self, kiosk_id: str) -> bool:
        """Say that a token is used at two places now; tell whether that was not known yet.

        Raises:
            RedisError: the frames Redis is away.
        """
        key = names.screens_trouble(kiosk_id)
        new = bool(self._frames.set(key, 1, nx=True, ex=EPISODE_S))
        if not new:
            self._frames.expire(key, EPISODE_S)
        return new

    def forget_episode(self, kiosk_id: str) -> None:
        """Let it be told again: it could not be written down."""
        self._frames.delete(names.screens_trouble(kiosk_id))

    def trouble(self, kiosk_id: str) -> list[ScreenTrouble]:
        """Return what is wrong with a kiosk's screens now, or was a moment ago; nothing while Redis is away."""
        try:
            return ["two_places"] if self._frames.exists(names.screens_trouble(kiosk_id)) else []
        except RedisError:
            return []

    def places(self, kiosk_id: str, now: datetime) -> list[Place]:
        """Return where the token is used now, oldest first; nothing while Redis is away."""
        try:
            here = [place for place in self._read(kiosk_id).values() if now - place.last_at <= GONE_AFTER]
        except RedisError:
            return []
        return sorted(here, key=lambda place: place.first_at)

    def _read(self, kiosk_id: str) -> dict[str, Place]:
        raw: dict[bytes, bytes] = self._frames.hgetall(names.screens(kiosk_id))  # type: ignore[assignment]
        return {name.decode(): Place.model_validate_json(value) for name, value in raw.items()}


def _key(screen: str, address: str) -> str:
    return hashlib.sha256(f"{screen}\n{address}".encode()).hexdigest()[:24]
