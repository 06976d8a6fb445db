"""T14 on a server: the database's own rules, for whoever connects and whatever they send."""

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc
from postgres import Cluster
from store.samples import NOON, Clock, record
from store.two_units import ENDED, OTHER, OWN, PLACES, SOMEBODY, canary, fill

from eradication import config
from eradication import store as stores
from eradication.domain import EventKind
from eradication.errors import StorageFailed, UnusableInput
from eradication.store import grants, schema
from eradication.store.postgis import Postgis
from eradication.store.postgis_address import address_of
from eradication.store.relational import RelationalStore

NUMBERS = itertools.count()
SECRET = "mat-khau"
OWNED = ("patrols", "track_segments", "waypoints", "visits", "plots", "candidates", "events", "event_units")
PROVINCE = ("origins", "pending_events", "replayed")


@dataclass(frozen=True)
class Desk:
    """A store whose program is no superuser, and a role of each of two units."""

    store: RelationalStore
    server: Cluster
    owner: str
    own: str
    other: str

    @property
    def place(self) -> str:
        return self.store.schema

    def connect(self, role: str) -> psycopg.Connection[Any]:
        url = self.server.url_of("test", role, SECRET).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True, options=f"-c search_path={self.place},public")

    def rows(self, role: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect(role) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def seen(self, role: str, table: str) -> str:
        """Every row of a table that a role can read, as one text."""
        return "\n".join(str(row[0]) for row in self.rows(role, f"SELECT t::text FROM {table} AS t"))


@pytest.fixture
def desk(server: Cluster, tmp_path: Path) -> Iterator[Desk]:
    number = next(NUMBERS)
    owner, own, other = (f"{name}_{number}" for name in ("desk", "bp01", "ca02"))
    server.run(*(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'" for name in (owner, own, other)))
    server.run(f"GRANT CREATE ON DATABASE test TO {owner}")
    place = config.Store(server.url_of("test", owner, SECRET), f"rights_{number}")
    with stores.open(tmp_path / "ws", create=True, clock=Clock(), settings=place) as store:
        fill(store, tmp_path)
        yield Desk(store, server, owner, own, other)


@pytest.fixture
def given_rights(desk: Desk) -> Desk:
    grants.give(desk.store, desk.own, "bp01")
    grants.give(desk.store, desk.other, "ca02")
    return desk


def test_T14_a_units_role_reads_in_every_table_what_its_view_gives(given_rights: Desk):
    desk = given_rights
    for role, unit, names in ((desk.own, OWN, {OWN, ENDED}), (desk.other, OTHER, {OTHER})):
        view = desk.store.seen_by(unit)
        assert {row[0] for row in desk.rows(role, "SELECT unit FROM patrols")} == names
        assert {row[0] for row in desk.rows(role, "SELECT unit FROM visits")} == names
        for table in ("track_segments", "waypoints"):
            assert {row[0] for row in desk.rows(role, f"SELECT patrol_id FROM {table}")} == {f"p-{n}" for n in names}
        for table, key in (("plots", "plot_id"), ("candidates", "id")):
            told = [row[key] for row in view.layer(table)]
            assert [row[0] for row in desk.rows(role, f"SELECT {key} FROM {table} ORDER BY 1")] == told
        told = sorted(event.key for event in view.events())
        assert sorted(desk.rows(role, "SELECT origin, number FROM events")) == told
        assert desk.rows(role, "SELECT count(*) FROM admin_units") == [(1,)]


def test_T14_the_canary_of_another_unit_is_in_no_row_a_role_can_read(given_rights: Desk):
    for table in OWNED:
        check_canaries(given_rights, table)


def check_canaries(desk: Desk, table: str) -> None:
    said = {role: desk.seen(role, table) for role in (desk.own, desk.other, desk.owner)}
    assert all(said.values())
    for role, hidden in ((desk.own, (OTHER,)), (desk.other, (OWN, ENDED))):
        for name in (*hidden, "the province", "untold"):
            assert canary(name) not in said[role]
    if "canary" in said[desk.owner]:
        assert canary(OWN) in said[desk.own]
        assert canary(OTHER) in said[desk.other]


def test_T14_chains_waiting_events_and_kept_figures_are_the_provinces(given_rights: Desk):
    desk = given_rights
    for table in (*PROVINCE, "alembic_version"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.rows(desk.own, f"SELECT * FROM {table}")
    grants.give(desk.store, desk.other, grants.EVERYBODY)
    for table in (*OWNED, *PROVINCE):
        assert desk.seen(desk.other, table) == desk.seen(desk.owner, table)
    assert canary("the province") in desk.seen(desk.other, "replayed")


def test_T14_a_role_without_a_unit_sees_nothing_whatever_an_administrator_granted(given_rights: Desk):
    desk = given_rights
    stranger = f"stranger_{next(NUMBERS)}"
    desk.server.run(f"CREATE ROLE {stranger} LOGIN PASSWORD '{SECRET}'")
    assert grants.take(desk.store, desk.own)
    for role in (stranger, desk.own):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.rows(role, f"SELECT * FROM {desk.place}.patrols")
    desk.server.run(
        f"GRANT USAGE ON SCHEMA {desk.place} TO {desk.own}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {desk.place} TO {desk.own}",
    )
    for table in schema.metadata.sorted_tables:
        assert desk.rows(desk.own, f"SELECT count(*) FROM {table.name}") == [(0,)], table.name
    assert desk.rows(desk.own, "SELECT * FROM unit_grants") == []


def test_T14_a_role_cannot_speak_for_another_unit(given_rights: Desk):
    desk = given_rights
    with desk.connect(desk.other) as connection:
        for said in ("bp01", "*", "", "BP01"):
            connection.execute("SELECT set_config('eradication.unit', %s, false)", (said,))
            assert connection.execute("SELECT DISTINCT unit FROM patrols").fetchall() == [(OTHER,)]
        for name in (desk.owner, desk.own, "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {name}")
        # It turns the rules off for nobody: the server refuses to answer instead.
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM patrols")


def test_T14_a_members_role_of_a_unit_reads_what_the_unit_reads(given_rights: Desk):
    desk = given_rights
    person = f"can_bo_{next(NUMBERS)}"
    desk.server.run(f"CREATE ROLE {person} LOGIN PASSWORD '{SECRET}' IN ROLE {desk.other}")
    assert desk.rows(person, "SELECT DISTINCT unit FROM patrols") == [(OTHER,)]


WRITING = ("DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {0} SELECT * FROM {0}", "ALTER TABLE {} ADD x int")


@pytest.mark.parametrize("table", [*OWNED, "unit_names", "unit_grants", "admin_units"])
def test_T14_a_role_writes_nothing(given_rights: Desk, table: str):
    with given_rights.connect(given_rights.own) as connection:
        for statement in (
            "DELETE FROM {}",
            "TRUNCATE {}",
            "INSERT INTO {0} SELECT * FROM {0}",
            "ALTER TABLE {} ADD x int",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.format(table))  # type: ignore[arg-type]
    assert canary(OTHER) in given_rights.seen(given_rights.owner, "patrols")


def test_T14_the_program_that_speaks_for_a_unit_is_bound_too_and_its_connection_forgets_it(given_rights: Desk):
    desk = given_rights
    database = desk.store._database
    with database.reading("ca02") as connection:
        # As if a condition had been forgotten.
        found = connection.exec_driver_sql(f"SELECT DISTINCT unit FROM {desk.place}.patrols").all()
        assert found == [(OTHER,)]
        said = str(connection.exec_driver_sql(f"SELECT payload FROM {desk.place}.events").all())
        assert canary(OTHER) in said
        for name in (OWN, ENDED, "the province"):
            assert canary(name) not in said
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {desk.place}.origins").scalar() == 0
    for _ in range(3):
        with database.reading() as connection:
            names = connection.exec_driver_sql(f"SELECT DISTINCT unit FROM {desk.place}.patrols").scalars()
            assert set(names) == {OWN, OTHER, ENDED, SOMEBODY}
    with database.reading("ca02") as connection, pytest.raises(sqlalchemy.exc.DBAPIError):
        connection.exec_driver_sql(f"UPDATE {desk.place}.patrols SET unit = 'x'")
    with pytest.raises(StorageFailed):
        write_as(desk, "ca02")
    assert grants.is_bound(desk.store)


def write_as(desk: Desk, unit: str) -> None:
    with desk.store._database.writing() as connection:
        connection.exec_driver_sql(f"SELECT set_config('eradication.unit', '{unit}', true)")
        connection.exec_driver_sql(f"INSERT INTO {desk.place}.unit_names (named, unit, since) VALUES ('x', 'y', '')")


LEAKY = """CREATE FUNCTION pg_temp.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"""


def test_T14_a_leaky_function_of_the_asker_is_shown_no_row_of_others(given_rights: Desk):
    desk = given_rights
    noticed: list[str] = []
    with desk.connect(desk.other) as connection:
        connection.add_notice_handler(lambda told: noticed.append(str(told.message_primary)))
        connection.execute(LEAKY)
        for table in OWNED:
            connection.execute(f"SELECT * FROM {table} AS t WHERE pg_temp.leak(t::text)")  # type: ignore[arg-type]
            connection.execute(f"SELECT count(*) FROM {table} AS t WHERE pg_temp.leak(t::text)")  # type: ignore[arg-type]
        # An error would tell as much as a notice.
        connection.execute("SELECT 1 / CASE WHEN unit = 'BP01' THEN 0 ELSE 1 END FROM patrols")
        connection.execute("SELECT * FROM patrols WHERE 1 / CASE WHEN unit = 'BP01' THEN 0 ELSE 1 END = 1")
    said = "\n".join(noticed)
    assert canary(OTHER) in said
    for name in (OWN, ENDED, "the province", "untold"):
        assert canary(name) not in said


def estimate(connection: psycopg.Connection[Any], query: str) -> list[float]:
    """Rows that the planner expects in every node that reads."""
    (plan,) = connection.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchone() or ()
    told = json.loads(plan) if isinstance(plan, str) else plan

    def rows(node: dict[str, Any]) -> list[float]:
        return [float(node["Plan Rows"]), *(row for part in node.get("Plans", ()) for row in rows(part))]

    return rows(told[0]["Plan"])


WHOLE = "SELECT ST_EstimatedExtent(%s, 'track_segments', 'geom')::text"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = %s"


def many(desk: Desk) -> None:
    """Many rows of the one unit, so that statistics would tell."""
    there = f"{desk.place}.patrols"
    desk.server.run(
        f"INSERT INTO {there} (patrol_id, unit, name, kind, content, recorded_at)"
        f" SELECT 'm' || n, 'BP01', 'x', 'track', 'x', '2026-02-0' || n % 9 FROM generate_series(1, 3000) AS n",
        f"INSERT INTO {desk.place}.track_segments (geom, patrol_id, segment, fixes, kept, packed)"
        " SELECT ST_GeomFromText(format('LINESTRING ZM (104 %s 0 0, 104.01 %s 0 0)', 21 + n * 1e-5, 21), 4326),"
        " 'm' || n, 0, 2, 2, '' FROM generate_series(1, 3000) AS n",
        *(f"ANALYZE {desk.place}.{table}" for table in OWNED),
    )


def test_T14_what_the_planner_expects_tells_nothing_of_others(given_rights: Desk):
    desk = given_rights
    many(desk)
    with desk.connect(desk.other) as connection:
        for column, theirs, nobodys in (
            ("unit", "BP01", "ZZ99"), ("recorded_at", "2026-02-03", "1999-01-01"), ("kind", "track", "zzz"),
        ):  # fmt: skip
            asked = [f"SELECT * FROM patrols WHERE {column} = '{value}'" for value in (theirs, nobodys)]
            assert estimate(connection, asked[0]) == estimate(connection, asked[1]), column
        boxes = [f"ST_MakeEnvelope({west}, 20.99, {west + 0.02}, 21.02, 4326)" for west in (104.0, 106.0)]
        asked = [f"SELECT * FROM track_segments WHERE geom && {box}" for box in boxes]
        assert estimate(connection, asked[0]) == estimate(connection, asked[1])
        told = connection.execute("SELECT * FROM pg_stats WHERE schemaname = %s", (desk.place,)).fetchall()
        assert told == []
        # The box of a whole table is not hidden (docs/administrator.md says how to hide it); how much is where, is.
        (extent,) = connection.execute(WHOLE, (desk.place,)).fetchone() or ()
        assert extent.count(",") == 1
        for (sequence,) in connection.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = %s", (desk.place,)
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT last_value FROM {sequence}")


def test_roles_that_no_rule_binds_are_refused(given_rights: Desk):
    desk = given_rights
    reckless = f"reckless_{next(NUMBERS)}"
    desk.server.run(f"CREATE ROLE {reckless} BYPASSRLS", f"CREATE ROLE {reckless}_heir IN ROLE {desk.owner}")
    for role, kind in (
        ("nobody_such", "no_role"), ("postgres", "role_sees_all"), (reckless, "role_sees_all"),
        (f"{reckless}_heir", "role_sees_all"), (desk.owner, "role_sees_all"),
    ):  # fmt: skip
        with pytest.raises(UnusableInput) as refused:
            grants.give(desk.store, role, "bp01")
        assert (refused.value.kind, bool(refused.value.hint)) == (kind, True)
    assert {grant.role for grant in grants.listed(desk.store)} == {desk.own, desk.other}


def test_a_role_is_given_another_unit_instead_and_odd_names_are_only_names(given_rights: Desk):
    desk = given_rights
    odd = f'o"d%d; -- {next(NUMBERS)}'
    desk.server.run(f"""CREATE ROLE "{odd.replace('"', '""')}" """)
    grants.give(desk.store, odd, "it's%(x)s")
    assert grants.Grant(odd, "it's%(x)s") in grants.listed(desk.store)
    grants.take(desk.store, odd)
    grants.give(desk.store, desk.own, "ca02")
    assert desk.rows(desk.own, "SELECT DISTINCT unit FROM patrols") == [(OTHER,)]


def test_the_program_dumps_and_counts_everything_of_its_own(given_rights: Desk, tmp_path: Path):
    desk = given_rights
    url = desk.server.url_of("test", desk.owner, SECRET).replace("+psycopg", "")
    dump = [desk.server.bin / "pg_dump", "--schema", desk.place, url]
    refused = subprocess.run(dump, capture_output=True, text=True, check=False)
    assert refused.returncode != 0  # never a part of it that looks like all
    done = subprocess.run([*dump, "--enable-row-security"], capture_output=True, text=True, check=True)
    for name in (*PLACES, "the province", "untold"):
        assert canary(name) in done.stdout


def test_an_upgraded_store_tells_whose_its_events_are(served: Callable[[str], Path], server: Cluster):
    with stores.open(served("old"), create=True, clock=Clock()) as store:
        record(store, {"patrol": {"unit": OWN}}, {"patrol": {"unit": OTHER}}, kind=EventKind.PATROL_RECORDED)
        record(store, {"rows": []}, kind=EventKind.UNITS_RECORDED)
        place = store.schema
        before = [[event.key for event in store.seen_by(unit).events()] for unit in (OWN, OTHER)]
        # As version 0003 left it.
        server.run(
            *(f"DROP TABLE {place}.{table} CASCADE"
              for table in ("event_units", "event_words", "unit_names", "unit_grants")),
            *(f"ALTER TABLE {place}.{table} DROP COLUMN units CASCADE" for table in ("plots", "candidates")),
            *(f"DROP POLICY IF EXISTS of_units ON {place}.{t.name}" for t in schema.metadata.sorted_tables
              if t.name not in ("event_units", "event_words", "unit_names")),
            f"DROP FUNCTION {place}.reads_as CASCADE", f"DROP FUNCTION {place}.reads_names CASCADE",
            f"UPDATE {place}.alembic_version SET version_num = '0003'",
        )  # fmt: skip
    with stores.open(Path(store._originals).parent) as again:
        assert [[event.key for event in again.seen_by(unit).events()] for unit in (OWN, OTHER)] == before
        assert all(check.ok for check in stores.verify(again))
        with server.connect() as raw:
            forced = raw.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = %s::regnamespace AND relforcerowsecurity", (place,)
            ).fetchone()
        assert forced == (16,)
        record(again, {"n": NOON.isoformat()})


def test_a_copy_of_everything_is_whole_or_refused(given_rights: Desk):
    desk = given_rights
    with desk.store.everything() as connection:
        names = connection.exec_driver_sql(f"SELECT DISTINCT unit FROM {desk.place}.patrols").scalars()
        assert set(names) == {*PLACES}
    place = config.Store(desk.server.url_of("test", desk.own, SECRET), desk.place)
    with desk.store._database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    partial = Postgis(address_of(place))
    try:
        with partial.reading() as connection, pytest.raises(StorageFailed) as refused:
            partial.see_everything(connection)
        assert refused.value.kind == "store_partly_seen"
    finally:
        partial.close()
