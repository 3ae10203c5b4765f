"""What a camera source is, and how an address becomes one.

A source is used by one thread, the camera's own, from `open` to `close`. Adding one: a class with
the attributes and three methods of `Source`, a factory, and a line in `services.capture.compose.sources`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import parse_qsl

from shared.clock import Clock
from shared.errors import Unavailable
from shared.images import Image
from shared.schedule import KioskView

if TYPE_CHECKING:
    from redis import Redis

    from services.capture.settings import CaptureSettings


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame of a camera, in one of three forms. In none of them it says: a frame came, and was not looked at."""

    captured_at: datetime
    """When the camera took it, UTC."""
    image: Image | None = None
    jpeg: bytes | None = None
    """Already encoded, from outside: checked by its header, not yet decoded."""
    retrieve: Callable[[], Image] | None = None
    """Makes the image, where that costs something and may not be needed. Good until the next `read`."""
    last: bool = False
    """The footage ends with this frame; the source is not read again."""


class Source(Protocol):
    """A camera, or what stands in for one."""

    in_order: bool
    """Footage on its own clock: every frame is handed on and waited for, none is skipped."""
    simulated: bool
    """Its people are made by machine: only demo, rehearsal, benchmark and tests may admit them."""
    wanted_fps: float
    """Set by the camera loop: how many looks a second it has a use for now. A hint that saves work."""
    detail: str
    """One line for an operator, where there is something to say: `no browser is connected`."""

    def open(self) -> None:
        """Get ready to read.

        Raises:
            Unavailable: the camera is not there, in one line. It is tried again, with backoff.
        """

    def read(self) -> Picture | None:
        """Return the next frame; wait for it at most about half a second, then return None: nothing yet.

        Raises:
            Unavailable: the camera has gone. It is closed, and opened again with backoff.
            Invalid: this one picture is bad, and why. It is counted, and reading goes on.
        """

    def refused(self, reason: str) -> None:
        """Hear that the picture read last turned out bad when it was decoded."""

    def close(self) -> None:
        """Give everything back; may be called more than once, and before `open`."""


class SourceBase:
    """The attributes' usual values."""

    in_order = False
    simulated = False
    wanted_fps = 15.0
    detail = ""

    def refused(self, reason: str) -> None:
        """Nobody to tell."""

    def close(self) -> None:
        """Nothing to give back."""


@dataclass(frozen=True)
class SourceContext:
    """What a factory may need, besides the address."""

    clock: Clock
    redis_frames: "Redis"
    settings: "CaptureSettings"
    kiosk: KioskView


@dataclass(frozen=True, slots=True)
class Address:
    """A kiosk's `source`, taken apart: `scheme:path?option=value&option=value`."""

    scheme: str
    path: str
    """Everything after `scheme:`, without the options where the scheme has options of its own."""
    options: Mapping[str, str] = field(default_factory=dict)

    def only(self, *known: str) -> None:
        """See that there are no options but these.

        Raises:
            Unavailable: there is another one.
        """
        for name in self.options.keys() - set(known):
            raise Unavailable(f"{self.scheme}: has no option {name!r}; it has {', '.join(known) or 'none'}")

    def flag(self, name: str) -> bool:
        """Return whether an option is on (`1`, `true`, `yes`)."""
        return self.options.get(name, "0").lower() in ("1", "true", "yes")


SourceFactory: TypeAlias = Callable[[Address, SourceContext], Source]
"""Makes a source of an address; opens nothing yet. Raises `Unavailable` when the address makes no sense."""

_URL_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})


def parse_address(source: str) -> Address:
    """Take a kiosk's `source` apart. A bare number is a device index; a URL's query stays the URL's own.

    >>> parse_address("file:walk.mp4?pace=own&loop=1").options["pace"]
    'own'
    """
    text = source.strip()
    if text.isdecimal():
        return Address("device", text)
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme:
        raise Unavailable(
            f"source {without_secrets(source)!r}: give a device number, a URL, file:PATH, folder:PATH or browser:"
        )
    if scheme.lower() in _URL_SCHEMES:
        return Address(scheme.lower(), text)
    path, _, query = rest.partition("?")
    return Address(scheme.lower(), path, dict(parse_qsl(query, keep_blank_values=True)))


def without_secrets(source: str) -> str:
    """Return a source as it may be shown and logged: no user, password or query, even where the address is wrong.

    >>> without_secrets("rtsp://admin:secret@10.0.0.9:554/ch1?key=abc")
    'rtsp://10.0.0.9:554/ch1'
    """
    scheme, slashes, rest = source.partition("//")
    if not slashes:
        scheme, rest = "", source
    # Everything before the last @ goes: who does not quote a slash or a question mark in a password loses it too.
    return f"{scheme}{slashes}{rest.rpartition('@')[2].partition('?')[0]}"


class SourceRegistry:
    """Factories by scheme."""

    def __init__(self, factories: Mapping[str, SourceFactory]) -> None:
        self._factories = dict(factories)

    def make(self, context: SourceContext) -> Source:
        """Make the source of a kiosk.

        Raises:
            Unavailable: no such scheme, or an address that makes no sense.
        """
        address = parse_address(context.kiosk.source)
        factory = self._factories.get(address.scheme)
        if factory is None:
            known = ", ".join(sorted(self._factories))
            shown = without_secrets(context.kiosk.source)
            raise Unavailable(f"source {shown!r}: no scheme {address.scheme!r}; there are {known}")
        return factory(address, context)
