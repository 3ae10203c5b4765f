"""What ingest decides with, and what it is given to decide on."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.api.settings import ApiSection
from shared.events import FaceIdentified, LivenessFailed
from shared.keys import KeyRing


@dataclass(frozen=True)
class Office:
    """What stays the same from event to event."""

    api: ApiSection
    media: KeyRing


@dataclass(frozen=True)
class Arrival:
    """One event, as it came."""

    event: FaceIdentified | LivenessFailed
    images: tuple[bytes, ...]
    received_at: datetime
    """The broker's time: of the live face, or of the failure."""
    now: datetime

    def without_face(self) -> "Arrival":
        """Return it without what shows or tells a face."""
        bare = self.event.model_copy(update={"probe": None}) if isinstance(self.event, FaceIdentified) else self.event
        return replace(self, event=bare, images=())
