from dataclasses import replace

import numpy as np
import pytest
from scenes import POPPY, cube, lonlat
from shapely.geometry import box

from eradication import features
from eradication.config import Settings
from eradication.domain import Crop, LookAlike, Outcome, Visit
from eradication.domain.model import LabelledPlace, join, places
from eradication.domain.season import Season

STACK = features.describe(cube(patches={(10, 10): POPPY}), Settings())


def place(row, column, positive=True, area=100.0, key=None, geometry=None):
    lon, lat = lonlat(row, column)
    return LabelledPlace(key or f"{row}/{column}", positive, lon, lat, area, geometry)


def test_a_disc_of_one_pixel_falls_mostly_on_its_pixel():
    samples = features.sample(STACK, [place(10, 10)], background=0)
    assert samples.weight.max() == pytest.approx(0.9, abs=0.1)
    best = samples.x[samples.weight.argmax()]
    assert best[samples.names.index("bloom_month")] == 6


def test_shares_add_up_to_the_area():
    samples = features.sample(STACK, [place(10.3, 9.7, area=2000.0)], background=0)
    assert samples.weight.sum() * 100 == pytest.approx(2000, rel=0.06)


def test_a_tiny_plot_keeps_its_fullest_pixel():
    samples = features.sample(STACK, [place(5, 5, area=8.0)], background=0)
    assert len(samples.y) == 1
    assert samples.weight[0] == pytest.approx(0.08, abs=0.01)


def test_a_measured_outline_wins_over_the_disc():
    (west, south), (east, north) = lonlat(12.4, 2.6), lonlat(11.6, 5.4)
    outline = box(west, south, east, north)
    samples = features.sample(STACK, [place(20, 20, geometry=outline)], background=0)
    assert len(samples.y) == 3
    assert samples.weight.sum() == pytest.approx(0.8 * 2.8, abs=0.05)


def test_background_is_unlabelled_lighter_apart_from_visits_and_seeded():
    visits = [place(10, 10), place(3, 3, positive=False)]
    numbers = np.arange(24 * 24, dtype=np.float32).reshape(1, 24, 24)
    stack = replace(STACK, names=("number",), values=numbers)
    first = features.sample(stack, visits, background=50, seed=4)
    again = features.sample(stack, visits, background=50, seed=4)
    other = features.sample(stack, visits, background=50, seed=5)
    free = first.y == -1
    assert free.sum() == 50
    assert (first.weight[free] < 1).all()
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert set(first.x[free, 0]).isdisjoint({10 * 24 + 10, 10 * 24 + 11, 3 * 24 + 3})
    assert first.count_plots(1) == first.count_plots(0) == 1


def test_places_outside_the_map_or_off_the_earth_give_nothing():
    nowhere = LabelledPlace("x", True, 500.0, 95.0)
    samples = features.sample(STACK, [place(500, 500), nowhere], background=0)
    assert samples.x.shape == (0, len(STACK.names))


def test_pixels_of_a_plot_share_its_group():
    samples = features.sample(STACK, [place(10, 10, area=900.0, key="VH-27-001")], background=10)
    assert set(samples.group[samples.y == 1]) == {"VH-27-001"}
    assert all(g.startswith("background/") for g in samples.group[samples.y == -1])


def visit(name, outcome, row=10.0, column=10.0, **more):
    lon, lat = lonlat(row, column)
    when = Season(2025).ends
    return Visit(name, "BP01", (), when, outcome, lon=lon, lat=lat, **more)


def test_visits_become_one_place_per_plot():
    found = places(
        [
            visit("1", Outcome.DETECTED, area_m2=250.0, crop=Crop.OPIUM_POPPY),
            visit("1-K", Outcome.VERIFIED, row=10.5),
            visit("2", Outcome.REJECTED, row=2, look_alike=LookAlike.COFFEE),
            visit("3", Outcome.NOT_REACHED, row=20),
            visit("4", Outcome.DETECTED, row=18, crop=Crop.CANNABIS),
        ]
    )
    assert [(p.positive, p.area_m2, p.look_alike) for p in found] == [(True, 250.0, ""), (False, None, "coffee")]


def test_a_find_outweighs_a_rejection_of_the_same_plot():
    (only,) = places([visit("1", Outcome.REJECTED, plot_id="p"), visit("2", Outcome.DETECTED, plot_id="p")])
    assert only.positive


def test_joining_keeps_only_common_features():
    a = features.sample(STACK, [place(10, 10)], background=5)
    both = join([a, a])
    assert both.names == a.names
    assert len(both.y) == 2 * len(a.y)
