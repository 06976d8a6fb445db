"""What a unit is sent out with, what comes back, and that nothing leaves without a record."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
import worlds

from eradication.domain import EventKind, Season
from eradication.errors import UnusableInput
from eradication.history.naming import plot_id_of
from eradication.history.payload import candidate_json
from eradication.pipeline import carrying, errands, main_path, opened, printing
from eradication.pipeline.errands import Errand
from eradication.pipeline.handing_in import PatrolOptions
from eradication.store import audit

SEASON = Season(2025)
START, DAY = datetime(2026, 1, 10, 2, 0, tzinfo=UTC), datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
"""In the season of the candidates, which is over when the test is run."""


def errand(unit="BP01", **changes):
    return replace(Errand(unit, SEASON, DAY), **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five candidates: one assigned to each of two units, two open, one dismissed."""
    from eradication.cli import main

    here = tmp_path_factory.mktemp("out") / "ws"
    assert main(["--json", "init", str(here)]) == 0
    with opened(here) as workspace, workspace.store.transaction() as transaction:
        for serial, name in enumerate(("mine", "theirs", "open", "far", "no"), start=1):
            at = worlds.east(70.0 * serial if name != "far" else 20_000.0)
            candidate = replace(worlds.candidate(name, at, score=0.5 + serial / 20), season=SEASON)
            body = {"candidate": candidate_json(candidate), "plot_id": plot_id_of(name), "founding": True}
            body |= {"code": f"VH-26-{serial:03d}", "ambiguous_with": []}
            transaction.append(EventKind.CANDIDATE_PROPOSED, START, body)
        for name, unit in (("mine", "BP01"), ("theirs", "CA02")):
            told = {"plot_id": plot_id_of(name), "season": SEASON.label, "unit": unit}
            transaction.append(EventKind.PLOT_ASSIGNED, START, told)
        told = {"plot_id": plot_id_of("no"), "season": SEASON.label, "reason": "cloud"}
        transaction.append(EventKind.PLOT_DISMISSED, START, told)
    return here


@pytest.fixture
def workspace(folder):
    with opened(folder) as told:
        yield told


def last(workspace, kind):
    return dict(max(workspace.store.events(kinds=[kind]), key=lambda e: e.recorded_at).payload)


def codes(episodes):
    return [episode.plot.code for episode in episodes]


def test_a_unit_gets_its_own_places_and_open_ones_and_never_those_of_another(workspace):
    assert codes(errands.places(workspace, errand())) == ["VH-26-001", "VH-26-004", "VH-26-003"]
    assert codes(errands.places(workspace, errand("CA02"))) == ["VH-26-002", "VH-26-004", "VH-26-003"]
    assert codes(errands.places(workspace, errand("XX"))) == ["VH-26-004", "VH-26-003"]


@pytest.mark.parametrize(
    "arguments",
    [("patrols", "export", "a.shp"), ("field-package", "BP01", "--out", "a.zip"), ("sheets", "BP01", "--out", "a.txt")],
)
def test_a_file_of_another_ending_is_refused_by_the_name_it_was_given(cli, folder, tmp_path, arguments):
    out = tmp_path / arguments[-1]
    ended = cli("--json", "--workspace", folder, *arguments[:-1], out)
    assert (ended.code, ended.json["error"]["kind"], ended.json["error"]["where"]) == (2, "unknown_format", str(out))
    assert not out.exists()


def test_places_may_be_named_but_not_those_of_another_unit(workspace):
    assert codes(errands.places(workspace, errand("", plots=("VH-26-002", plot_id_of("no"))))) == [
        "VH-26-005",
        "VH-26-002",
    ]
    for wrong, kind in ((("VH-26-002",), "of_another_unit"), (("VH-26-099",), "no_such_plot")):
        with pytest.raises(UnusableInput) as refused:
            errands.places(workspace, errand(plots=wrong))
        assert refused.value.kind == kind


def test_nothing_to_visit_is_said_with_what_to_do(workspace):
    with pytest.raises(UnusableInput) as refused:
        errands.places(workspace, errand(communes=("99999",)))
    assert (refused.value.kind, bool(refused.value.hint)) == ("nothing_to_visit", True)
    with pytest.raises(UnusableInput) as refused:
        errands.write_package(workspace, workspace.folder / "a.gpkg", errand(" "), "vi")
    assert refused.value.kind == "unit_missing"


@pytest.mark.parametrize("typed", ["bp01", " BP-01 ", "ＢＰ０１"])
def test_a_unit_gets_its_places_however_its_code_is_typed(workspace, tmp_path, typed):
    told = errands.write_package(workspace, tmp_path / "a.gpkg", errand(typed), "vi")
    assert (told["unit"], told["own"], told["plots"]) == ("BP01", 1, 3)


