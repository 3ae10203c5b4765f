"""Looks at one sitting again and again; what is in the database is read only after somebody has committed something."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from redis import Redis

from services.api.db.tables import Kiosk
from services.api.office import live, sittings
from services.api.office.live import LiveState
from services.api.office.work import Work
from shared.clock import Clock


class Looker:
    """One sitting, or one of its halls, as it is at each call."""

    def __init__(
        self,
        open_work: Callable[[], AbstractContextManager[Work]],
        frames: "Redis",
        mark: Callable[[], object],
        clock: Clock,
        sitting_id: int,
        hall_id: str | None = None,
    ) -> None:
        """Prepare.

        Args:
            open_work: opens a piece of work that reads.
            frames: the frames Redis, for the cameras' states.
            mark: changes with every commit of anybody.
            clock: tells when check-in is over.
            sitting_id: whom to look at.
            hall_id: only this hall of it.
        """
        self._open_work = open_work
        self._frames = frames
        self._mark = mark
        self._clock = clock
        self._sitting_id = sitting_id
        self._hall_id = hall_id
        self._seen: tuple[object, bool] | None = None
        self._state: LiveState | None = None
        self._known: live.Known = {}
        self._kiosks: list[Kiosk] = []

    def __call__(self) -> LiveState:
        """Return the state now.

        Raises:
            Problem: there is no such sitting, or it is not held in this hall.
        """
        mark = self._mark()
        if self._state is None or self._seen != (mark, self._over(self._state)):
            self._state = self._read()
            self._seen = (mark, self._over(self._state))
        else:
            doors = [live.door(kiosk, self._frames) for kiosk in self._kiosks]
            self._state = self._state.model_copy(update={"doors": {door.kiosk_id: door for door in doors}})
        return self._state

    def _read(self) -> LiveState:
        with self._open_work() as work:
            state = live.look(work, self._frames, self._sitting_id, self._hall_id, self._known)
            self._kiosks = live.kiosks_of(work, state.halls)
        return state

    def _over(self, state: LiveState) -> bool:
        """Whether who is not there is absent by now: that comes with time alone."""
        return sittings.closed_by(state.sitting.state, state.sitting.closes_at, self._clock.now())
