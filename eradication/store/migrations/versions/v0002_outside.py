"""Candidates and plots say whether they lie outside their model's area of applicability."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to both layers; they are computed anew at the next write."""
    for table in ("plots", "candidates"):
        op.get_bind().exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN outside INTEGER")
