"""The simulated province: its ground, its plots over seasons, what shows of them, and the law of search."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from eradication.config import Effort
from eradication.domain import Season
from eradication.simulation import province as provinces
from eradication.simulation.province import Assumptions, Province
from eradication.simulation.province_seasons import seasons
from eradication.simulation.province_walks import Calendar, Diary, share_covered

SEASON = Season(2024)
FEW = Assumptions(plots=60.0, false_candidates=200.0)


def communes(side_m: float = 10_000.0) -> list[object]:
    """Four square communes side by side, EPSG:32648."""
    west, south = 400_000.0, 2_350_000.0
    return [
        box(west + x * side_m, south + y * side_m, west + (x + 1) * side_m, south + (y + 1) * side_m)
        for y in range(2)
        for x in range(2)
    ]


@pytest.fixture(scope="module")
def province() -> Province:
    return provinces.build(communes(), FEW, seed=4)


def diary(province: Province, seed: int = 0) -> Diary:
    return Diary(province, seasons(province, SEASON, 1)[0], Effort(), np.random.default_rng(seed))


def test_the_cells_are_those_of_effort_and_fill_the_communes(province):
    assert province.cells == 4 * 40 * 40
    assert np.all((province.xy - 125.0) % 250.0 == 0.0)
    assert set(province.grid.commune[province.grid.inside].tolist()) == {0, 1, 2, 3}
    assert np.array_equal(province.grid.cell(province.xy), np.arange(province.cells))
    for number, (row, col) in enumerate(province.land.posts.tolist()):
        assert province.grid.commune[row, col] == number


def test_every_factor_is_known_in_every_cell_and_tells_no_truth(province):
    assert all(np.isfinite(values).all() and values.shape == (province.cells,) for values in province.raw.values())
    assert province.raw["road_m"].min() == 0.0
    assert 9.0 < np.median(province.raw["slope_deg"]) < 15.0
    assert not {"log_intensity", "plots"} & set(province.raw)


def test_the_same_seed_gives_the_same_province_another_another(province):
    again = provinces.build(communes(), FEW, seed=4)
    assert np.array_equal(again.log_intensity, province.log_intensity)
    assert again.weights == province.weights
    assert not np.array_equal(provinces.build(communes(), FEW, seed=5).land.heights_m, province.land.heights_m)


def test_without_weights_nothing_but_noise_says_where_plots_are():
    bare = provinces.build(communes(), replace(FEW, weight_mean={}, noise_sd=0.0), seed=4)
    known = np.isfinite(bare.log_intensity)
    assert np.ptp(bare.log_intensity[known]) == 0.0
    assert (~known).any()  # roads, rivers and villages carry none


def test_plots_have_the_classes_of_the_domain_and_lie_in_their_cells(province):
    many = seasons(provinces.build(communes(), replace(FEW, plots=3000.0, reuse=()), seed=1), SEASON, 1)[0].plots
    shares = [(many.area_m2 >= 2000.0).mean(), (many.area_m2 < 350.0).mean()]
    assert np.allclose(shares, [0.06, 0.55], atol=0.03)
    assert np.array_equal(province.grid.cell(many.xy), many.cell)


def test_old_places_are_planted_again_at_the_assumed_rate():
    built = provinces.build(communes(), replace(FEW, plots=1500.0, reuse=(0.25,)), seed=2)
    years = seasons(built, SEASON, 4)
    again = [np.isin(b.plots.place, a.plots.place).sum() / len(a.plots.place) for a, b in itertools.pairwise(years)]
    assert np.allclose(again, 0.25, atol=0.04)
    first, second = years[0].plots, years[1].plots
    same, mine, theirs = np.intersect1d(first.place, second.place, return_indices=True)
    moved = np.hypot(*(first.xy[mine] - second.xy[theirs]).T)
    assert len(same) > 0
    assert 40.0 < np.median(moved) < 110.0
    none = seasons(provinces.build(communes(), replace(FEW, reuse=()), seed=2), SEASON, 2)
    assert not np.isin(none[1].plots.place, none[0].plots.place).any()


def test_the_satellite_is_blind_to_class_c_and_true_candidates_score_higher():
    built = provinces.build(communes(), replace(FEW, plots=2000.0, false_candidates=2000.0), seed=3)
    year = seasons(built, SEASON, 1)[0]
    true = year.candidates.plot >= 0
    area = year.plots.area_m2
    seen = np.isin(np.arange(len(area)), year.candidates.plot[true])
    assert not seen[area < 350.0].any()
    assert abs(seen[area >= 2000.0].mean() - 0.9) < 0.1
    assert abs(seen[(area >= 350.0) & (area < 2000.0)].mean() - 0.65) < 0.06
    higher = (year.candidates.score[true][:, None] > year.candidates.score[~true][None, :]).mean()
    assert abs(higher - 0.90) < 0.03  # two normals 1.8 deviations apart


@given(metres=st.floats(1.0, 5000.0), more=st.floats(0.0, 5000.0))
@settings(max_examples=30, deadline=None)
def test_longer_walks_cover_more_and_never_all(province, metres, more):
    cells = np.arange(50)
    less, plenty = share_covered(province, cells, metres), share_covered(province, cells, metres + more)
    assert np.all((less > 0.0) & (less <= plenty) & (plenty <= 1.0))


def test_ten_walks_on_one_trail_are_one_trail(province):
    day, cells = SEASON.day("02-15").toordinal(), np.arange(200)
    own = diary(province)
    for _ in range(10):
        own.walk(day, cells)
    assert np.allclose(own.p[cells], share_covered(province, cells, 250.0))
    assert own.p[200:].max() == 0.0
    own.search(day, 0, 1200.0)
    assert share_covered(province, cells[:1], 250.0)[0] < own.p[0] < 1.0


def test_nothing_is_found_before_it_emerges_or_after_it_is_cleared(province):
    own = diary(province)
    for text in ("09-05", "05-31"):
        for cell in range(0, province.cells, 7):
            own.search(SEASON.day(text).toordinal(), cell, 5000.0)
        for candidate in range(len(own.year.candidates.cell)):
            own.visit(SEASON.day(text).toordinal(), candidate)
    assert not own.found.any()


def test_a_search_finds_the_share_that_its_p_says(province):
    plenty = provinces.build(communes(), replace(FEW, plots=4000.0), seed=6)
    own, day = diary(plenty), SEASON.day("02-01").toordinal()
    for cell in range(plenty.cells):
        own.search(day, cell, 1200.0)
    assert abs(own.found.mean() - own.p[own.year.plots.cell].mean()) < 0.03


def test_a_visit_confirms_what_stands_and_an_old_place_is_looked_round(province):
    own, day = diary(province), SEASON.day("03-01").toordinal()
    true = np.flatnonzero(own.year.candidates.plot >= 0)
    for candidate in range(len(own.year.candidates.cell)):
        own.visit(day, candidate)
    assert own.confirmed[true].mean() > 0.9
    assert not np.delete(own.confirmed, true).any()
    left = np.flatnonzero(~own.found)[0]
    assert own.look(day, own.year.plots.xy[left] + [30.0, 0.0]) + own.look(day, own.year.plots.xy[left]) >= 1
    assert own.look(day, own.year.plots.xy[left]) == 0
    assert own.led_to.sum() == own.found.sum()


def test_the_calendar_counts_both_sowings_by_their_share():
    calendar = Calendar.of(SEASON, Effort(), 0.5)
    bloom = SEASON.day("03-01").toordinal()
    assert calendar.known(bloom) == pytest.approx(0.9)
    assert calendar.known(SEASON.day("04-15").toordinal()) == pytest.approx(0.45)
    assert calendar.known(SEASON.day("09-15").toordinal()) == 0.0
