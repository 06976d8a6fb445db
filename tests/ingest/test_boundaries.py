"""Boundary files come in with their faults named; a point is asked for its commune."""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from eradication import geo
from eradication.config import Settings
from eradication.domain import AdminUnit
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import boundaries, dividing
from eradication.ingest.boundaries import BoundaryFile

DAY = date(2025, 7, 1)
WEST, EAST = box(103.9, 21.3, 104.0, 21.4), box(104.0, 21.3, 104.1, 21.4)
BOW_TIE = Polygon([(103.9, 21.3), (104.0, 21.4), (104.0, 21.3), (103.9, 21.4)])


def unit(code: str, name: str, outline: shapely.Geometry | None = None, **changes: object) -> AdminUnit:
    given: dict[str, object] = {
        "valid_from": DAY,
        "valid_to": None,
        "geometry": outline,
        "lon": 103.95,
        "lat": 21.35,
        "area_km2": None,
        "approximate": True,
        "source": "test",
    }
    return AdminUnit(code=code, name=name, **{**given, **changes})


KNOWN = [unit("03646", "Phường Tô Hiệu"), unit("03670", "Phường Chiềng Cơi")]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a table of polygons in the format its name says."""

    def to(name: str, outlines: list[object], /, epsg: int | None = 4326, **columns: object) -> Path:
        frame = geopandas.GeoDataFrame(columns, geometry=outlines, crs=4326).to_crs(epsg or 4326)
        if epsg is None:
            frame = frame.set_crs(None, allow_override=True)
        path = tmp_path / name
        if path.suffix == ".zip":
            folder = tmp_path / "shp"
            folder.mkdir()
            frame.to_file(folder / "xã.shp", encoding="utf-8")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in folder.iterdir():
                    archive.write(part, f"ranh giới/{part.name}")
        else:
            frame.to_file(path)
        return path

    return to


def read(path: Path, known: list[AdminUnit] = KNOWN) -> BoundaryFile:
    return boundaries.read(path, valid_from=DAY, valid_to=None, known=known, settings=Settings())


def faults(found: BoundaryFile) -> list[tuple[str, str]]:
    return [(w.kind, w.code) for w in found.warnings]


CODES = {"code": ["03646", "03670"], "fullName": ["Phường Tô Hiệu", "Phường Chiềng Cơi"]}


@pytest.mark.parametrize(("name", "kind"), [("a.geojson", "geojson"), ("a.gpkg", "gpkg"), ("a.zip", "shapefile")])
def test_every_format_gives_the_same_units(write, name, kind):
    found = read(write(name, [WEST, EAST], **CODES))
    assert (found.format, found.epsg) == (kind, 4326)
    assert [(u.code, u.name) for u in found.units] == list(zip(*CODES.values(), strict=True))
    assert found.units[0].geometry.equals_exact(WEST, 1e-9) or found.units[0].geometry.equals(WEST)
    assert not any(u.approximate for u in found.units)
    assert {u.source for u in found.units} == {name}
    assert found.warnings == ()
    assert len(found.sha256) == 64


@pytest.mark.parametrize("name", ["vn2000.gpkg", "vn2000.zip"])
def test_T29_a_file_in_vn2000_comes_out_in_its_true_place(write, name):
    found = read(write(name, [WEST, EAST], epsg=9206, **CODES))
    corner = Point(103.9, 21.3)
    assert found.epsg == 9206
    assert min(geo.distance_m(*p, 103.9, 21.3) for p in found.units[0].geometry.exterior.coords) < 0.05
    assert found.units[0].geometry.distance(corner) < 1e-6


def test_T29_a_file_without_a_coordinate_system_is_refused(write):
    with pytest.raises(RefusedInput) as refusal, pytest.warns(UserWarning, match="crs"):
        read(write("none.zip", [WEST, EAST], epsg=None, **CODES))
    assert refusal.value.kind == "crs_needed"


def test_T29_metres_in_a_geojson_that_says_nothing_are_refused(tmp_path):
    square = [[[489000, 2359000], [490000, 2359000], [490000, 2360000], [489000, 2359000]]]
    feature = {
        "type": "Feature",
        "properties": {"code": "03646"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    path = tmp_path / "metres.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(RefusedInput) as refusal:
        read(path)
    assert refusal.value.kind == "crs_needed"


def test_an_outline_that_crosses_itself_is_mended_and_named(write):
    found = read(write("tie.geojson", [BOW_TIE, EAST], **CODES))
    assert faults(found) == [("invalid_geometry", "03646")]
    assert "Self-intersection" in str(found.warnings[0].value)
    assert found.units[0].geometry.is_valid
    assert geo.area_m2(found.units[0].geometry) == pytest.approx(geo.area_m2(WEST) / 2, rel=0.01)


def test_an_outline_that_is_missing_leaves_its_unit_out_and_says_so(write):
    found = read(write("none.geojson", [None, EAST], **CODES))
    assert faults(found) == [("missing_unit", "03646"), ("invalid_geometry", "03646")]
    assert [u.code for u in found.units] == ["03670"]


def test_overlaps_over_a_hectare_name_both_units(write):
    wide = box(103.9, 21.3, 104.001, 21.4)
    found = read(write("over.geojson", [wide, EAST], **CODES))
    [warning] = found.warnings
    assert (warning.kind, warning.code, warning.other) == ("overlap", "03646", "03670")
    assert warning.value == pytest.approx(geo.area_m2(box(104.0, 21.3, 104.001, 21.4)), rel=1e-5)


def test_overlaps_under_a_hectare_are_let_be(write):
    found = read(write("over.geojson", [box(103.9, 21.3, 104.000001, 21.4), EAST], **CODES))
    assert found.warnings == ()


def test_an_area_that_differs_from_the_stated_one_gives_their_ratio(write):
    true_km2 = geo.area_m2(WEST) / 1e6
    stated = [true_km2 / 1.06, geo.area_m2(EAST) / 1e6 / 1.04]
    found = read(write("area.geojson", [WEST, EAST], areaKm2=stated, **CODES))
    assert faults(found) == [("area_differs", "03646")]
    assert found.warnings[0].value == pytest.approx(1.06, abs=1e-4)
    assert found.units[0].area_km2 == pytest.approx(stated[0])


def test_without_a_stated_area_in_the_file_the_one_known_before_is_compared(write):
    known = [unit("03646", "Phường Tô Hiệu", area_km2=geo.area_m2(WEST) / 1e6 * 2), KNOWN[1]]
    found = read(write("area.geojson", [WEST, EAST], **CODES), known)
    assert [(w.kind, w.code, w.value) for w in found.warnings] == [("area_differs", "03646", 0.5)]


def test_two_stated_areas_that_contradict_each_other_are_named(write):
    area = geo.area_m2(WEST) / 1e6
    known = [unit("03646", "Phường Tô Hiệu", area_km2=area / 8), KNOWN[1]]
    found = read(write("area.geojson", [WEST, EAST], areaKm2=[area, area], **CODES), known)
    assert [(w.kind, w.code, w.value) for w in found.warnings] == [("stated_area_conflict", "03646", 8.0)]


def test_unknown_codes_missing_units_and_other_names_are_named(write):
    found = read(write("c.geojson", [WEST, EAST], code=["03646", "99999"], name=["Quyết Thắng", "Mới"]))
    assert faults(found) == [("unknown_code", "99999"), ("missing_unit", "03670"), ("name_differs", "03646")]
    assert found.warnings[2].value == "Quyết Thắng"
    assert [u.name for u in found.units] == ["Quyết Thắng", "Mới"]


def test_a_name_without_its_kind_or_in_decomposed_letters_is_the_same_name(write):
    found = read(write("n.geojson", [WEST, EAST], code=CODES["code"], name=["To\u0302 Hie\u0323\u0302u", "CHIỀNG CƠI"]))
    assert found.warnings == ()
    assert [u.name for u in found.units] == CODES["fullName"]


@pytest.mark.parametrize("column", ["ma_xa", "Mã xã", "wardCode", "MAXA", "id"])
def test_the_property_with_the_code_goes_by_many_names(write, column):
    found = read(write("c.geojson", [WEST, EAST], **{column: ["03646", "03670"]}))
    assert [u.code for u in found.units] == ["03646", "03670"]


def test_codes_that_became_numbers_get_their_zeros_back(write):
    found = read(write("c.gpkg", [WEST, EAST], code=[3646.0, 3670.0]))
    assert [u.code for u in found.units] == ["03646", "03670"]
    assert found.warnings == ()


def test_of_two_properties_the_one_with_known_codes_is_taken(write):
    found = read(write("c.geojson", [WEST, EAST], code=["A", "B"], ma_xa=["03646", "03670"]))
    assert [u.code for u in found.units] == ["03646", "03670"]


def test_a_file_without_codes_is_refused_and_its_properties_are_named(write):
    with pytest.raises(RefusedInput) as refusal:
        read(write("c.geojson", [WEST, EAST], colour=["red", "blue"]))
    assert refusal.value.kind == "no_code_property"
    assert "colour" in str(refusal.value)


def test_polygons_of_one_code_become_one_unit(write):
    found = read(write("d.geojson", [WEST, EAST], code=["03646", "03646"]), KNOWN[:1])
    assert [(w.kind, w.value) for w in found.warnings] == [("duplicate_code", 2.0)]
    assert found.units[0].geometry.area == pytest.approx(WEST.area + EAST.area)


def test_points_are_not_boundaries(write):
    with pytest.raises(RefusedInput) as refusal:
        read(write("p.geojson", [Point(104, 21), Point(103, 21)], **CODES))
    assert refusal.value.kind == "no_polygons"


def test_parts_that_are_no_polygons_are_left_out(write):
    mixed = shapely.GeometryCollection([WEST, Point(103.95, 21.35)])
    found = read(write("m.geojson", [mixed, MultiPolygon([EAST])], **CODES))
    assert [u.geometry.geom_type for u in found.units] == ["Polygon", "Polygon"]


def test_an_end_before_the_beginning_is_refused(write):
    with pytest.raises(UnusableInput) as refusal:
        boundaries.read(
            write("a.geojson", [WEST, EAST], **CODES),
            valid_from=DAY,
            valid_to=date(2025, 6, 30),
            known=KNOWN,
            settings=Settings(),
        )
    assert refusal.value.kind == "bad_dates"


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"<OGRVRTDataSource/>", ".gpkg"),
        (b"SQLite format 3\0" + bytes(84), ".gpkg"),
        (b"not at all", ".zip"),
        (b"{ this is no JSON", ".geojson"),
    ],
    ids=["VRT", "SQLite but no GeoPackage", "text", "broken JSON"],
)
def test_T1_a_file_that_is_something_else_is_refused(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(RefusedInput) as refusal:
        read(path)
    assert refusal.value.kind in {"unknown_format", "unreadable_format"}


def test_T1_a_geojson_that_points_to_another_file_shows_nothing_of_it(tmp_path):
    canary = tmp_path / "canary.csv"
    canary.write_text("code\nCANARY\n")
    layer = f'<OGRVRTLayer name="c"><SrcDataSource>{canary}</SrcDataSource></OGRVRTLayer>'
    path = tmp_path / "a.geojson"
    path.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")
    with pytest.raises(RefusedInput) as refusal:
        read(path)
    assert "CANARY" not in str(refusal.value)


def test_T6_a_zip_that_unpacks_to_far_more_than_it_is_gets_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(20_000_000))
    with pytest.raises(RefusedInput) as refusal:
        read(path)
    assert refusal.value.kind == "bad_archive"


def test_T6_a_zip_with_two_shapefiles_or_none_is_refused(tmp_path):
    for names in ((), ("a.shp", "b.shp")):
        path = tmp_path / f"{len(names)}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "x")
            for name in names:
                archive.writestr(name, "x")
        with pytest.raises(RefusedInput) as refusal:
            read(path)
        assert refusal.value.kind == "unknown_format"


@pytest.mark.slow
def test_the_same_file_gives_the_same_warnings_however_often_it_comes(write):
    area = geo.area_m2(WEST) / 1e6
    known = [unit("03646", "Phường Tô Hiệu", area_km2=area / 8), KNOWN[1]]
    path = write("area.geojson", [WEST, EAST], areaKm2=[area, area], **CODES)
    first = read(path, known)
    assert read(path, [*first.units, *known]) == first
    assert read(path, [*known, *first.units]).warnings == first.warnings != ()


def test_an_area_of_interest_needs_no_codes(write):
    drawn = write("area.gpkg", [WEST, EAST, BOW_TIE], epsg=32648)
    found = boundaries.outlines(drawn, Settings())
    assert [round(geo.area_m2(g)) for g in found[:2]] == [round(geo.area_m2(g)) for g in (WEST, EAST)]
    assert all(g.is_valid for g in found)


def test_an_area_of_interest_without_polygons_is_refused(write):
    with pytest.raises(RefusedInput) as refusal:
        boundaries.outlines(write("p.geojson", [Point(104, 21)]), Settings())
    assert refusal.value.kind == "no_polygons"


def test_a_point_is_in_the_commune_whose_outline_holds_it_on_that_day():
    old = unit("00001", "Xã Cũ", WEST, valid_from=date(1900, 1, 1), valid_to=date(2025, 6, 30))
    where = [old, unit("03646", "Phường Tô Hiệu", WEST), unit("03670", "Phường Chiềng Cơi", EAST)]
    now, before = boundaries.locator(where, DAY), boundaries.locator(where, date(2025, 6, 30))
    assert [now(103.95, 21.35), now(104.05, 21.35), now(105.0, 21.35)] == ["03646", "03670", ""]
    assert [before(103.95, 21.35), before(104.05, 21.35)] == ["00001", ""]


def test_an_official_outline_wins_and_silences_the_approximate_one_of_its_unit():
    rough = unit("03646", "Phường Tô Hiệu", box(103.9, 21.3, 104.06, 21.4))
    exact = unit("03646", "Phường Tô Hiệu", WEST, approximate=False)
    other = unit("03670", "Phường Chiềng Cơi", EAST)
    assert boundaries.locator([rough, other], DAY)(104.05, 21.35) == "03646"
    at = boundaries.locator([rough, exact, other], DAY)
    assert [at(104.05, 21.35), at(103.95, 21.35)] == ["03670", "03646"]


def test_on_a_shared_border_the_official_unit_then_the_lowest_code_is_named():
    west, east = unit("2", "Tây", WEST), unit("1", "Đông", EAST)
    assert boundaries.locator([west, east], DAY)(104.0, 21.35) == "1"
    official = unit("2", "Tây", WEST, approximate=False)
    assert boundaries.locator([official, east], DAY)(104.0, 21.35) == "2"


def test_where_some_outlines_are_official_they_have_the_ground_and_the_map():
    official = unit("03646", "Phường Tô Hiệu", box(103.9, 21.3, 104.02, 21.4), approximate=False)
    rough, swallowed = unit("03670", "Phường Chiềng Cơi", EAST), unit("03671", "Xã", box(103.95, 21.32, 103.98, 21.34))
    both = [official, rough, swallowed]
    at = boundaries.locator(both, DAY)
    assert [at(104.01, 21.35), at(103.96, 21.33), at(104.05, 21.35)] == ["03646", "03646", "03670"]
    here, there, gone = dividing.without_official(both)
    assert here == official
    assert there.geometry.intersection(official.geometry).area == pytest.approx(0.0, abs=1e-15)
    assert there.geometry.union(official.geometry).area == pytest.approx(EAST.union(official.geometry).area)
    assert gone.geometry is None
    assert dividing.without_official([rough]) == [rough]
    across = box(104.0, 21.34, 104.04, 21.36)
    (shares,) = dividing.divider(both, DAY, 100.0)([across])
    assert shares == pytest.approx({"03646": 0.5, "03670": 0.5})


def test_without_outlines_no_point_has_a_commune():
    assert boundaries.locator(KNOWN, DAY)(103.95, 21.35) == ""
    assert boundaries.locator([], DAY)(103.95, 21.35) == ""