def filled(package: Path, visits, track=True):
    """Fill a package in as QField does, through SQLite."""
    with closing(sqlite3.connect(package)) as database, database:
        for cells, (lon, lat) in visits:
            blob = b"GP\x00\x01\xe6\x10\x00\x00" + shapely.to_wkb(shapely.Point(lon, lat))
            names = ", ".join(["geom", *cells])
            places = ", ".join("?" * (len(cells) + 1))
            database.execute(f"INSERT INTO visits ({names}) VALUES ({places})", (blob, *cells.values()))
        if track:
            begin_ms = DAY.timestamp() * 1e3
            steps = [f"{104.61 + 1e-4 * i} 20.8 700 {begin_ms + 1e4 * i:.0f}" for i in range(12)]
            line = shapely.from_wkt(f"LINESTRING ZM ({', '.join(steps)})")
            blob = b"GP\x00\x01\xe6\x10\x00\x00" + shapely.to_wkb(line, flavor="iso")
            database.execute("INSERT INTO tracks (geom, name, unit) VALUES (?, 'chuyến 1', 'BP01')", (blob,))


def test_a_package_goes_out_on_record_and_comes_back_as_visits_and_a_track(workspace, tmp_path):
    out = tmp_path / "bp01.gpkg"
    answer = errands.write_package(workspace, out, errand(), "vi")
    told = last(workspace, EventKind.FIELD_PACKAGE_WRITTEN)
    assert told["written_sha256"] == answer["sha256"] == carrying.hashlib.sha256(out.read_bytes()).hexdigest()
    assert (told["unit"], told["season"], told["file"]) == ("BP01", "2025-2026", "bp01.gpkg")
    assert told["plots"] == [plot_id_of(name) for name in ("mine", "far", "open")]
    common = {"unit": "BP01", "officers": "S1;S2", "visited_at": "2026-01-20T08:30:00"}
    found = worlds.east(500.0)
    visits = [
        {"visit_id": "a", "plot_id": plot_id_of("mine"), "outcome": "rejected", "look_alike": "coffee"},
        {"visit_id": "b", "outcome": "detected", "area_m2": 210.0, "area_method": "tape"}
        | {"photo_before": "DCIM/JPEG_20260120.jpg"},
        {"visit_id": "c", "outcome": "detected"},
    ]
    filled(out, [(common | cells, found) for cells in visits])
    entered = main_path.record_visits(workspace, out)["visits"]
    assert [(row["line"], row["status"], row["reason"]) for row in entered] == [
        (1, "accepted", ""),
        (2, "accepted", ""),
        (3, "refused", "missing_field"),
    ]
    assert entered[0]["plot"] == plot_id_of("mine")
    photos = [e.payload["visit"].get("photo_before") for e in workspace.store.events(kinds=[EventKind.VISIT_RECORDED])]
    assert "JPEG_20260120.jpg" in photos
    assert [row["status"] for row in main_path.record_visits(workspace, out)["visits"]][:2] == ["duplicate"] * 2
    [file] = main_path.record_patrols(workspace, [out], PatrolOptions(unit="BP01"))
    assert [(p.name, p.kept, len(p.waypoints)) for p in file.patrols] == [("chuyến 1", 12, 0)]
    assert file.facts["left_out_visits"] == 3


def test_exported_patrols_are_on_record_and_known_as_the_same_walks_again(workspace, tmp_path):
    points = "".join(
        f'<trkpt lat="{20.8 + k * 2e-4}" lon="104.6"><time>2026-01-21T01:{k:02}:00Z</time></trkpt>' for k in range(15)
    )
    source = tmp_path / "a.gpx"
    point = '<wpt lat="20.8" lon="104.6"><name>Lán</name><desc>nhà Lò Văn X</desc></wpt>'
    source.write_text(f'<gpx version="1.1">{point}<trk><name>x</name><trkseg>{points}</trkseg></trk></gpx>', "utf-8")
    [file] = main_path.record_patrols(workspace, [source], PatrolOptions(unit="CA02"))
    [patrol] = file.patrols
    carrying.export_patrols(workspace, tmp_path / "notes.gpx", [patrol.id], notes=True)
    assert "Lò Văn X" in (tmp_path / "notes.gpx").read_text(encoding="utf-8")
    assert last(workspace, EventKind.PATROLS_EXPORTED)["notes"] is True
    for form in ("gpx", "gpkg", "kml", "geojson"):
        out = tmp_path / f"out.{form}"
        answer = carrying.export_patrols(workspace, out, [patrol.id])
        assert (answer["patrols"], answer["fixes"], answer["left_out"]) == (1, 15, 0)
        told = last(workspace, EventKind.PATROLS_EXPORTED)
        assert (told["patrols"], told["written_sha256"], told["all"]) == ([patrol.id], answer["sha256"], False)
        # What was written lies elsewhere: the audit does not look for it among the originals.
        assert all(check.ok for check in audit.verify(workspace.store))
        # What people wrote stays here unless asked for.
        assert "Lò Văn X".encode() not in out.read_bytes()
        assert "Lán".encode() in out.read_bytes()
        [again] = main_path.record_patrols(workspace, [out], PatrolOptions())
        assert again.facts["same_walk_as"] == [patrol.id]
    assert carrying.export_patrols(workspace, out, unit="CA02")["patrols"] == 1
    assert carrying.export_patrols(workspace, out, unit="ca 02")["patrols"] == 1
    for wrong, unit, kind in (
        *((["none"], "", "no_such_patrol"), ([], "nobody", "unknown_unit")),
        ([patrol.id], "BP01", "no_patrols"),
    ):
        with pytest.raises(UnusableInput) as refused:
            carrying.export_patrols(workspace, out, wrong, unit=unit)
        assert refused.value.kind == kind


