"""Tables of labels: what an analyst digitised becomes places to learn from, and what cannot is refused with its row."""

from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely

from eradication.config import Settings
from eradication.domain.codes import Provenance
from eradication.errors import EradicationError
from eradication.ingest import labels

SETTINGS = Settings()
HEADER = "label_id,label,lon,lat,area_m2,provenance\n"


def table(folder: Path, text: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_read_with_their_provenance_in_both_languages(tmp_path: Path):
    rows = (
        "a,opium_poppy,104.5,21.1,250,photo\nb,thuốc phiện,104.6,21.1,,chuyên gia\n"
        "c,rau cải,104.7,21.1,300,field\nd,coffee,104.8,21.1,,\n"
    )
    found = [row.place for row in labels.read(table(tmp_path, HEADER + rows), SETTINGS)]
    assert [p.positive for p in found] == [True, True, False, False]
    assert [p.look_alike for p in found] == ["", "", "mustard_greens", "coffee"]
    assert [p.provenance for p in found] == [
        Provenance.PHOTO,
        Provenance.EXPERT,
        Provenance.FIELD,
        Provenance.ASSUMED,
    ]
    assert [p.area_m2 for p in found] == [250, None, 300, None]
    assert [p.plot for p in found] == [f"label/labels.csv/{key}" for key in "abcd"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("a,poppies,104.5,21.1,,", "unknown_code"),
        ("a,,104.5,21.1,,", "missing_field"),
        ("a,coffee,,,,", "no_place"),
        ("a,coffee,104.5,,,", "missing_field"),
        ("a,coffee,104.5,21.1,-4,", "bad_area"),
        ("a,coffee,104.5,21.1,1.200,", "ambiguous_number"),
        ("a,coffee,104.5,21.1,,hearsay", "unknown_code"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_go_on(tmp_path: Path, row: str, kind: str):
    path = table(tmp_path, f"{HEADER}x,coffee,104.5,21.2,,\n{row}\n")
    good, bad = labels.read(path, SETTINGS)
    assert good.place is not None
    assert bad.place is None
    assert (bad.line, bad.error.kind, bad.error.where) == (3, kind, "labels.csv: 3")


def test_an_id_that_stands_twice_is_refused_the_second_time(tmp_path: Path):
    rows = "a,coffee,104.5,21.2,,\na,opium_poppy,104.9,21.2,,\n2,coffee,104.6,21.2,,\n,coffee,104.7,21.2,,\n"
    first, second, *others = labels.read(table(tmp_path, HEADER + rows), SETTINGS)
    assert first.place is not None
    assert (second.place, second.line, second.error.kind) == (None, 3, "duplicate_label_id")
    assert all(row.place is not None for row in others), "a number is no line"


def layer(path: Path, epsg: int = 9206) -> Path:
    shapes = [shapely.box(490_000, 2_360_000, 490_030, 2_360_020), shapely.Point(491_000, 2_361_000), None]
    words = ["opium_poppy", "plum_blossom", "coffee"]
    frame = geopandas.GeoDataFrame(
        {"label": words, "Provenance": ["photo", None, None], "area_m2": [None, 200.0, None], "other": [1, 2, 3]},
        geometry=shapes,
        crs=epsg,
    )
    frame.to_file(path, driver="GPKG" if path.suffix == ".gpkg" else "ESRI Shapefile")
    return path


def test_a_geopackage_brings_outlines_in_its_own_crs(tmp_path: Path):
    path = layer(tmp_path / "digitised.gpkg")
    assert labels.is_table_of_labels(path, SETTINGS)
    drawn, point, nowhere = labels.read(path, SETTINGS)
    assert drawn.place.geometry is not None
    assert drawn.place.area_m2 == pytest.approx(600, rel=0.002)
    assert (drawn.place.positive, drawn.place.provenance) == (True, Provenance.PHOTO)
    assert 103.8 < drawn.place.lon < 104.1
    assert 21.2 < drawn.place.lat < 21.5
    assert (point.place.look_alike, point.place.area_m2, point.place.provenance) == (
        "plum_blossom",
        200,
        Provenance.ASSUMED,
    )
    assert nowhere.error.kind == "no_place"


def test_spreadsheets_and_geojson_are_read_as_well(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (["label", "lon", "lat"], ["coffee", 104.5, 21.1]):
        book.active.append(row)
    book.save(tmp_path / "labels.xlsx")
    (row,) = labels.read(tmp_path / "labels.xlsx", SETTINGS)
    assert (row.place.look_alike, row.place.lon) == ("coffee", 104.5)
    frame = geopandas.GeoDataFrame({"label": ["opium_poppy"]}, geometry=[shapely.Point(104.5, 21.1)], crs=4326)
    frame.to_file(tmp_path / "labels.geojson", driver="GeoJSON")
    (row,) = labels.read(tmp_path / "labels.geojson", SETTINGS)
    assert (row.place.positive, row.place.lat) == (True, 21.1)


def test_a_visit_table_is_told_from_a_table_of_labels(tmp_path: Path):
    visits = table(tmp_path, "visit_id,outcome,label\n1,rejected,x\n", "visits.csv")
    assert not labels.is_table_of_labels(visits, SETTINGS)
    assert labels.is_table_of_labels(table(tmp_path, HEADER), SETTINGS)


@pytest.mark.parametrize(
    ("text", "kind"), [("lon,lat\n1,2\n", "not_a_label_table"), (HEADER, "no_content"), ("", "empty_file")]
)
def test_a_table_without_labels_is_refused_whole(tmp_path: Path, text: str, kind: str):
    with pytest.raises(EradicationError) as refused:
        labels.read(table(tmp_path, text), SETTINGS)
    assert refused.value.kind == kind


def test_a_layer_without_a_label_column_is_refused(tmp_path: Path):
    path = tmp_path / "plain.gpkg"
    geopandas.GeoDataFrame({"name": ["x"]}, geometry=[shapely.Point(104.5, 21.1)], crs=4326).to_file(path)
    with pytest.raises(EradicationError, match="column label"):
        labels.read(path, SETTINGS)
