"""Indexes of the master grid: rows in a student's order, counts without sorting, and whose a table is."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.drop_index("ix_roster_entry_sitting_hall_status", table_name="roster_entry")
    op.drop_index("ix_roster_entry_student_id", table_name="roster_entry")
    op.create_index("ix_roster_entry_counts", "roster_entry", ["sitting_id", "hall_id", "status", "sealed"])
    op.create_index("ix_roster_entry_seat", "roster_entry", ["sitting_id", "hall_id", "table_label"])
    op.create_index(
        "ix_roster_entry_student", "roster_entry", ["student_id", "id", "sitting_id", "hall_id", "status", "sealed"]
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_roster_entry_student", table_name="roster_entry")
    op.drop_index("ix_roster_entry_seat", table_name="roster_entry")
    op.drop_index("ix_roster_entry_counts", table_name="roster_entry")
    op.create_index("ix_roster_entry_student_id", "roster_entry", ["student_id"])
    op.create_index("ix_roster_entry_sitting_hall_status", "roster_entry", ["sitting_id", "hall_id", "status"])
