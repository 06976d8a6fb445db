"""Candidates and plots say whether they lie outside their model's area of applicability."""

from alembic import op

from eradication.store.postgis_schema import translated

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to both layers; they are computed anew at the next write."""
    connection = op.get_bind()
    kind = translated("INTEGER") if connection.dialect.name == "postgresql" else "INTEGER"
    for table in ("plots", "candidates"):
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN outside {kind}")
