"""Attempts, cases and seals."""

import sqlalchemy as sa
from alembic import op

from services.api.db.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kiosk_id", sa.String(), nullable=True),
        sa.Column("door_hall_id", sa.String(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("track_id", sa.String(), nullable=True),
        sa.Column("captured_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("track_started_at", UtcDateTime(), nullable=True),
        sa.Column("frame_sent_at", UtcDateTime(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=True),
        sa.Column("sitting_id", sa.Integer(), nullable=True),
        sa.Column("hall_id", sa.String(), nullable=True),
        sa.Column("table_label", sa.String(), nullable=True),
        sa.Column("say_at", UtcDateTime(), nullable=True),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("repeat_of_id", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("asked", sa.String(), nullable=True),
        sa.Column("claimed_student_id", sa.String(), nullable=True),
        sa.Column("candidate_id", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("runner_up_id", sa.String(), nullable=True),
        sa.Column("runner_up_score", sa.Float(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("admission_score", sa.Float(), nullable=True),
        sa.Column("like_admission", sa.Boolean(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("sets_status", sa.String(), nullable=True),
        sa.Column("effective_at", UtcDateTime(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_attempt_kiosk_captured", "attempt", ["kiosk_id", "captured_at"], unique=False)
    op.create_index("ix_attempt_sitting_hall", "attempt", ["sitting_id", "hall_id"], unique=False)
    op.create_index("ix_attempt_student_captured", "attempt", ["student_id", "captured_at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("probe", sa.LargeBinary(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("delete_after", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"]),
        sa.PrimaryKeyConstraint("attempt_id"),
    )
    op.create_index(op.f("ix_evidence_delete_after"), "evidence", ["delete_after"], unique=False)
    op.create_index(op.f("ix_evidence_student_id"), "evidence", ["student_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=True),
        sa.Column("kiosk_id", sa.String(), nullable=False),
        sa.Column("track_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("settled_as", sa.String(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_attempt_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"]),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_review_hall_state", "review", ["hall_id", "state"], unique=False)
    op.create_index(op.f("ix_review_sitting_id"), "review", ["sitting_id"], unique=False)
    op.create_index(op.f("ix_review_student_id"), "review", ["student_id"], unique=False)
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.String(), nullable=False),
        sa.Column("sealed_by", sa.String(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("csv", sa.LargeBinary(), nullable=False),
        sa.Column("csv_sha256", sa.String(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("audit_head", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"]),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sitting_id", "hall_id"),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_amendment_seal_id"), "amendment", ["seal_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_amendment_seal_id"), table_name="amendment")
    op.drop_table("amendment")
    op.drop_table("seal")
    op.drop_index(op.f("ix_review_student_id"), table_name="review")
    op.drop_index(op.f("ix_review_sitting_id"), table_name="review")
    op.drop_index("ix_review_hall_state", table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_evidence_student_id"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_delete_after"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_attempt_student_captured", table_name="attempt")
    op.drop_index("ix_attempt_sitting_hall", table_name="attempt")
    op.drop_index("ix_attempt_kiosk_captured", table_name="attempt")
    op.drop_table("attempt")
