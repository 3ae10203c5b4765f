"""Which kiosks this node serves, and what must change for that. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from services.capture.sources.footage import REAL
from shared.schedule import KioskView, Schedule

_FOOTAGE = ("file", "folder")
_RESTART_FIELDS = ("source",)
"""A change of these starts the camera anew; another hall, policy or token does not."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What to stop and what to start. A changed kiosk is in both."""

    stop: tuple[str, ...]
    start: tuple[KioskView, ...]


def kiosks_here(schedule: Schedule, node: str, given: Mapping[str, str]) -> dict[str, KioskView]:
    """Return the enabled kiosks whose camera is this node's, by id.

    Args:
        schedule: what the office knows.
        node: this machine's name.
        given: sources by kiosk id from the command line. They go before the schedule's, and need none.
    """
    mine = (kiosk for kiosk in schedule.kiosks if kiosk.enabled and kiosk.capture_node == node)
    here = {kiosk.kiosk_id: kiosk.model_copy(update={"source": not_vouched_for(kiosk.source)}) for kiosk in mine}
    for kiosk_id, source in given.items():
        known = schedule.kiosk(kiosk_id)
        here[kiosk_id] = (
            known.model_copy(update={"source": source, "capture_node": node})
            if known
            else given_kiosk(kiosk_id, source, node)
        )
    return here


def not_vouched_for(source: str) -> str:
    """Return a source without the option `real=1`: the office can't vouch for what lies in a file on this machine.

    >>> not_vouched_for("file:walk.mp4?loop=1&real=1")
    'file:walk.mp4?loop=1'
    """
    path, mark, query = source.partition("?")
    if not mark or path.strip().partition(":")[0].lower() not in _FOOTAGE:
        return source
    kept = [option for option in query.split("&") if unquote_plus(option.partition("=")[0]) != REAL]
    return f"{path}?{'&'.join(kept)}" if kept else path


def given_kiosk(kiosk_id: str, source: str, node: str) -> KioskView:
    """Return a kiosk that only the command line knows: what stands before `__` in its id is its hall."""
    return KioskView(kiosk_id=kiosk_id, hall=kiosk_id.partition("__")[0], source=source, capture_node=node)


def changes(running: Iterable[KioskView], wanted: Mapping[str, KioskView]) -> Changes:
    """Compare what runs with what is wanted."""
    now = {kiosk.kiosk_id: kiosk for kiosk in running}
    stop = tuple(name for name, kiosk in now.items() if name not in wanted or _differs(kiosk, wanted[name]))
    start = tuple(kiosk for name, kiosk in wanted.items() if name not in now or name in stop)
    return Changes(stop, start)


def _differs(one: KioskView, other: KioskView) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _RESTART_FIELDS)
