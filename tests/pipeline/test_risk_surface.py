"""The main path of the risk surface on 128 cells: from files, walks and finds to the files that leave the system."""

import json
import shutil
from datetime import datetime

import numpy as np
import pyogrio
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pipeline.test_risk_season import NOW, grid, on, propose
from risk_world import COLUMNS, ROWS, SOUTH_M, WEST_M, at, drawn, finds, heights, named, small, walk
from shapely.geometry import Point

from eradication.cli import main
from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.pipeline.risk import ground, season
from eradication.pipeline.risk import month as months
from eradication.pipeline.risk import surface as surfaces
from eradication.pipeline.risk.coverage_words import LITTLE_KNOWN, UNKNOWN_COMMUNE
from eradication.pipeline.risk.month import Month
from eradication.pipeline.risk.surface import Wish, surface
from eradication.pipeline.risk.writing import FILES, written
from eradication.risk import posterior
from eradication.risk.surface import intensity


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


@pytest.fixture
def worked(office):
    """The office with villages, two seasons of walks, and finds; too few for weights of its own."""
    drawn(office.folder / "villages.geojson", [Point(at(2.5, 3.5))])
    desk = named(office, distances_village="villages.geojson")
    walk(desk, "BP01", [at(1.2, 1.5), at(6.8, 1.5)], on("2025-02-01"))
    walk(desk, "BP01", [at(1.2, 3.5), at(14.8, 3.5)], on("2026-02-01"))
    finds(desk, [(*at(4.5, 1.5), "2025-02-01", "BP01"), (*at(9.5, 3.5), "2026-02-01", "BP01")])
    return desk


def test_with_few_finds_the_weights_are_the_experts_and_only_the_level_follows(worked):
    found = surface(worked, Wish(NOW))
    assert found.basis == "expert"
    assert found.fit.names == ("village", "past_near", "past_density")
    assert {"elevation", "satellite", "tips_density", "border"} <= set(found.factors_missing)
    assert found.known == (Season(2024), NOW)
    assert found.fit.finds == 2
    # 300 plots were believed before; two finds on what little was searched tell of rather more.
    both = season.rows(worked, found.known, ground.of_workspace(worked))
    assert found.fit.rows == sum(int((one.p > 0).sum()) for one in both)
    assert found.fit.searched == pytest.approx(sum(one.p.sum() for one in both))
    # Between what was believed before and what two finds on so little search tell.
    believed, told = worked.settings.risk.plots, 128 * found.fit.finds / found.fit.searched
    assert believed < found.expected.mean.sum() < told
    assert (found.expected.low <= found.expected.mean).all()
    assert (found.expected.mean <= found.expected.high).all()
    near, far = grid(found.expected.mean)[1, 4], grid(found.expected.mean)[7, 15]
    assert near > 2 * far  # the plot of last season lay there


def test_what_is_left_is_what_was_expected_thinned_by_the_search(worked):
    found = surface(worked, Wish(NOW))
    by_hand = posterior.left(intensity(found.fit, found.design.x).mean, found.fit.k, found.p, found.found)
    assert found.left.mean == pytest.approx(by_hand.mean)
    untouched = found.p == 0
    assert found.left.mean[untouched] == pytest.approx(found.expected.mean[untouched])
    empty = (found.p > 0) & (found.found == 0)
    assert (found.left.mean[empty] < found.expected.mean[empty]).all()
    assert found.m2_mean == pytest.approx(found.expected.mean * found.area_m2[0])
    assert (found.m2_low <= found.m2_mean).all()
    assert found.sums.none[-1] <= found.sums.none[:-1].min()


def test_more_search_without_a_find_leaves_less(worked):
    before = surface(worked, Wish(NOW))
    walk(worked, "BP01", [at(10.2, 6.5), at(15.8, 6.5)], on("2026-02-03"))
    after = surface(worked, Wish(NOW))
    walked = grid(after.p)[6] > 0
    assert walked.sum() >= 5
    assert (grid(after.left.mean)[6][walked] < grid(before.left.mean)[6][walked]).all()


def test_a_rejected_candidate_leaves_less_than_was_expected(worked):
    propose(worked, "doubtful", at(13.5, 6.5), 0.9)
    open_still = surface(worked, Wish(NOW))
    lon, lat = at(13.5, 6.5)
    table = worked.folder / "rejected.csv"
    head = "visit_id,lon,lat,visited_at,unit,officers,outcome,look_alike\n"
    table.write_text(f"{head}r1,{lon},{lat},2026-02-01T09:00+07:00,BP01,S1;S2,rejected,plum_blossom\n")
    from eradication.pipeline import main_path

    assert main_path.record_visits(worked, table)["visits"][0]["status"] == "accepted"
    after = surface(worked, Wish(NOW))
    assert "satellite" in after.fit.names
    assert grid(after.expected.mean)[6, 13] == pytest.approx(grid(open_still.expected.mean)[6, 13])
    assert grid(after.left.mean)[6, 13] < 0.8 * grid(open_still.left.mean)[6, 13]


