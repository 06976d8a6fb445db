"""Where little is known a risk map says so: ties are in no higher class, and the level alone is no risk."""

import html
import json
import re

import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.test_risk_season import NOW
from risk_world import COLUMNS, ROWS, WEST_M, at, commune, drawn, heights, named, small
from shapely.geometry import LineString

from eradication.pipeline.risk import knowing
from eradication.pipeline.risk.coverage_words import UNKNOWN_COMMUNE, percent
from eradication.pipeline.risk.surface import Wish, surface
from eradication.pipeline.risk.writing import written
from eradication.report.risk_files import TOP, classes


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


@pytest.fixture
def scene(office):
    """Heights of four columns of cells in the west only."""
    (west, south), (east, north) = at(0, -1), at(4, ROWS + 1)
    heights(office.folder / "dem.tif", (west, south, east, north), 1 / 3600, np.random.default_rng(1))
    return named(office, terrain_dem="dem.tif")


def test_where_heights_end_the_cells_are_told_by_their_level_alone(scene, tmp_path):
    known = knowing.known(scene, surface(scene, Wish(NOW)))
    part = known.ground.mean()
    assert 0 < part < 0.5
    assert (known.told == known.ground).all()
    assert known.is_little
    answer = written(scene, Wish(NOW), tmp_path / "out", "en")
    shares = {row["name"]: row["known_share"] for row in answer["factors"]}
    assert 0 < shares["elevation"] <= part
    assert answer["known"]["level_only_cells"] == int((~known.told).sum())
    assert [row["known_share"] > 0 for row in answer["communes"]] == [True, False]
    page = html.unescape((tmp_path / "out" / "risk.html").read_text())
    for said in (
        "LITTLE IS KNOWN",
        "Known in less than half of the cells: ",
        UNKNOWN_COMMUNE,
        "nothing known but",
    ):
        assert said in page
    told = re.search(r'"name":\s*"(Xã Đông[^"]*)"', page)
    assert told is None or told[1].endswith("*")
    cells = pyogrio.read_dataframe(tmp_path / "out" / "risk.gpkg", layer="risk")
    assert (cells["level_only"] == ~known.told).all()
    assert json.loads((tmp_path / "out" / "risk.json").read_text())["known"] == answer["known"]


def test_where_everything_is_known_nothing_is_greyed(office, tmp_path):
    (west, south), (east, north) = at(-2, -2), at(COLUMNS + 2, ROWS + 2)
    heights(office.folder / "dem.tif", (west, south, east, north), 1 / 3600, np.random.default_rng(1))
    whole = named(office, terrain_dem="dem.tif")
    assert knowing.known(whole, surface(whole, Wish(NOW))).told.all()
    answer = written(whole, Wish(NOW), tmp_path / "out", "en")
    assert answer["known"]["level_only_cells"] == 0
    assert {row["known_share"] for row in answer["communes"]} == {1.0}
    assert "nothing known but" not in (tmp_path / "out" / "risk.html").read_text()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=400))
def test_no_class_holds_more_than_its_share_and_equal_cells_are_in_one(numbers):
    values = np.array(numbers, float)
    found = classes(values)
    assert found[-1].share == 1.0 or found[-1].least == values.min()
    least = [one.least for one in found]
    assert least == sorted(set(least), reverse=True)
    assert least[-1] == values.min()
    for one in found:
        assert (values >= one.least).sum() <= one.share * len(values) + 1e-9
        assert one.least in values


def test_a_flat_surface_has_one_class():
    assert [one.share for one in classes(np.full(1000, 0.2))] == [1.0]
    spread = classes(np.linspace(0, 1, 1000))
    assert [one.share for one in spread] == [*TOP]
    assert [int((np.linspace(0, 1, 1000) >= one.least).sum()) for one in spread] == [10, 50, 100, 250, 1000]


def test_shares_are_never_rounded_up_and_little_is_not_nothing():
    assert [percent(share, "en") for share in (0.0, 0.0003, 0.29999, 1.0)] == ["0.0 %", "< 0.1 %", "29.9 %", "100.0 %"]
    assert percent(0.0003, "vi") == "< 0,1 %"


def test_a_file_of_part_of_the_communes_is_named_in_the_answer_and_on_the_page(office, tmp_path):
    with office.store.transaction() as transaction:
        transaction.add_units([commune("04003", "Xã Xa", WEST_M + 12_000.0, 2000.0)], [])
    drawn(office.folder / "roads.gpkg", [LineString([at(1, 0), at(1, ROWS)])])
    part = named(office, distances_road="roads.gpkg")
    answer = written(part, Wish(NOW), tmp_path / "out", "vi")
    (row,) = answer["files_partial"]
    assert (row["section"], row["setting"]) == ("distances", "road")
    assert 0.5 < row["known_share"] < 0.8
    (factor,) = [one for one in answer["factors"] if one["name"] == "road"]
    assert factor["known_share"] == pytest.approx(row["known_share"], abs=1e-4)
    assert [one["known_share"] for one in answer["communes"]] == [1.0, 1.0, 0.0]
    said = f"[distances] road ({percent(row['known_share'], 'vi')})"
    assert said in html.unescape((tmp_path / "out" / "risk.html").read_text())
