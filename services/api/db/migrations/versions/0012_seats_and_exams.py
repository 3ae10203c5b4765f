"""Halls that a sitting left."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "hall_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("from_hall_id", sa.String(length=64), nullable=False),
        sa.Column("to_hall_id", sa.String(length=64), nullable=False),
        sa.Column("moved_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.ForeignKeyConstraint(["from_hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["to_hall_id"], ["hall.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("sitting_id", "from_hall_id", "to_hall_id"):
        op.create_index(f"ix_hall_move_{column}", "hall_move", [column])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("hall_move")