def test_the_same_surface_twice_is_the_same_and_kept_work_changes_nothing(worked):
    first, second = surface(worked, Wish(NOW)), surface(worked, Wish(NOW))
    assert np.array_equal(first.left.mean, second.left.mean)
    assert np.array_equal(first.sums.left_high, second.sums.left_high)
    other = surface(worked, Wish(NOW, seed=5))
    assert np.array_equal(first.left.mean, other.left.mean)
    assert not np.array_equal(first.sums.expected_high, other.sums.expected_high)


def test_a_season_before_any_walk_rests_on_the_experts_alone(office):
    drawn(office.folder / "villages.geojson", [Point(at(2.5, 3.5))])
    found = surface(named(office, distances_village="villages.geojson"), Wish(NOW))
    assert found.fit.finds == 0
    assert found.expected.mean.sum() == pytest.approx(office.settings.risk.plots)
    assert np.array_equal(found.left.mean, found.expected.mean)


def test_without_any_file_a_surface_is_flat_and_says_what_is_missing(office):
    found = surface(office, Wish(NOW))
    assert found.fit.names == ()
    assert found.expected.mean == pytest.approx(office.settings.risk.plots / 128)
    assert "elevation" in found.factors_missing


def test_in_april_only_late_sowing_stands_and_higher_ground_keeps_the_early(office):
    settings = Settings()
    low, seen = months.shares(Month(2026, 4), NOW, settings, None, 3)
    assert low == pytest.approx([0.5] * 3)
    assert (seen < low).all()
    by_height, _ = months.shares(Month(2026, 4), NOW, settings, np.array([200.0, 1000.0, 1900.0, np.nan]), 4)
    assert by_height[1] == by_height[3] == pytest.approx(0.5)
    assert by_height[0] < 0.5 < by_height[2]
    assert months.shares(Month(2026, 2), NOW, settings, None, 1)[0] == pytest.approx([1.0])
    assert months.shares(Month(2025, 9), NOW, settings, None, 1)[0] == pytest.approx([0.0])


