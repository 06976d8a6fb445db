"""European dates are moved by whole days, so that poppy blooms when it does in the province."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.legal_poppy import Kind, Sowing, moved, shift_days
from eradication.raster import Cube

SEASON = Season(2023)
GRID = GeoBox((4, 4), Affine(10, 0, 500_000, 0, -10, 5_400_000), "EPSG:32633")


def cube(*days: str, season: Season = SEASON) -> Cube:
    number = len(days)
    values = np.array([int(day.replace("-", "")) % 60_000 for day in days], np.uint16)
    bands = {"red": np.repeat(values, 16).reshape(number, 4, 4)}
    times = np.array(days, "datetime64[s]")
    return Cube(season, times, bands, np.ones((number, 4, 4), np.uint8), GRID, True, days, (), False)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [(Kind.SUMMER, (6, 21), (7, 15)), (Kind.WINTER, (5, 20), (6, 15)), (Kind.UNSTATED, (6, 21), (7, 15))],
)
@pytest.mark.parametrize("season", [Season(2022), Season(2023)], ids=str)
def test_the_whole_bloom_falls_into_december_to_april(kind, first, last, season):
    year = season.start_year + 1
    for sowing in Sowing:
        days = timedelta(days=shift_days(kind, sowing, season))
        begins, ends = date(year, *first) + days, date(year, *last) + days
        assert date(season.start_year, 12, 1) <= begins < ends <= date(year, 4, 30)


def test_summer_poppy_is_then_sown_in_the_months_of_the_province():
    sown = date(2024, 3, 25)
    early, late = (sown + timedelta(days=shift_days(Kind.SUMMER, s, SEASON)) for s in Sowing)
    assert early.month == 10
    assert late.month == 12


def test_a_bloom_known_better_decides():
    assert shift_days(Kind.SUMMER, Sowing.EARLY, SEASON, date(2024, 6, 20)) == -152


def test_two_seasons_of_images_become_one_in_order_without_doubles():
    first = cube("2023-10-20", "2024-05-05", "2024-05-15")
    second = cube("2024-05-05", "2024-05-15", "2024-06-30", "2025-02-01", season=Season(2024))
    found = moved([second, first], -150, SEASON)
    there = np.array(["2023-10-20", "2024-05-05", "2024-05-15", "2024-06-30"], "datetime64[D]") - np.timedelta64(
        150, "D"
    )
    assert found.times.astype("datetime64[D]").tolist() == there.tolist()
    assert found.bands["red"][:, 0, 0].tolist() == [
        20231020 % 60_000,
        20240505 % 60_000,
        20240515 % 60_000,
        20240630 % 60_000,
    ]
    assert found.season == SEASON
    assert found.clear.shape == (4, 4, 4)
    assert found.facts["dates_moved_days"] == -150


def test_images_of_another_year_are_refused():
    with pytest.raises(UnusableInput) as caught:
        moved([cube("2021-06-30")], -150, SEASON)
    assert caught.value.kind == "no_dates_left"


def test_images_on_two_grids_are_refused():
    other = replace(cube("2024-06-30"), geobox=GeoBox((4, 4), Affine(10, 0, 500_020, 0, -10, 5_400_000), "EPSG:32633"))
    with pytest.raises(UnusableInput) as caught:
        moved([cube("2024-05-30"), other], -150, SEASON)
    assert caught.value.kind == "different_grids"
