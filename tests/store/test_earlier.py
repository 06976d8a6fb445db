"""Every version of the store that was ever released opens, verifies and tells the same under today's program.

``earlier/<version>/`` was written by the program of that version (``earlier/make.py``), with what it answered.
"""

import contextlib
import io
import json
import re
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from postgres import Cluster

from eradication import config
from eradication import store as stores
from eradication.cli import main
from eradication.errors import StorageFailed
from eradication.store import schema, verify
from eradication.store.relational import RelationalStore

EARLIER = Path(__file__).parent / "earlier"
VERSIONS = sorted(path.name for path in EARLIER.iterdir() if re.fullmatch(r"\d{4}", path.name))
MIGRATIONS = Path(schema.__file__).parent / "migrations" / "versions"
SCHEMA = "earlier"
MOST_BYTES = 300_000

ALWAYS = {
    r"/ledger/as_of": "the moment of asking",
    r"/ledger/timeliness/overdue/\d+/days": "days until the moment of asking",
    r"/ledger/(rebased/)?vintage": "communes are those of the day of asking",
    r"/plots/\d+/days_to_lancing": "days from the day of asking",
}
OF_A_FILE = {
    r"/ledger/(coverage/|signs/11/(value|pct))": "maps of runs lie beside the store and are not in the fixture; "
    "the sign of little coverage needs them",
}
OTHER_RULES = {
    r"/ledger/undetected/why/expected": "expected plots have been told by searched cells since; there are too few here",
    r"/ledger/undetected/why/lower": "the second list has been made of walks and finds since; there are too few here",
}
IN_PART = {
    r"/ledger/timeliness/destroyed: (8 is now 7|2 is now 1)$": "a plot half destroyed was told as destroyed",
    r"/ledger/timeliness/overdue( has (4 parts instead of 3|2 parts instead of 1)$|/[012]/)": "its rest is overdue and "
    "heads the list",
    r"/ledger/signs/2/(value: (8 is now 6|2 is now 1)|m2: (3893 is now 2783|431 is now 310)|"
    r"pct: (94.9 is now 67.8|81.9 is now 58.9))$": "it, and one of which the rest was destroyed days later, were told "
    "as destroyed in the visit that found them",
    r"/ledger/signs/2/who has 0 parts instead of [13]$": "only units whose own finds are mostly such pairs are named",
    r"/ledger/signs/7/(of: 8 is now 9|pct: 87.5 is now 77.7)$": "each destruction counts by itself, of a part too",
}
DIFFERENCES: dict[str, dict[str, str]] = {
    "0001": {**OTHER_RULES, r"/ledger/coverage/": "coverage was not computed yet"},
    "0002": {**OTHER_RULES, **IN_PART},
    "0003": IN_PART,
    "0004": IN_PART,
    "0005": {},
}
"""Version → path in its answers, as a regular expression → why today's program tells something else."""

Kept = tuple[Path, str, dict[str, Any]]
"""Folder of a workspace, its version, and what that version answered."""


def test_every_version_of_the_store_has_a_fixture_for_each_kind():
    numbers = {path.name[1:5] for path in MIGRATIONS.glob("v[0-9]*.py")}
    assert schema.VERSION == max(numbers)
    hint = "make the fixture of the new version: see tests/store/earlier/make.py"
    assert numbers == set(VERSIONS), hint
    for version in VERSIONS:
        for name in ("file.tar.xz", "server.tar.xz", "file.json", "server.json"):
            assert 0 < (EARLIER / version / name).stat().st_size < MOST_BYTES, hint


