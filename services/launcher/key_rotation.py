"""Makes a ring's new key the active one, and wraps under it again what the old one wrapped.

The ring is saved with both keys first, so that a crash in between leaves everything readable; what was
wrapped already is skipped when it is run again. Data itself is not encrypted again: each student's data
key is, which is what the ring's keys wrap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.keys import KeyRing, RingName, load_ring, save_ring

Rewrap = Callable[[bytes, str], bytes | None]
"""From a wrapped key and what it is about to the same under the active key; None where it is current."""


@dataclass(frozen=True)
class Rotation:
    """What a rotation did."""

    ring: RingName
    key_id: str
    rewrapped: int


def rotate(folder: Path, name: RingName, stores: Callable[[Rewrap], int]) -> Rotation:
    """Rotate one ring; `stores` passes every wrapped key through the function that it is given.

    Raises:
        Unavailable: there is no such ring.
        Invalid: a wrapped key does not open under any key of the ring.
    """
    ring = load_ring(folder, name).rotated()
    save_ring(folder, ring)
    return Rotation(name, ring.active_id, stores(rewrapper(ring)))


def rewrapper(ring: KeyRing) -> Rewrap:
    """Return the function that wraps under the ring's active key."""

    def rewrap(wrapped: bytes, about: str) -> bytes | None:
        return None if ring.is_current(wrapped) else ring.wrap(ring.unwrap(wrapped, about), about)

    return rewrap
