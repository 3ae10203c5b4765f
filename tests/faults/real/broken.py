"""`python -m tests.faults.real.broken VARIANT`: the real ingest process with one of its promises taken away.

- `no_unique_id`: an attempt gets its id where it is handled, anew each time, instead of at its source.
- `ack_before_commit`: an entry is acknowledged before it is committed.
"""

import sys
import uuid
from collections.abc import Sequence

from services.api import command
from services.api.ingest import run
from services.api.ingest.step import Ingest
from shared import names
from shared.stage import Delivery, Result


class FreshIds(Ingest):
    """Broken on purpose."""

    def _handle(self, delivery: Delivery) -> None:
        event = delivery.event.model_copy(update={"event_id": str(uuid.uuid4())})
        super()._handle(Delivery(delivery.stream, delivery.entry_id, event, delivery.images, delivery.received_at, 1))


class AcknowledgesFirst(Ingest):
    """Broken on purpose."""

    def __call__(self, batch: Sequence[Delivery]) -> Sequence[Result]:
        for delivery in batch:
            self._events.xack(delivery.stream, names.INGEST_GROUP, delivery.entry_id)
        return super().__call__(batch)


VARIANTS: dict[str, type[Ingest]] = {"no_unique_id": FreshIds, "ack_before_commit": AcknowledgesFirst}

if __name__ == "__main__":
    vars(run)["Ingest"] = VARIANTS[sys.argv[1]]
    sys.exit(command.main(["ingest"]))
