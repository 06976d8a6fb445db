"""Events are found by what they name, and plots in the order in which lists show them, without reading the others."""

from alembic import op

from eradication.store import naming
from eradication.store.geopackage import register_attributes
from eradication.store.postgis_schema import describe, translated

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORDS = """CREATE TABLE event_words (fid INTEGER PRIMARY KEY NOT NULL, word INTEGER NOT NULL,
    event INTEGER NOT NULL)"""
_DESCRIPTION = "Numbers of names, and the rows of events that bear them"
_BY_WORD = "CREATE INDEX event_words_by_word ON event_words (word, event)"
_BY_SCORE = "CREATE INDEX plots_by_score ON plots (season, score DESC{last}, plot_id, units)"


def upgrade() -> None:
    """Add the table and the indexes, and note what the events there are name."""
    connection = op.get_bind()
    on_server = connection.dialect.name == "postgresql"
    connection.exec_driver_sql(translated(_WORDS) if on_server else _WORDS)
    (describe if on_server else register_attributes)(connection, "event_words", _DESCRIPTION)
    naming.note_all(connection)
    connection.exec_driver_sql(_BY_WORD)
    # SQLite takes what is missing for the least, and so it comes last; PostgreSQL has to be told.
    connection.exec_driver_sql(_BY_SCORE.format(last=" NULLS LAST" if on_server else ""))