@given(st.integers(0, 8), st.lists(st.floats(0, 3000), min_size=1, max_size=5))
def test_no_more_is_seen_than_stands(number, at_heights):
    month = Month(2025 + (8 + number) // 12, (8 + number) % 12 + 1)
    standing, seen = months.shares(month, NOW, Settings(), np.array(at_heights), len(at_heights))
    assert (seen >= 0).all()
    assert (seen <= standing + 1e-9).all()
    assert (standing <= 1 + 1e-9).all()


@pytest.mark.parametrize("text", ["2026", "2026-13", "feb", "2026-2-1", ""])
def test_what_is_no_month_is_told(text):
    with pytest.raises(UnusableInput) as told:
        months.parse(text, NOW)
    assert told.value.kind == "bad_month"


@pytest.mark.parametrize("text", ["2025-08", "2026-06", "2024-02"])
def test_a_month_of_another_season_is_told_with_its_bounds(text):
    with pytest.raises(UnusableInput) as told:
        months.parse(text, NOW)
    assert told.value.kind == "month_outside_season"
    assert told.value.values["first"] == "2025-09"


def test_of_a_month_only_plots_that_stand_in_it_are_counted(worked):
    whole, april = surface(worked, Wish(NOW)), surface(worked, Wish(NOW, Month(2026, 4)))
    assert april.expected.mean == pytest.approx(0.5 * whole.expected.mean)
    assert april.left.mean == pytest.approx(0.5 * whole.left.mean)
    assert (april.left.none >= whole.left.none).all()
    assert april.sums.none[-1] > whole.sums.none[-1]
    assert np.array_equal(april.found, whole.found)


def test_the_files_say_what_the_surface_says(worked, tmp_path):
    out = tmp_path / "out"
    answer = written(worked, Wish(NOW), out, "en")
    found = surface(worked, Wish(NOW))
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    with rasterio.open(out / "risk.tif") as raster:
        assert (raster.width, raster.height) == (COLUMNS, ROWS)
        assert raster.crs.to_epsg() == 32648
        assert tuple(raster.bounds) == (WEST_M, SOUTH_M, WEST_M + COLUMNS * 250, SOUTH_M + ROWS * 250)
        names = list(raster.descriptions)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.units[names.index("m2")] == "m2"
        assert "never from names" in raster.tags()["basis"]
        assert "simulated" not in raster.tags()
        left = raster.read(names.index("left") + 1)[::-1]
        assert left == pytest.approx(grid(found.left.mean), rel=1e-5)
        assert raster.read(names.index("found") + 1).sum() == 1
    about, _, shapes, columns = pyogrio.raw.read(out / "risk.gpkg", layer="risk")
    cells = dict(zip(about["fields"], columns, strict=True))
    assert about["crs"] == "EPSG:32648"
    assert len(shapes) == COLUMNS * ROWS
    assert cells["left"] == pytest.approx(found.left.mean, rel=1e-6)
    assert set(cells["commune_code"]) == {"04001", "04002"}
    assert "simulated" not in cells
    page = (out / "risk.html").read_text()
    assert "never from names, ethnicity, households" in page
    assert "not an accusation" in page
    assert json.loads((out / "risk.json").read_text()) == json.loads(json.dumps(answer))


def test_the_answer_adds_up(worked, tmp_path):
    answer = written(worked, Wish(NOW, Month(2026, 2)), tmp_path / "out", "vi")
    total, communes = answer["total"], answer["communes"]
    for name in ("cells", "found"):
        assert sum(row[name] for row in communes) == total[name]
    for name in ("expected", "left"):
        assert sum(row[name] for row in communes) == pytest.approx(total[name], abs=0.01)
    assert total["left_low"] <= total["left"] <= total["left_high"]
    assert total["expected_low"] <= total["expected"] <= total["expected_high"]
    assert {"village"} == {row["name"] for row in answer["factors"] if not row["name"].startswith("past")}
    assert all(row["low"] < row["weight"] < row["high"] for row in answer["factors"])
    # A patrol passed two cells north of the old place: its cell was hardly searched, so hardly anything is known of it.
    reuse = answer["reuse"]
    assert (reuse["places"], reuse["again"]) == (1, 0)
    assert reuse["returns"] < 0.01
    assert answer["month"] == "2026-02"
    assert len(answer["top"]) == 20
    assert answer["top"][0]["left"] >= answer["top"][-1]["left"]
    assert 0 < answer["half_of_left_cells"] < 64
    assert answer["this_season"]["patrols"] == 1
    assert answer["simulated"] is False


@pytest.mark.slow
def test_in_a_simulated_workspace_every_file_says_so(demo_folder, tmp_path, capsys):
    # Others read the same demonstration: what a map keeps for itself would change what they are told.
    own = shutil.copytree(demo_folder, tmp_path / "own")
    assert main(["--workspace", str(own), "--lang", "en", "risk", "map", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "SIMULATED" in said
    # Its heights are of one scene: hardly any cell is known, and that is said.
    assert LITTLE_KNOWN.partition(":")[0] in said
    assert UNKNOWN_COMMUNE in said
    assert "< 0.1" in said
    with rasterio.open(tmp_path / "out" / "risk.tif") as raster:
        assert "simulated" in raster.tags()
    assert "simulated" in pyogrio.read_info(tmp_path / "out" / "risk.gpkg", layer="risk")["fields"]
    assert "SIMULATED" in (tmp_path / "out" / "risk.html").read_text()


def test_a_folder_that_is_a_file_and_the_workspaces_own_files_are_refused(worked, tmp_path):
    (tmp_path / "taken").write_text("")
    for out, kind in ((tmp_path / "taken", "not_a_folder"), (worked.folder / "keys", "protected_path")):
        with pytest.raises(UnusableInput) as told:
            written(worked, Wish(NOW), out, "en")
        assert told.value.kind == kind


def test_ground_in_every_factor_gives_a_design_without_gaps(office):
    heights(office.folder / "dem.tif", (104.0, 21.0, 104.2, 21.2), 1 / 1800, np.random.default_rng(1))
    drawn(office.folder / "forest.gpkg", [Point(at(6, 4)).buffer(0.006)])
    found = surface(named(office, terrain_dem="dem.tif", effort_forest="forest.gpkg"), Wish(NOW))
    assert {"elevation", "slope", "sun_january", "roughness", "forest_edge", "forest_share"} <= set(found.fit.names)
    assert np.isfinite(found.design.x).all()
    assert np.isfinite(found.expected.high).all()


def test_what_was_recorded_later_is_not_known_at_an_earlier_moment(worked):
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    found = surface(worked, Wish(NOW, as_of=moment))
    assert found.fit.finds == 0
    assert found.p.sum() == 0
    assert surfaces.surface(worked, Wish(NOW)).fit.finds == 2
