"""Where everything is that the processes of one run share, and who comes to which kiosk."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

KIOSKS = ("A__left", "A__right", "B__left", "B__right")
BURST_KIOSK = "A__burst"
BURST_SHARE = 0.05
"""Of the check-ins, how many wait in the streams when everything is killed at once, at the end."""
THROUGH = "test:through"
"""A set in the events Redis: who was handed on by a door."""


@dataclass(frozen=True)
class World:
    """One run's addresses."""

    folder: str
    redis_url: str
    frames_redis_url: str
    database_url: str
    mirror: str
    checkins: int

    @property
    def keys_dir(self) -> Path:
        """The key rings."""
        return Path(self.folder) / "keys"

    @property
    def accepted(self) -> Path:
        """A line for each live face that a door knows to have been accepted: its event id and track."""
        return Path(self.folder) / "accepted.txt"

    @property
    def students(self) -> list[str]:
        """Every student, by number."""
        return [student_id(number) for number in range(self.checkins)]

    def burst(self) -> list[int]:
        """Who comes at the very end, all at once."""
        return list(range(self.checkins - int(self.checkins * BURST_SHARE), self.checkins))

    def line(self, kiosk_id: str) -> list[int]:
        """Who stands in line at a kiosk."""
        until = self.checkins - len(self.burst())
        return [number for number in range(until) if number % len(KIOSKS) == KIOSKS.index(kiosk_id)]

    def environment(self) -> dict[str, str]:
        """What the services find in their environment, beside the settings that they have anyway."""
        return {
            "NERO_REDIS_URL": self.redis_url,
            "NERO_FRAMES_REDIS_URL": self.frames_redis_url,
            "NERO_DATABASE_URL": self.database_url,
            "NERO_DATA_DIR": f"{self.folder}/data",
            "NERO_KEYS_DIR": str(self.keys_dir),
            "NERO_MODELS_DIR": f"{self.folder}/models",
            "NERO_MODELS_MIRROR": self.mirror,
            "NERO_RECOGNIZER__NETWORK": "intel",
            "NERO_RECOGNIZER__THREADS": "1",
            "NERO_LOG_LEVEL": "error",
        }

    def save(self) -> Path:
        """Write it for other processes."""
        path = Path(self.folder) / "world.json"
        path.write_text(json.dumps(asdict(self)))
        return path


def load_world(path: Path) -> World:
    """Read what `save` wrote."""
    return World(**json.loads(path.read_text()))


def student_id(number: int) -> str:
    """Return the id of student `number`."""
    return f"s{number:05d}"
