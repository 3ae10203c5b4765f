"""Halls, kiosks, exams and sittings."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "exam",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "hall",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("directions", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("blocked", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "kiosk",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("hall_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("capture_node", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("pairing_hash", sa.String(), nullable=True),
        sa.Column("pairing_expires_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_kiosk_hall_id"), "kiosk", ["hall_id"], unique=False)
    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("late_after", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sitting_ends_at"), "sitting", ["ends_at"], unique=False)
    op.create_index(op.f("ix_sitting_exam_id"), "sitting", ["exam_id"], unique=False)
    op.create_index(op.f("ix_sitting_starts_at"), "sitting", ["starts_at"], unique=False)
    op.create_table(
        "sitting_hall",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.String(), nullable=False),
        sa.Column("queue_grace_min", sa.Integer(), nullable=False),
        sa.Column("head_count", sa.Integer(), nullable=True),
        sa.Column("scripts_collected", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.PrimaryKeyConstraint("sitting_id", "hall_id"),
    )
    op.create_index(op.f("ix_sitting_hall_hall_id"), "sitting_hall", ["hall_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_sitting_hall_hall_id"), table_name="sitting_hall")
    op.drop_table("sitting_hall")
    op.drop_index(op.f("ix_sitting_starts_at"), table_name="sitting")
    op.drop_index(op.f("ix_sitting_exam_id"), table_name="sitting")
    op.drop_index(op.f("ix_sitting_ends_at"), table_name="sitting")
    op.drop_table("sitting")
    op.drop_index(op.f("ix_kiosk_hall_id"), table_name="kiosk")
    op.drop_table("kiosk")
    op.drop_table("hall")
    op.drop_table("exam")