def test_nothing_is_on_record_that_could_not_be_made_and_nothing_made_without_record(workspace, tmp_path, monkeypatch):
    before = len(workspace.store.events())
    with pytest.raises(UnusableInput):
        carrying.export_patrols(workspace, tmp_path / "a.fit")
    with pytest.raises(UnusableInput):
        errands.write_package(workspace, workspace.folder / "store.gpkg", errand(), "vi")
    with pytest.raises(UnusableInput):
        errands.write_package(workspace, tmp_path / "none" / "a.gpkg", errand(), "vi")
    assert len(workspace.store.events()) == before
    monkeypatch.setattr(type(workspace.store), "transaction", lambda self: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(Exception, match="full"):
        errands.write_package(workspace, tmp_path / "a.gpkg", errand(), "vi")
    assert list(tmp_path.iterdir()) == []


def test_sheets_and_their_table_come_back_through_the_numbers_of_the_forms(workspace, tmp_path):
    table = tmp_path / "table.csv"
    how = printing.Printing(table=table)
    answer = printing.print_sheets(workspace, tmp_path / "a.pdf", errand(plots=("VH-26-003",)), how, "vi")
    assert (answer["pages"], answer["without_curve"]) == (1, 1)
    [form] = last(workspace, EventKind.SHEETS_PRINTED)["forms"]
    assert form == {"form": answer["forms"][0]["form"], "plot_id": plot_id_of("open")}
    assert form["form"].startswith("VH-26-003-P")
    [line] = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig")))
    line |= {"visited_at": "20/01/2026 08:30", "officers": "S1", "outcome": "không phải", "look_alike": "cải"}

    wrong = form["form"][:-1] + ("0" if form["form"][-1] != "0" else "1")
    rows = [{}, {"plot_id": plot_id_of("far"), "outcome": "not_reached"}, {"visit_id": wrong}]
    typed = tmp_path / "typed.csv"
    with typed.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(line))
        writer.writeheader()
        writer.writerows(line | changes for changes in rows)
    right, other, mistyped = main_path.record_visits(workspace, typed)["visits"]
    assert (right["status"], right["plot"]) == ("accepted", plot_id_of("open"))
    assert not {"form_of_another_plot", "form_number_mistyped"} & set(right["checks"])
    assert "form_of_another_plot" in other["checks"]
    assert "form_number_mistyped" in mistyped["checks"]


def test_the_commands_say_what_was_written(cli, folder, tmp_path):
    where = ("--workspace", folder, "--season", "2025-2026", "--date", "2026-01-20")
    packed = cli("--json", "field-package", "BP01", "--out", tmp_path / "a.gpkg", *where)
    assert (packed.code, packed.json["plots"] >= 1, packed.json["season"]) == (0, True, "2025-2026")
    printed = cli(
        "--lang", "en", "sheets", "--plots", "VH-26-004,VH-26-005", "--out", tmp_path / "a.pdf", "--no-curves", *where
    )
    assert (printed.code, "Pages: 2" in printed.out) == (0, True)
    assert cli("sheets", "--out", tmp_path / "b.pdf", *where).code == 2
    gone = cli("--json", "--workspace", folder, "patrols", "export", tmp_path / "a.dat", "--format", "gpx", "--id", "x")
    assert (gone.code, json.loads(gone.out)["error"]["kind"]) == (2, "no_such_patrol")
    plots = cli("--workspace", folder, "plots", "export", tmp_path / "b.dat", "--format", "gpx")
    assert plots.code == 0
    assert b"<wpt" in (tmp_path / "b.dat").read_bytes()
