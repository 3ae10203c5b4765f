"""What ingest decides with, and what it is given to decide on."""

from dataclasses import dataclass
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
