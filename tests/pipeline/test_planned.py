"""How many cells each stratum gives, and from when a draw counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from worlds import SEASON, World

from eradication.domain import EventKind
from eradication.pipeline import cells, planned, projection

strata = st.lists(st.tuples(st.integers(0, 5000), st.sampled_from([1.0, 3.0])), min_size=1, max_size=8)


@given(strata, st.integers(1, 400))
def test_every_cell_that_is_asked_for_is_given_out_and_no_stratum_gives_more_than_it_has(given_strata, count):
    sizes, weights = [size for size, _ in given_strata], [weight for _, weight in given_strata]
    counts = planned.allocation(sizes, weights, count)
    assert sum(counts) == min(count, sum(sizes))
    assert all(0 <= n <= size for n, size in zip(counts, sizes, strict=True))
    filled = sum(size > 0 for size in sizes)
    if count >= filled:
        assert all(n >= 1 for n, size in zip(counts, sizes, strict=True) if size)


def test_strata_give_by_size_times_weight():
    assert planned.allocation([9000, 1000], [1.0, 1.0], 100) == [90, 10]
    assert planned.allocation([9000, 1000], [1.0, 3.0], 100) == [75, 25]
    assert planned.allocation([9000, 5], [1.0, 3.0], 100) == [99, 1]
    assert planned.allocation([10, 20, 30], [1.0, 1.0, 1.0], 2) == [0, 1, 1]


def test_on_real_ground_a_draw_counts_from_its_record_on_whatever_day_was_named():
    named = datetime(2027, 1, 1, tzinfo=UTC)
    (event,) = World().append(EventKind.CELLS_DRAWN, {}, named).events
    assert event.recorded_at > named
    assert planned.since(event, simulated=False) == event.recorded_at
    assert planned.since(event, simulated=True) == named
    (ahead,) = World().append(EventKind.CELLS_DRAWN, {}, named + timedelta(days=90)).events
    assert planned.since(ahead, simulated=False) == named + timedelta(days=90)


@pytest.mark.parametrize("cell", [9_434_001_546, 8_300_001_200])
def test_a_cells_name_leads_back_to_it(cell):
    assert cells.number_of(cells.name_of(cell)) == cell
    (square,) = cells.squares(np.array([cell]))
    assert square.bounds[:2] == tuple(float(part) for part in cells.name_of(cell).split("_"))
    assert square.area == 62_500


def test_where_heights_are_known_strata_are_bands_of_elevation(office, tmp_path):
    heights = np.repeat(np.array([[500.0, 1000.0, 1500.0, np.nan]], np.float32), 20, axis=1).repeat(200, axis=0)
    place = rasterio.Affine(0.01, 0, 104.6, 0, -0.01, 22.0)
    with rasterio.open(
        office.folder / "dem.tif",
        "w",
        driver="GTiff",
        width=80,
        height=200,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=place,
        nodata=np.nan,
    ) as target:
        target.write(heights, 1)
    terrain = replace(office.settings.terrain, dem="dem.tif")  # a relative path leads from the workspace
    lifted = replace(office, settings=replace(office.settings, terrain=terrain))
    told = projection.replayed(lifted)
    frame = cells.frame(lifted, SEASON, told)
    counts = dict(zip(frame.strata, np.bincount(frame.stratum).tolist(), strict=True))
    assert set(counts) == {"rest/below_800_m", "rest/800_to_1200_m", "rest/above_1200_m", "rest/height_unknown"}
    assert all(count == pytest.approx(len(frame.cells) / 4, rel=0.1) for count in counts.values())
    assert cells.frame(office, SEASON, told).strata == ("rest",)
    assert cells.frame(office, SEASON, told, ["04048"]).units[0].code == "04048"
