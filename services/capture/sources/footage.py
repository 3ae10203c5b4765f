"""How footage is played: its options, and when each of its frames was taken."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.capture.sources.base import Address
from shared.clock import Clock
from shared.errors import Unavailable

REAL = "real"
"""The option that vouches for a camera behind the files. Only capture's own command line may give it (`plan`)."""
_OPTIONS = ("pace", "loop", "base", "simulated", REAL, "fps")


@dataclass(frozen=True, slots=True)
class Playback:
    """Options of `file:` and `folder:`."""

    own_clock: bool
    """`pace=own`: as fast as it is handled, every frame. `pace=real`: in real time, frames skipped when behind."""
    loop: bool
    base: datetime | None
    """The time of the footage's first frame. With `pace=real` a base to come is waited for."""
    simulated: bool
    """Always, but for `real=1`: recorded people are not here now."""
    fps: float | None
    """Of a video: frames are taken at this rate. Of a folder: the rate itself."""


def playback(address: Address) -> Playback:
    """Read the options.

    Raises:
        Unavailable: one of them is unknown or makes no sense.
    """
    address.only(*_OPTIONS)
    if not address.path:
        raise Unavailable(f"{address.scheme}: names nothing; give {address.scheme}:PATH")
    pace = address.options.get("pace", "real")
    if pace not in ("real", "own"):
        raise Unavailable(f"{address.scheme}: pace={pace}: give real or own")
    return Playback(
        own_clock=pace == "own",
        loop=address.flag("loop"),
        base=_base(address),
        simulated=address.flag("simulated") or not address.flag(REAL),
        fps=_fps(address),
    )


def _base(address: Address) -> datetime | None:
    text = address.options.get("base")
    if text is None:
        return None
    try:
        # In a query a plus is a space, and people write 09:00:00+00:00.
        base = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise Unavailable(f"{address.scheme}: base={text}: give a time such as 2026-11-23T09:00:00Z") from error
    return base if base.tzinfo else base.replace(tzinfo=UTC)


def _fps(address: Address) -> float | None:
    text = address.options.get("fps")
    if text is None:
        return None
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 0 < fps <= 240:
        raise Unavailable(f"{address.scheme}: fps={text}: give a number above 0")
    return fps


class Timeline:
    """Footage time turned into wall time. Playing begins with the first call of `wait_s`."""

    def __init__(self, options: Playback, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._started_at: datetime | None = None
        self._started_s = 0.0

    def wait_s(self, at_s: float) -> float:
        """Return how long the frame of footage time `at_s` is still to come; negative when it is late."""
        if self._options.own_clock:
            return 0.0
        self._start()
        return self._started_s + at_s - self._clock.monotonic_s()

    def captured_at(self, at_s: float) -> datetime:
        """Return when the frame of footage time `at_s` was taken."""
        started_at = self._options.base or self._start()
        return started_at + timedelta(seconds=at_s)

    def _start(self) -> datetime:
        if self._started_at is None:
            now = self._clock.now()
            ahead_s = max(0.0, (self._options.base - now).total_seconds()) if self._options.base else 0.0
            self._started_at = now + timedelta(seconds=ahead_s)
            self._started_s = self._clock.monotonic_s() + ahead_s
        return self._started_at
