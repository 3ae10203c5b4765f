"""Screens that wait to become a kiosk's: the short code that each shows, for a few minutes."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class KioskPairing(SQLModel, table=True):
    """One screen that shows a code. Of code and token only hashes are here."""

    __tablename__ = "kiosk_pairing"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True, max_length=64)
    """SHA-256, hex, of the code on the screen."""
    token_hash: str = Field(unique=True, max_length=64)
    """SHA-256, hex, of what the screen alone holds: it becomes the kiosk's token when an admin confirms."""
    address: str = ""
    user_agent: str = ""
    created_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)
    kiosk_id: str | None = Field(default=None, max_length=64)
    """The kiosk that the screen became."""
    confirmed_at: datetime | None = optional_time()
