"""A service token has a role of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    with op.batch_alter_table("api_token") as table:
        table.add_column(sa.Column("role", sa.String(), nullable=False, server_default="auditor"))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("api_token") as table:
        table.drop_column("role")
