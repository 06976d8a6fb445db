"""Declared parcels come in from the formats they are handed out in, and each that cannot be used is listed."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from eradication import geo
from eradication.config import Limits, Settings
from eradication.errors import RefusedInput
from eradication.ingest import parcels
from eradication.legal_poppy import Kind, declared
from eradication.pipeline.declaring import read_parcels

HERE = (15.0, 48.9)
"""Near the border of Austria and Czechia, where the grids of both are in use."""
SUMMER, WHEAT, HOPS = "3301060602", "3301010101", "3301060200"


def field(metres: float, east: float = 0.0) -> Polygon:
    """Return a square of that side, moved east by metres."""
    lon, lat, _ = geo.GEOD.fwd(*HERE, 90, east)
    right, up = geo.GEOD.fwd(lon, lat, 90, metres)[0], geo.GEOD.fwd(lon, lat, 0, metres)[1]
    return box(lon, lat, right, up)


BOW_TIE = Polygon([(15.0, 48.5), (15.01, 48.51), (15.01, 48.5), (15.0, 48.51)])


def test_each_row_is_used_or_listed_with_its_reason():
    rows = [
        (SUMMER, field(200)),
        (SUMMER, None),
        (SUMMER, Polygon()),
        (SUMMER, LineString([(15, 48), (15.1, 48)])),
        ("706", field(100, 400)),
        ("", field(100, 600)),
        (SUMMER, field(25, 800)),
        (WHEAT, field(5, 900)),
        (WHEAT, field(300, 1000)),
        (HOPS, field(100, 1500)),
    ]
    found = declared(rows)
    assert [(p.key, p.kind) for p in found.poppy] == [("parcel-1", Kind.SUMMER)]
    assert [(p.key, p.group.name) for p in found.look_alikes] == [("parcel-9", "cereals")]
    assert [(s.row, s.reason) for s in found.skipped] == [
        (2, "no_geometry"),
        (3, "no_geometry"),
        (4, "no_geometry"),
        (5, "unknown_code"),
        (6, "unknown_code"),
        (7, "too_small"),
        (8, "too_small"),
    ]
    assert found.other == 1
    assert len(found.poppy) + len(found.look_alikes) + len(found.skipped) + found.other == len(rows)


def test_virtual_plots_keep_away_from_poppy_too_small_to_lend_and_from_unknown_crops():
    found = declared(
        [(SUMMER, field(200)), (SUMMER, field(25, 800)), ("706", field(100, 400)), (WHEAT, field(99, 999))]
    )
    assert len(found.avoid) == 3


def test_a_national_table_makes_unknown_codes_known():
    found = declared([("0706", field(100))], {"706": "3301060600"})
    assert [parcel.kind for parcel in found.poppy] == [Kind.UNSTATED]


def test_a_parcel_that_crosses_itself_is_mended():
    (parcel,) = declared([(SUMMER, BOW_TIE)]).poppy
    assert parcel.geometry.is_valid
    assert isinstance(parcel.geometry, MultiPolygon)


def test_a_long_strip_is_too_narrow_for_a_pure_pixel():
    strip = shapely.box(15.0, 48.5, 15.05, 48.5 + 18 / 111_195)
    assert [s.reason for s in declared([(SUMMER, strip)]).skipped] == ["too_small"]


def test_kinds_and_halves_lend_apart_but_all_poppy_is_avoided():
    codes = ["3301060601", SUMMER, SUMMER, "3301060600"]
    found = declared([(code, field(200, 300 * number)) for number, code in enumerate(codes)])
    assert [p.key for p in found.only(Kind.SUMMER, Kind.UNSTATED).poppy] == ["parcel-2", "parcel-3", "parcel-4"]
    first, second = found.halves()
    assert {p.key for p in first.poppy} & {p.key for p in second.poppy} == set()
    assert len(first.poppy) + len(second.poppy) == 4
    assert len(first.avoid) == len(second.avoid) == 4


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write parcels 200 m wide, 1 km apart, in the format of the name."""

    def to(name: str, codes: list[object], epsg: int, column: str = "EC_hcat_c") -> Path:
        outlines = [field(200, 1000 * number) for number in range(len(codes))]
        frame = geopandas.GeoDataFrame({"id": range(len(codes)), column: codes}, geometry=outlines, crs=4326)
        frame, path = frame.to_crs(epsg), tmp_path / name
        if path.suffix == ".zip":
            frame.to_file(tmp_path / "parcels.shp")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in tmp_path.glob("parcels.*"):
                    archive.write(part, part.name)
        elif path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path)
        return path

    return to


@pytest.mark.parametrize(
    ("name", "epsg", "codes"),
    [
        ("austria.gpkg", 31287, [SUMMER, WHEAT]),
        ("czechia.zip", 5514, [SUMMER, WHEAT]),
        ("fiboa.parquet", 4326, [SUMMER, WHEAT]),
        ("numbers.parquet", 25832, [float(SUMMER), float(WHEAT)]),
        ("numbers.gpkg", 3035, [int(SUMMER), int(WHEAT)]),
    ],
)
def test_parcels_in_national_grids_come_in_where_they_lie(write, name, epsg, codes):
    rows = parcels.read(write(name, codes, epsg), Settings())
    assert [code for code, _ in rows] == [SUMMER, WHEAT]
    shift = [geo.distance_m(*geo.centre(shape), *geo.centre(field(200, 1000 * k))) for k, (_, shape) in enumerate(rows)]
    assert max(shift) < 2.0


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet"])
def test_only_parcels_inside_the_bounds_are_read(write, name):
    path = write(name, [SUMMER, WHEAT, HOPS], 31287)
    bounds = field(150, 1020).bounds
    assert [code for code, _ in parcels.read(path, Settings(), bounds=bounds)] == [WHEAT]


def test_a_file_of_a_country_is_read_with_its_table(write, tmp_path):
    codes = tmp_path / "de.csv"
    codes.write_text("original_code,original_name,HCAT3_code\n706,Mohn,3301060600\n115,Winterweizen,3301010101\n")
    path = write("de.gpkg", ["706", "115", "999"], 25832, column="KULTURCODE")
    found = read_parcels(path, Settings(), column="Kulturcode", codes=codes)
    assert [len(found.poppy), len(found.look_alikes)] == [1, 1]
    assert [(s.row, s.code, s.reason) for s in found.skipped] == [(3, "999", "unknown_code")]


def test_a_file_without_a_column_of_codes_is_refused_with_the_columns_it_has(write):
    path = write("a.gpkg", ["706"], 25832, column="KULTURCODE")
    with pytest.raises(RefusedInput) as caught:
        parcels.read(path, Settings())
    assert caught.value.kind == "no_crop_column"
    assert "KULTURCODE" in str(caught.value)


def test_T1_a_virtual_raster_that_calls_itself_parcels_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>')
    with pytest.raises(RefusedInput) as caught:
        parcels.read(path, Settings())
    assert caught.value.kind == "unknown_format"


def test_a_broken_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + bytes(200))
    with pytest.raises(RefusedInput) as caught:
        parcels.read(path, Settings())
    assert caught.value.kind == "malformed_parquet"


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet"])
def test_too_many_parcels_are_refused(write, name):
    path = write(name, [SUMMER] * 3, 4326)
    with pytest.raises(RefusedInput) as caught:
        parcels.read(path, Settings(limits=Limits(points=2)))
    assert caught.value.kind == "too_costly"
