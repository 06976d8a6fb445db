"""What replaying the events tells is kept beside the layers, so that questions about now need no replay."""

from alembic import op

from eradication.store.geopackage import register_attributes
from eradication.store.postgis_schema import describe, translated

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REPLAYED = """CREATE TABLE replayed (fid INTEGER PRIMARY KEY NOT NULL, part TEXT NOT NULL, season TEXT NOT NULL,
    "key" TEXT NOT NULL, body TEXT, UNIQUE (part, season, "key"))"""
_DESCRIPTION = "What the ledger counts, computed anew at every write"

_COLUMNS = {
    **dict.fromkeys(("first_seen_utc", "sown_on", "stage", "stage_at"), "TEXT"),
    **{"lon": "REAL", "lat": "REAL", "class_estimated": "INTEGER"},
}
"""Of the layer of plots: what lists of plots tell besides; computed at the next write."""

_INDEXES = (
    "CREATE INDEX events_by_kind ON events (kind, happened_at, recorded_at, origin, number)",
    "CREATE INDEX plots_by_season ON plots (season, state)",
    "CREATE INDEX candidates_by_plot ON candidates (plot_id)",
    "CREATE INDEX visits_by_plot ON visits (plot_id)",
    'CREATE INDEX replayed_by_key ON replayed (part, "key")',
)


def upgrade() -> None:
    """Add the table, the columns and the indexes."""
    connection = op.get_bind()
    on_server = connection.dialect.name == "postgresql"
    connection.exec_driver_sql(translated(_REPLAYED) if on_server else _REPLAYED)
    if on_server:
        describe(connection, "replayed", _DESCRIPTION)
    else:
        register_attributes(connection, "replayed", _DESCRIPTION)
    for name, kind in _COLUMNS.items():
        said = translated(kind) if on_server else kind
        connection.exec_driver_sql(f"ALTER TABLE plots ADD COLUMN {name} {said}")
    for statement in _INDEXES:
        connection.exec_driver_sql(statement)
