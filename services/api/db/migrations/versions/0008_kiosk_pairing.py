"""Kiosk pairing."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "kiosk_pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("kiosk_id", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_kiosk_pairing_expires_at", "kiosk_pairing", ["expires_at"])
    with op.batch_alter_table("kiosk") as table:
        table.drop_column("pairing_hash")
        table.drop_column("pairing_expires_at")


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("kiosk") as table:
        table.add_column(sa.Column("pairing_expires_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("pairing_hash", sa.String(), nullable=True))
    op.drop_index("ix_kiosk_pairing_expires_at", table_name="kiosk_pairing")
    op.drop_table("kiosk_pairing")
