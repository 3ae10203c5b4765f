"""The shape of a durable stage's step. The engine (`shared.worker`) reads, hands on, acknowledges and retries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.errors import Invalid, Transient
from shared.events import AnyEvent, Event


@dataclass(frozen=True)
class Delivery:
    """One entry, as the step sees it: decoded, its images opened."""

    stream: str
    entry_id: str
    event: AnyEvent
    images: tuple[bytes, ...]
    received_at: datetime
    """The broker's own time of the entry, from its id, UTC."""
    deliveries: int
    """1 the first time."""


@dataclass(frozen=True)
class Handoff:
    """An event for the next stage. Its images are given in the clear; the engine seals them."""

    stream: str
    event: Event
    images: Sequence[bytes] = ()


Result = Sequence[Handoff] | Invalid | Transient
"""What became of one delivery: what to hand on (maybe nothing), or why it failed."""


class Step(Protocol):
    """From deliveries of one stream to results, one for each, in order.

    What is the entry's own fault is returned. Raised is only what is not: `Unavailable` or `Transient`
    (the database is away), upon which the engine waits and calls again with the same batch, counting
    nothing. Any other exception is a bug.
    """

    def __call__(self, batch: Sequence[Delivery]) -> Sequence[Result]: ...


def one_by_one(handle: Callable[[Delivery], Sequence[Handoff]]) -> Step:
    """Make a step of a function of one delivery, which may raise `Invalid` or `Transient` for it.

    `Unavailable`, raised by it, is the whole stage's trouble.
    """

    def step(batch: Sequence[Delivery]) -> Sequence[Result]:
        return [_result(handle, delivery) for delivery in batch]

    return step


def _result(handle: Callable[[Delivery], Sequence[Handoff]], delivery: Delivery) -> Result:
    try:
        return handle(delivery)
    except (Invalid, Transient) as error:
        return error
