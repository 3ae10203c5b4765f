"""Photos are found by how far they are, and whose they are, without reading pictures on the way."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_index("ix_photo_state", "photo", ["state", "uploaded_at"])
    op.create_index("ix_photo_student_state", "photo", ["student_id", "state"])
    op.drop_index("ix_photo_student_id", "photo")


def downgrade() -> None:
    """Take it back."""
    op.create_index("ix_photo_student_id", "photo", ["student_id"])
    op.drop_index("ix_photo_student_state", "photo")
    op.drop_index("ix_photo_state", "photo")
