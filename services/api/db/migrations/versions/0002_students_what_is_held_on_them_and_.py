"""Students, what is held on them, and rosters."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "student",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("by_number", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consent_student_id"), "consent", ["student_id"], unique=False)
    op.create_table(
        "look_alike_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_a", sa.String(), nullable=False),
        sa.Column("student_b", sa.String(), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["student_a"], ["student.id"]),
        sa.ForeignKeyConstraint(["student_b"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("student_a", "student_b"),
    )
    op.create_index(op.f("ix_look_alike_pair_student_b"), "look_alike_pair", ["student_b"], unique=False)
    op.create_table(
        "photo",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("judged_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_photo_student_id"), "photo", ["student_id"], unique=False)
    op.create_table(
        "student_key",
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("student_id", "purpose"),
    )
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("photo_ids", sa.JSON(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("student_id", "model_id"),
    )
    op.create_index(op.f("ix_template_model_id"), "template", ["model_id"], unique=False)
    op.create_table(
        "accommodation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=True),
        sa.Column("allowance_min", sa.Integer(), nullable=False),
        sa.Column("no_challenge", sa.Boolean(), nullable=False),
        sa.Column("seat_need", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_accommodation_sitting_id"), "accommodation", ["sitting_id"], unique=False)
    op.create_index(op.f("ix_accommodation_student_id"), "accommodation", ["student_id"], unique=False)
    op.create_table(
        "admission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("admitted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "student_id"),
    )
    op.create_index(op.f("ix_admission_student_id"), "admission", ["student_id"], unique=False)
    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("hall_id", sa.String(), nullable=False),
        sa.Column("table_label", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("col", sa.Integer(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", UtcDateTime(), nullable=True),
        sa.Column("status_kiosk_id", sa.String(), nullable=True),
        sa.Column("status_attempt_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "student_id"),
    )
    op.create_index(
        "ix_roster_entry_sitting_hall_status", "roster_entry", ["sitting_id", "hall_id", "status"], unique=False
    )
    op.create_index(op.f("ix_roster_entry_student_id"), "roster_entry", ["student_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_roster_entry_student_id"), table_name="roster_entry")
    op.drop_index("ix_roster_entry_sitting_hall_status", table_name="roster_entry")
    op.drop_table("roster_entry")
    op.drop_index(op.f("ix_admission_student_id"), table_name="admission")
    op.drop_table("admission")
    op.drop_index(op.f("ix_accommodation_student_id"), table_name="accommodation")
    op.drop_index(op.f("ix_accommodation_sitting_id"), table_name="accommodation")
    op.drop_table("accommodation")
    op.drop_index(op.f("ix_template_model_id"), table_name="template")
    op.drop_table("template")
    op.drop_table("student_key")
    op.drop_index(op.f("ix_photo_student_id"), table_name="photo")
    op.drop_table("photo")
    op.drop_index(op.f("ix_look_alike_pair_student_b"), table_name="look_alike_pair")
    op.drop_table("look_alike_pair")
    op.drop_index(op.f("ix_consent_student_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_table("student")
