"""Reconciling and sealing."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    with op.batch_alter_table("sitting_hall") as table:
        table.add_column(sa.Column("sealed_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("roster_entry") as table:
        table.add_column(sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "difference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_difference_sitting_hall", "difference", ["sitting_id", "hall_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_difference_sitting_hall", table_name="difference")
    op.drop_table("difference")
    with op.batch_alter_table("roster_entry") as table:
        table.drop_column("sealed")
    with op.batch_alter_table("sitting_hall") as table:
        table.drop_column("sealed_at")
