"""Row-level security: what a role of the database, or a connection that speaks for a unit, may read.

The owner of the tables, which is the program, sees everything, unless its transaction speaks for a unit
(``eradication.unit``). Any other role sees what its unit may see, and nothing without one; it may never write. The
rules are those of :mod:`.owning` and :mod:`.sight` once more, in the database's own words, so that they hold for QGIS
and whatever else connects. Nothing here names a role: a dump restores where the roles are others.
"""

from sqlalchemy import Connection, text

_AS = """CREATE OR REPLACE FUNCTION {s}.reads_as() RETURNS text[] LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN pg_has_role(current_user, relowner, 'USAGE')
        THEN ARRAY[coalesce(nullif(current_setting('eradication.unit', true), ''), '*')]
        ELSE ARRAY(SELECT unit FROM {s}.unit_grants JOIN pg_roles ON rolname = role
            WHERE pg_has_role(current_user, pg_roles.oid, 'USAGE')) END
    FROM pg_class WHERE pg_class.oid = '{s}.events'::regclass $$"""

_NAMES = """CREATE OR REPLACE FUNCTION {s}.reads_names() RETURNS text[] LANGUAGE sql STABLE
    SET search_path = pg_catalog AS $$
    SELECT ARRAY(SELECT named FROM {s}.unit_names WHERE unit = ANY ({s}.reads_as())
        AND since <= to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')) $$"""

# A subquery without a link to the row is answered once for a query, not once for a row.
_UNITS, _MINE = "(SELECT {s}.reads_as())::text[]", "(SELECT {s}.reads_names())::text[]"
_ALL, _ANY = f"'*' = ANY ({_UNITS})", f"cardinality({_UNITS}) > 0"
_NAMED = f"unit = ANY ({_MINE})"
_CONCERNED = f"units = '' AND {_ANY} OR string_to_array(units, ',') && {_MINE}"
_WALKED = "EXISTS (SELECT FROM {s}.patrols AS walk WHERE walk.patrol_id = {t}.patrol_id)"

_SEEN = {
    "patrols": _NAMED,
    "visits": _NAMED,
    # What is seen of the other table there is what its own rule shows.
    "track_segments": _WALKED,
    "waypoints": _WALKED,
    "plots": _CONCERNED,
    "candidates": _CONCERNED,
    "events": "EXISTS (SELECT FROM {s}.event_units AS whose WHERE whose.origin = {t}.origin"
    " AND whose.number = {t}.number)",
    "event_units": f"named = '*' AND {_ANY} OR named = ANY ({_MINE})",
    "event_words": "EXISTS (SELECT FROM {s}.events AS told WHERE told.fid = {t}.event)",
    "unit_names": f"unit = ANY ({_UNITS})",
    "admin_units": _ANY,
    "lineage": _ANY,
    "origins": "false",
    "pending_events": "false",
    "replayed": "false",
}
"""Table → which rows somebody may see who may not see everything."""

_GRANTS_SEEN = """EXISTS (SELECT FROM pg_class WHERE oid = '{s}.events'::regclass
    AND pg_has_role(current_user, relowner, 'USAGE'))"""
_OWN_GRANTS = """EXISTS (SELECT FROM pg_roles WHERE rolname = role AND pg_has_role(current_user, oid, 'USAGE'))"""

READABLE = (
    *("patrols", "track_segments", "waypoints", "visits", "plots", "candidates", "events", "event_units"),
    *("unit_names", "unit_grants", "admin_units", "lineage"),
)
"""Tables that a role with a unit is granted; the rules above choose the rows."""

_TOLD = {
    "patrols": ("fid",),
    "track_segments": ("fid",),
    "waypoints": ("fid",),
    "visits": ("fid",),
    "plots": ("fid", "season"),
    "candidates": ("fid", "season"),
    "events": ("fid", "origin", "number", "kind"),
    "event_units": ("fid", "origin", "number"),
}
"""Table → columns the server may keep statistics of; those of any other would show in EXPLAIN how much there is of what
others did, and where."""


def restore_rights(connection: Connection) -> None:
    """(Re)create the rules; it runs after every migration and does nothing to a store that is older than they are."""
    if connection.scalar(text("SELECT to_regclass(quote_ident(current_schema()) || '.unit_grants')")) is None:
        return
    names = {"s": f'"{connection.scalar(text("SELECT current_schema()"))}"'}
    run = connection.exec_driver_sql
    run(_AS.format(**names))
    run(_NAMES.format(**names))
    for table, seen in _SEEN.items():
        on = names | {"t": table}
        _rule(connection, table, f"({_ALL.format(**on)}) OR {seen.format(**on)}", _ALL.format(**on))
    owner = _GRANTS_SEEN.format(**names)
    _rule(connection, "unit_grants", f"{owner} OR {_OWN_GRANTS}", owner)


def _rule(connection: Connection, table: str, seen: str, written: str) -> None:
    run = connection.exec_driver_sql
    run(f"DROP POLICY IF EXISTS of_units ON {table}")
    run(f"CREATE POLICY of_units ON {table} USING ({seen}) WITH CHECK ({written})")
    run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # The owner is bound too: a program that speaks for a unit and forgets a condition still shows that unit's alone.
    run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


_COLUMNS = text("""SELECT attname, format_type(atttypid, atttypmod) AS kind, collname FROM pg_attribute
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation AND collname <> 'default'
    WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped ORDER BY attnum""")


def forget_statistics(connection: Connection) -> None:
    """Have the server keep no statistics that would tell of others' rows, and forget those it has; before the rules."""
    for table, told in _TOLD.items():
        for name, kind, collation in connection.execute(_COLUMNS, {"table": table}).all():
            if name in told:
                continue
            column = f'ALTER TABLE {table} ALTER COLUMN "{name}"'
            connection.exec_driver_sql(f"{column} SET STATISTICS 0")
            if name != "patrol_id":  # its links would be checked anew; the ids say nothing
                collate = f' COLLATE "{collation}"' if collation else ""
                connection.exec_driver_sql(f"{column} TYPE {kind}{collate}")
