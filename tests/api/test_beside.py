"""What ingest does beside the stage keeps its own pace, however many commits wake it."""

import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from services.api.ingest import beside
from services.api.ingest.beside import Beside
from services.api.ingest.brokers import Brokers
from services.api.ingest.publisher import Publisher
from shared.clock import ManualClock
from shared.health import HealthBoard
from tests.api.story import Morning, at


class Busy:
    """Stands for the publisher and for the look at Redis: both are asked, and another commit comes meanwhile."""

    def __init__(self, turns: int, each_turn: Callable[[int], object] = lambda _: None) -> None:
        self.wake, self.stop = threading.Event(), threading.Event()
        self.turns, self.published, self.measured = turns, 0, 0
        self._each_turn = each_turn

    def publish(self) -> bool:
        self.published += 1
        self._each_turn(self.published)
        self.wake.set()
        if self.published == self.turns:
            self.stop.set()
        return True

    def measure(self) -> None:
        self.measured += 1


def run(office: Morning, busy: Busy, clock: ManualClock) -> None:
    """Run until the busy one has had its turns."""
    parts = (cast("Publisher", busy), office.engine, cast("Brokers", busy))
    Beside(*parts, clock, HealthBoard()).run(busy.wake, busy.stop)


def test_commits_of_a_burst_are_published_together(office: Morning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_GATHER_S", 0.1)
    began_s = time.monotonic()
    run(office, Busy(turns=4), ManualClock(at("08:45")))
    assert time.monotonic() - began_s >= 0.3


def test_it_measures_by_the_clock_and_not_by_how_often_it_is_woken(
    office: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_GATHER_S", 0.0)
    clock = ManualClock(at("08:45"))
    busy = Busy(turns=50, each_turn=lambda turn: clock.advance(10) if turn == 40 else None)
    run(office, busy, clock)
    assert busy.measured == 2
