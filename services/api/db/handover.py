"""A hall handed from one invigilator to another, by a code that is shown once."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class Handover(SQLModel, table=True):
    """One offer to hand a hall over."""

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True, max_length=64)
    """SHA-256, hex, of the code; the code itself is stored nowhere."""
    sitting_id: int = Field(foreign_key="sitting.id", index=True)
    hall_id: str = Field(foreign_key="hall.id")
    given_by: int = Field(foreign_key="user_account.id")
    leaves: bool = True
    """Whether who gives it no longer watches over the hall afterwards."""
    created_at: datetime = time_field()
    expires_at: datetime = time_field()
    taken_by: int | None = Field(default=None, foreign_key="user_account.id")
    taken_at: datetime | None = optional_time()
