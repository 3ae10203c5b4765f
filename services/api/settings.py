"""Settings of `services.api`: the web part and ingest."""

from pydantic import Field

from services.api.db.engine import database_url
from shared.settings import CommonSettings, Section


class ApiSection(Section):
    """The office's own settings."""

    repeat_interval_s: float = Field(
        10, ge=0, description="The same person at the same kiosk within this time gets the verdict before, again."
    )
    other_door_min: float = Field(
        10, ge=0, description="Already in, and at another door within this time: a case for the invigilator."
    )
    in_play_before_opens_min: float = Field(
        60, ge=0, description="A sitting is in play from this long before its check-in opens until its end."
    )
    back_by_min: float = Field(10, gt=0, description="How long a student may be out; the exit screen says until when.")
    outcome_hold_s: float = Field(8, gt=0, description="How long a verdict stays on the kiosk's screen at most.")
    capture_delay_max_s: float = Field(
        10, gt=0, description="A frame's time further than this behind the broker's receipt is a wrong clock: clamped."
    )
    capture_ahead_max_s: float = Field(
        1, ge=0, description="A frame's time further than this ahead of the broker's receipt is a wrong clock: clamped."
    )
    schedule_days: float = Field(
        2, gt=0, description="The schedule that kiosks follow reaches this far ahead, and one day back."
    )
    stray_crop_days: float = Field(
        1, gt=0, description="The crop of somebody settled as 'not a candidate' is deleted after this."
    )
    evidence_days: float = Field(30, gt=0, description="Evidence crops of attempts are deleted after this.")


class ApiSettings(CommonSettings):
    """What the API's processes read."""

    database_url: str | None = Field(
        None, description="The office's database, `sqlite:///PATH` or `postgresql://…`. Default: SQLite in `data_dir`."
    )
    api: ApiSection = ApiSection()

    @property
    def database(self) -> str:
        """The database's URL: the one that was set, else a SQLite file in the data folder."""
        return database_url(self.database_url, self.data_dir)
