"""Plot files: the same columns everywhere, text stays text, whole files or none."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import geopandas
import openpyxl
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from report import samples

from eradication import geo
from eradication.domain import State
from eradication.errors import StorageFailed, UnusableInput
from eradication.report import exchange
from eradication.report.view import PlotRow
from eradication.report.words import clean

COLUMNS = (
    "plot_id,code,season,state,class,score,score_kind,area_m2,area_method,area_se_m2,plant_count,commune_code,commune,"
    "first_seen,run,model,x_vn2000,y_vn2000,source"
).split(",")
SUFFIXES = (".geojson", ".gpkg", ".gpx", ".kml", ".parquet", ".xlsx")


def one(state: State = State.DETECTED, simulated: bool = False, **changes: object) -> PlotRow:
    return PlotRow(replace(samples.episode(7, state), **changes), "Xã Vân Hồ", simulated)


def read_xlsx(path: Path) -> list[dict[str, object]]:
    first, *lines = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return [dict(zip(first, line, strict=True)) for line in lines]


def read_geojson(path: Path) -> list[dict[str, object]]:
    return [feature["properties"] for feature in json.loads(path.read_text("utf-8"))["features"]]


def read_gpkg(path: Path) -> list[dict[str, object]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM plots")
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def read_parquet(path: Path) -> list[dict[str, object]]:
    table = geopandas.read_parquet(path)
    return [dict(row) for row in table.drop(columns="geometry").to_dict("records")]


READERS: dict[str, Callable[[Path], list[dict[str, object]]]] = {
    ".xlsx": read_xlsx,
    ".geojson": read_geojson,
    ".gpkg": read_gpkg,
    ".parquet": read_parquet,
}


@pytest.mark.parametrize("suffix", READERS)
def test_every_table_has_the_columns_of_the_contract_in_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plots{suffix}"
    exchange.export([one()], path)
    (row,) = READERS[suffix](path)
    assert list(row) == COLUMNS
    assert row["code"] == "VH-25-007"
    assert row["state"] == "detected"
    assert row["class"] == "B"
    assert row["area_m2"] == 720
    assert row["area_method"] == "tape"
    assert row["area_se_m2"] == pytest.approx(36.0)
    assert row["plant_count"] == 10800
    assert row["commune"] == "Xã Vân Hồ"
    assert row["commune_code"] == "04048"
    assert row["source"] == "satellite"
    assert row["first_seen"] == "2026-02-10T10:00:00+07:00"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_simulated_plot_says_so_in_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plots{suffix}"
    exchange.export([one(simulated=True)], path)
    if suffix == ".gpx":
        assert "SIMULATED" in path.read_text("ascii")
    elif suffix == ".kml":
        assert path.read_text("utf-8").count("simulated") >= 2
    elif suffix == ".gpkg":
        assert geopandas.read_file(path, layer="plots")["simulated"].tolist() == ["mô phỏng / simulated"]
    else:
        assert READERS[suffix](path)[0]["simulated"] == "mô phỏng / simulated"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_plots_give_a_readable_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plots{suffix}"
    exchange.export([], path)
    if suffix in READERS:
        assert READERS[suffix](path) == []
    else:
        assert not ElementTree.parse(path).findall(".//{*}wpt") + ElementTree.parse(path).findall(".//{*}Placemark")


def test_T29_vn2000_columns_agree_with_the_official_check_value(tmp_path: Path) -> None:
    episode = samples.episode(7, State.DETECTED, lon=103.905, lat=21.327)
    exchange.export([PlotRow(episode, "", False)], tmp_path / "plots.geojson")
    (row,) = read_geojson(tmp_path / "plots.geojson")
    assert row["x_vn2000"] == pytest.approx(489_949.46, abs=0.05)
    assert row["y_vn2000"] == pytest.approx(2_359_155.77, abs=0.05)


def test_geojson_is_wgs84_with_seven_decimals_and_keeps_the_area(tmp_path: Path) -> None:
    exchange.export([one()], tmp_path / "plots.geojson")
    (feature,) = json.loads((tmp_path / "plots.geojson").read_text("utf-8"))["features"]
    shape = shapely.geometry.shape(feature["geometry"])
    assert geo.area_m2(shape) == pytest.approx(720, rel=1e-3)
    for value in shapely.get_coordinates(shape).ravel():
        assert round(value, 7) == value


def test_gdal_lists_and_reads_the_geopackage(tmp_path: Path) -> None:
    if which("ogrinfo") is None:
        pytest.skip("no ogrinfo (Debian: apt install gdal-bin)")
    path = tmp_path / "plots.gpkg"
    exchange.export(samples.plots(12), path)
    told = subprocess.run(["ogrinfo", "-so", path, "plots"], capture_output=True, text=True, check=True).stdout
    assert "Feature Count: 12" in told
    assert "Multi Polygon" in told
    for column in COLUMNS:
        assert f"{column}: " in told


def test_the_geopackage_carries_a_default_style_with_every_state(tmp_path: Path) -> None:
    path = tmp_path / "plots.gpkg"
    exchange.export(samples.plots(3), path)
    with closing(sqlite3.connect(path)) as connection:
        ((table, column, qml, default),) = connection.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        )
        layers = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
        geometry = connection.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()[0]
        (checked,) = connection.execute("PRAGMA integrity_check").fetchone()
    assert (table, column, default) == ("plots", geometry, 1)
    assert layers == {"plots": "features", "layer_styles": "attributes"}
    values = {category.get("value") for category in ElementTree.fromstring(qml).iter("category")}
    assert values == {state.value for state in State}
    assert checked == "ok"


def test_a_plot_in_two_pieces_stays_one_feature(tmp_path: Path) -> None:
    episode = samples.episode(7)
    pieces = shapely.MultiPolygon([geo.disc(104.71, 20.79, 300), geo.disc(104.72, 20.79, 400)])
    row = PlotRow(replace(episode, plot=replace(episode.plot, geometry=pieces)), "", False)
    exchange.export([row], tmp_path / "plots.gpkg")
    (geometry,) = geopandas.read_file(tmp_path / "plots.gpkg", layer="plots").geometry
    assert len(geometry.geoms) == 2


def test_a_plot_known_by_a_point_becomes_a_disc_of_its_area(tmp_path: Path) -> None:
    episode = samples.episode(7)
    row = PlotRow(replace(episode, plot=replace(episode.plot, geometry=shapely.Point(104.71, 20.79))), "", False)
    exchange.export([row], tmp_path / "plots.parquet")
    (geometry,) = geopandas.read_parquet(tmp_path / "plots.parquet").geometry
    assert geo.area_m2(geometry) == pytest.approx(720, rel=1e-3)


def test_geoparquet_states_its_crs(tmp_path: Path) -> None:
    exchange.export([one()], tmp_path / "plots.parquet")
    assert pyproj.CRS(geopandas.read_parquet(tmp_path / "plots.parquet").crs).to_epsg() == 4326


def test_gpx_is_ascii_with_short_names_none_of_them_twice(tmp_path: Path) -> None:
    codes = ["VH-25-007", "Điểm trồng số 12 của bản Pà Cò", "Điểm trồng số 13 của bản Pà Cò", "花", "", "VH-25-007"]
    rows = []
    for code in codes:
        episode = samples.episode(7)
        rows.append(PlotRow(replace(episode, plot=replace(episode.plot, code=code)), "Xã Vân Hồ", False))
    path = tmp_path / "plots.gpx"
    exchange.export(rows, path)
    names = [name.text for name in ElementTree.fromstring(path.read_bytes().decode("ascii")).findall(".//{*}name")]
    assert names[0] == "VH-25-007"
    assert names[1] == "DIEMTRONGSO12C"
    assert len(set(names)) == len(codes)
    assert all(name and len(name) <= 14 for name in names)


def test_T7_kml_keeps_hostile_names_as_text(tmp_path: Path) -> None:
    hostile = "]]><script>alert(1)</script>&amp;\x00\x0b<!--"
    episode = samples.episode(7)
    path = tmp_path / "plots.kml"
    exchange.export([PlotRow(replace(episode, plot=replace(episode.plot, code=hostile)), hostile, False)], path)
    root = ElementTree.parse(path).getroot()
    assert not root.findall(".//{*}script")
    assert root.find(".//{*}Placemark/{*}name").text == clean(hostile)
    assert "\x00" not in path.read_text("utf-8")


@given(text=st.text(max_size=40) | st.sampled_from(["=1+1", "+cmd|'/c calc'!A0", "-2", "@SUM(A1)", '=HYPERLINK("x")']))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_T9_no_text_becomes_a_formula_and_numbers_stay_numbers(tmp_path: Path, text: str) -> None:
    episode = samples.episode(7)
    row = PlotRow(replace(episode, plot=replace(episode.plot, code=text), unit=text, model=text), text, False)
    exchange.export([row], tmp_path / "plots.xlsx")
    head, line = openpyxl.load_workbook(tmp_path / "plots.xlsx").active.iter_rows()
    cells = dict(zip([cell.value for cell in head], line, strict=True))
    assert all(cell.data_type != "f" for cell in line)
    # Other than Excel, openpyxl leaves an escape as it is written.
    assert unescape(cells["commune"].value or "") == clean(text)
    assert cells["x_vn2000"].data_type == "n"
    assert isinstance(cells["area_m2"].value, int)


@pytest.mark.parametrize("name", ["plots.shp", "plots", "plots.gpkg.exe"])
def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnusableInput, match="cannot be written") as refused:
        exchange.export([one()], tmp_path / name)
    assert refused.value.kind == "unknown_format"
    assert ".geojson .gpkg .gpx .kml .parquet .xlsx" in refused.value.values["accepted"]
    assert list(tmp_path.iterdir()) == []


def test_the_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    exchange.export([one()], tmp_path / "PLOTS.GPX")
    assert ElementTree.parse(tmp_path / "PLOTS.GPX").findall(".//{*}wpt")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as refused:
        exchange.export([one()], tmp_path / "nowhere" / "plots.gpx")
    assert refused.value.kind == "no_such_folder"


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from report import samples
from eradication.errors import StorageFailed
from eradication.report import exchange
rows = samples.plots(60)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for name in sys.argv[1:]:
    try:
        exchange.export(rows, Path(name))
    except StorageFailed as error:
        print(error.kind)
"""


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    paths = [tmp_path / f"plots{suffix}" for suffix in SUFFIXES]
    for path in paths:
        path.write_bytes(b"old")
    tests = Path(__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *paths], capture_output=True, text=True, cwd=tests, check=False
    )
    assert run.stdout.split() == ["cannot_write"] * len(SUFFIXES), run.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys(paths, b"old")


def test_a_folder_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "plots.kml").mkdir()
    with pytest.raises(StorageFailed) as failed:
        exchange.export([one()], tmp_path / "plots.kml")
    assert failed.value.kind == "cannot_write"