def unpacked(version: str, kind: str, folder: Path) -> Path:
    with tarfile.open(EARLIER / version / f"{kind}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def on_server(folder: Path, server: Cluster) -> None:
    """Load the dump, and let the settings name this server."""
    server.run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", (folder / "store.sql").read_text(encoding="utf-8"))
    file = folder / config.FILE_NAME
    file.write_text(file.read_text(encoding="utf-8").replace('"URL"', f'"{server.url}"'), encoding="utf-8")


@pytest.fixture(params=[f"{version} {kind}" for version in VERSIONS for kind in ("file", "server")])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    version, kind = request.param.split()
    folder = unpacked(version, kind, tmp_path / "ws")
    if kind == "server":
        on_server(folder, request.getfixturevalue("server"))
    return folder, version, json.loads((EARLIER / version / f"{kind}.json").read_text(encoding="utf-8"))


def run(folder: Path, *arguments: object) -> dict[str, Any]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main(["--workspace", str(folder), "--json", *map(str, arguments)])
    answer: dict[str, Any] = json.loads(said.getvalue())
    assert code == 0, answer
    return answer


def differences(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Give the paths at which today's answer is not what was told then; what is told besides today does not count."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from differences(value, now.get(key, "(nothing)"), f"{path}/{key}")
    elif isinstance(then, list) and isinstance(now, list):
        if len(then) != len(now):
            yield f"{path} has {len(now)} parts instead of {len(then)}"
        for number, (one, other) in enumerate(zip(then, now, strict=False)):
            yield from differences(one, other, f"{path}/{number}")
    elif then != now:
        yield f"{path}: {then!r} is now {now!r}"


def test_it_opens_verifies_and_tells_what_it_told(kept):
    folder, version, then = kept
    now = {
        "audit": run(folder, "audit", "verify")["origins"],
        "ledger": run(folder, "ledger", "--season", "2025-2026"),
        "plots": run(folder, "plots", "list", "--season", "2025-2026")["plots"],
        "patrols": run(folder, "patrols", "list")["patrols"],
        "period": run(folder, "period", "show", "2026-Q1") if then["period"] else {},
    }
    with stores.open(folder) as opened:
        now["heads"] = [[h.origin, h.label, h.events, h.head] for h in opened.origins()]
        now["pending"] = [[held.event.origin, held.event.number, held.event.hash] for held in opened.pending()]
        now["fixes"] = sum(len(fixes) for _, fixes in opened.tracks())
        assert all(check.ok for check in verify(opened))
    known = ALWAYS | DIFFERENCES[version] | (OF_A_FILE if (folder / "store.gpkg").exists() else {})
    found = [text for text in differences(then, now) if not any(re.match(pattern, text) for pattern in known)]
    assert found == [], "\n" + "\n".join(found)


EVENTS = (
    "SELECT origin, number, kind, happened_at, recorded_at, payload, previous, hash, signature FROM {} ORDER BY 1, 2"
)


@pytest.fixture
def raw(request: pytest.FixtureRequest, kept: Kept) -> Callable[[], list[tuple[Any, ...]]]:
    """Reads the events beside the program."""
    folder = kept[0]

    def read() -> list[tuple[Any, ...]]:
        if (folder / "store.gpkg").exists():
            with contextlib.closing(sqlite3.connect(folder / "store.gpkg")) as db:
                return db.execute(EVENTS.format("events")).fetchall()
        with contextlib.closing(request.getfixturevalue("server").connect()) as db:
            return [tuple(row) for row in db.execute(EVENTS.format(f"{SCHEMA}.events")).fetchall()]

    return read


def test_migrating_moves_no_event_and_the_index_finds_what_a_full_scan_finds(kept, raw):
    folder, _, then = kept
    before = raw()
    assert len(before) == sum(events for _, _, events, _ in then["heads"])
    with stores.open(folder) as opened:
        assert raw() == before
        assert_indexed(opened)
    if (folder / "store.gpkg").exists():
        with contextlib.closing(sqlite3.connect(folder / "store.gpkg")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
            assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(schema.VERSION,)]


def assert_indexed(opened: RelationalStore) -> None:
    """Compare the search by place with a scan of everything, over the whole and its quarters."""
    for name in ("plots", "candidates", "visits"):
        rows = [row for row in opened.layer(name) if row["geometry"] is not None]
        for area in parts([row["geometry"] for row in rows]):
            found = [row for row in rows if shapely.intersects(row["geometry"], area)]
            assert opened.layer(name, bbox=area.bounds) == found, name
    tracks = [(name, shapely.LineString(list(zip(f.lon, f.lat, strict=True)))) for name, f in opened.tracks()]
    assert tracks
    for area in parts([line for _, line in tracks]):
        found = [name for name, line in tracks if shapely.intersects(line, area)]
        assert [name for name, _ in opened.tracks(bbox=area.bounds)] == found


def parts(shapes: list[Any]) -> list[Any]:
    if not shapes:
        return []
    west, south, east, north = shapely.total_bounds(shapes)
    x, y = (west + east) / 2, (south + north) / 2
    return [shapely.box(*b) for b in ((west, south, east, north), (west, south, x, y), (x, y, east, north))]


@pytest.mark.slow
def test_work_goes_on_in_it_and_a_new_store_learns_all_of_it(kept, tmp_path):
    folder, _, then = kept
    table = tmp_path / "visits.csv"
    table.write_text(
        "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
        "n1,104.7801,20.8602,2026-02-12T09:00+07:00,BP-01,S1;S2,detected,80,tape\n"
    )
    assert run(folder, "visits", "import", table)["visits"][0]["status"] == "accepted"
    run(folder, "bundle", "export", tmp_path / "all.zip")
    run(tmp_path / "new", "init", tmp_path / "new")
    assert run(tmp_path / "new", "bundle", "import", tmp_path / "all.zip")["bundles"][0]["missing_originals"] == []
    for place in (folder, tmp_path / "new"):
        assert run(place, "audit", "verify")["ok"]
    rows = [run(place, "ledger", "--season", "2025-2026")["total"] for place in (folder, tmp_path / "new")]
    assert rows[0] == rows[1]
    assert rows[0]["detected_m2"] == then["ledger"]["total"]["detected_m2"] + 80


def test_a_store_of_a_newer_version_is_refused_and_not_written_to(tmp_path):
    folder = unpacked(VERSIONS[-1], "file", tmp_path / "ws")
    file = folder / "store.gpkg"
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
    before = file.read_bytes()
    with pytest.raises(StorageFailed) as refused:
        stores.open(folder)
    assert refused.value.kind == "store_newer"
    assert file.read_bytes() == before


def test_a_store_of_a_newer_version_on_a_server_is_refused(tmp_path, server):
    folder = unpacked(VERSIONS[-1], "server", tmp_path / "ws")
    on_server(folder, server)
    server.run(f"UPDATE {SCHEMA}.alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFailed) as refused:
        stores.open(folder)
    assert refused.value.kind == "store_newer"


def test_a_folder_without_any_fixture_would_show(monkeypatch):
    monkeypatch.setattr(schema, "VERSION", "0099")
    with pytest.raises(AssertionError):
        test_every_version_of_the_store_has_a_fixture_for_each_kind()
