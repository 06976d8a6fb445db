from dataclasses import replace

import numpy as np
import pytest
from scenes import POPPY, cube, described, geobox, lonlat
from shapely.geometry import box

from eradication import features
from eradication.domain import Crop, LookAlike, Outcome, Visit
from eradication.domain.model import LabelledPlace, join, places
from eradication.domain.season import Season
from eradication.features.sampling import DRAWN

STACK = described(cube(patches={(10, 10): POPPY}))


def sampled(visits, *, background=0, seed=0, stack=STACK):
    """Samples of a stack that describes every pixel."""
    return features.sample(stack, features.choose(stack.geobox, visits, background=background, seed=seed))


def place(row, column, positive=True, area=100.0, key=None, geometry=None):
    lon, lat = lonlat(row, column)
    return LabelledPlace(key or f"{row}/{column}", positive, lon, lat, area, geometry)


def test_a_disc_of_one_pixel_falls_mostly_on_its_pixel():
    samples = sampled([place(10, 10)])
    assert samples.weight.max() == pytest.approx(0.9, abs=0.1)
    best = samples.x[samples.weight.argmax()]
    assert best[samples.names.index("bloom_month")] == 6


def test_shares_add_up_to_the_area():
    samples = sampled([place(10.3, 9.7, area=2000.0)])
    assert samples.weight.sum() * 100 == pytest.approx(2000, rel=0.06)


def test_a_tiny_plot_keeps_its_fullest_pixel():
    samples = sampled([place(5, 5, area=8.0)])
    assert len(samples.y) == 1
    assert samples.weight[0] == pytest.approx(0.08, abs=0.01)


def test_a_measured_outline_wins_over_the_disc():
    (west, south), (east, north) = lonlat(12.4, 2.6), lonlat(11.6, 5.4)
    outline = box(west, south, east, north)
    samples = sampled([place(20, 20, geometry=outline)])
    assert len(samples.y) == 3
    assert samples.weight.sum() == pytest.approx(0.8 * 2.8, abs=0.05)


def test_background_is_unlabelled_lighter_apart_from_visits_and_seeded():
    visits = [place(10, 10), place(3, 3, positive=False)]
    stack = replace(STACK, names=("number",), x=STACK.pixels.astype(np.float32)[:, np.newaxis])
    first = sampled(visits, background=50, seed=4, stack=stack)
    again = sampled(visits, background=50, seed=4, stack=stack)
    other = sampled(visits, background=50, seed=5, stack=stack)
    free = first.y == -1
    assert free.sum() == 50
    assert (first.weight[free] < 1).all()
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert set(first.x[free, 0]).isdisjoint({10 * 24 + 10, 10 * 24 + 11, 3 * 24 + 3})
    assert first.count_plots(1) == first.count_plots(0) == 1


def test_places_outside_the_map_or_off_the_earth_give_nothing():
    nowhere = LabelledPlace("x", True, 500.0, 95.0)
    samples = sampled([place(500, 500), nowhere])
    assert samples.x.shape == (0, len(STACK.names))


def test_pixels_of_a_plot_share_its_group():
    samples = sampled([place(10, 10, area=900.0, key="VH-27-001")], background=10)
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
    a = sampled([place(10, 10)], background=5)
    both = join([a, a])
    assert both.names == a.names
    assert len(both.y) == 2 * len(a.y)


def test_the_choice_holds_every_pixel_of_the_samples_before_anything_is_read():
    visits = [place(10, 10, area=900.0), place(3, 3, positive=False)]
    choice = features.choose(STACK.geobox, visits, background=40, seed=2)
    assert np.array_equal(choice.pixels, np.unique(choice.pixels))
    assert choice.pixels.min() >= 0
    assert choice.pixels.max() < 24 * 24
    keep = np.isin(STACK.pixels, choice.pixels)
    some = replace(STACK, pixels=STACK.pixels[keep], x=STACK.x[keep])
    ours, whole = features.sample(some, choice), features.sample(STACK, choice)
    for name in ("x", "y", "weight", "group", "place"):
        assert np.array_equal(getattr(ours, name), getattr(whole, name), equal_nan=name == "x"), name
    assert (ours.y == -1).sum() == 40


def test_pixels_that_were_not_observed_are_left_out_and_background_is_drawn_from_the_rest():
    visits = [place(10, 10, area=900.0), place(3, 3, positive=False)]
    choice = features.choose(STACK.geobox, visits, background=60, seed=1)
    unseen = np.zeros(24 * 24, bool)
    unseen[choice.free[:20]] = True
    unseen[3 * 24 + 3] = True
    keep = ~unseen[STACK.pixels]
    samples = features.sample(replace(STACK, pixels=STACK.pixels[keep], x=STACK.x[keep]), choice)
    whole = features.sample(STACK, choice)
    assert (whole.y == -1).sum() == (samples.y == -1).sum() == 60
    assert samples.count_plots(1) == 1
    assert samples.count_plots(0) == 0
    assert len(samples.y) == len(samples.x) == len(samples.weight) == len(samples.group) == len(samples.place)


def test_background_is_drawn_where_the_gate_lets_it_through_and_visited_places_wherever_they_lie():
    ruled_out = np.zeros((24, 24), bool)
    ruled_out[:, :12] = True
    stack = replace(STACK, ruled_out=ruled_out)
    samples = sampled([place(10, 5), place(3, 3, positive=False)], background=40, stack=stack)
    free = samples.y == -1
    assert free.sum() == 40
    rows_columns = (samples.xy - (stack.geobox.affine.c, stack.geobox.affine.f)) / 10
    assert (rows_columns[free, 0] > 12).all()
    assert (samples.count_plots(1), samples.count_plots(0)) == (1, 1)


def test_with_nothing_described_there_are_no_samples():
    none = replace(STACK, pixels=STACK.pixels[:0], x=STACK.x[:0])
    samples = sampled([place(10, 10)], background=5, stack=none)
    assert samples.x.shape == (0, len(STACK.names))
    assert len(samples.y) == 0


def test_a_grid_larger_than_memory_is_chosen_from_without_being_made():
    grid = geobox(200_000, 200_000)
    visits = [place(100_000, 150_000, area=900.0)]
    choice = features.choose(grid, visits, background=500, seed=3)
    rows, columns = choice.pixel // 200_000, choice.pixel % 200_000
    assert 9 <= len(choice.pixel) <= 21
    assert (abs(rows - 100_000).max(), abs(columns - 150_000).max()) <= (3, 3)
    assert len(choice.free) == len(set(choice.free.tolist())) == DRAWN * 500
    assert choice.free.max() > 30_000_000_000
    again = features.choose(grid, visits, background=500, seed=3)
    assert np.array_equal(choice.free, again.free)
