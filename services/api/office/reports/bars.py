"""Arrivals as bars with words at them: drawn on the page and on paper, written as a table into files."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.api.office.reports.shapes import Arrivals, SpanArrivals
from services.api.words import Words


@dataclass(frozen=True)
class Bars:
    """A bar for each minute; without minutes, nobody came."""

    title: str = ""
    labels: Sequence[str] = ()
    """The minutes, as people read them."""
    punctual: Sequence[int] = ()
    late: Sequence[int] = ()

    @property
    def most(self) -> int:
        """How many came in the fullest minute."""
        return max((both for both in map(sum, zip(self.punctual, self.late, strict=True))), default=0)


def by_the_clock(arrivals: Arrivals, zone: str, words: Words) -> Bars:
    """Return a sitting's arrivals, each minute as the hall's clock shows it."""
    labels = [f"{at.astimezone(ZoneInfo(zone)):%H:%M}" for at in arrivals.minutes]
    return Bars(words.say("report.arrivals"), labels, arrivals.punctual, arrivals.late)


def since_opening(arrivals: SpanArrivals, words: Words) -> Bars:
    """Return the arrivals of several sittings together, by minutes from the opening of check-in."""
    labels = [str(minute) for minute in arrivals.minutes]
    return Bars(words.say("report.arrivals.since_opening"), labels, arrivals.punctual, arrivals.late)
