"""What jobs read and make."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("files", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "job_part",
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.PrimaryKeyConstraint("job_id", "name", "number"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("job_part")
    with op.batch_alter_table("job") as table:
        table.drop_column("files")
