"""What is ruled out, and what more images change about it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scenes import EVERGREEN, FALLOW, MUSTARD, ORCHARD, POPPY, cube

from eradication import features, simulation
from eradication.domain import Season
from eradication.features.gate import SOWN, WINDOWS, Gate
from eradication.raster import Cube
from eradication.simulation.plots import pixel_fractions

SIZE = 24
SPOTS = {(4, 4): POPPY, (4, 18): MUSTARD, (18, 4): EVERGREEN, (18, 18): ORCHARD}


def possible(seen: Cube) -> np.ndarray:
    dates = features.Dates.of(seen.times, seen.season.start_year)
    return features.survey(features.look(seen), dates, features.gate_of(seen.season, seen.times)).possible


def until(seen: Cube, looks: int) -> Cube:
    bands = {name: values[:looks] for name, values in seen.bands.items()}
    return replace(seen, times=seen.times[:looks], bands=bands, clear=seen.clear[:looks])


def test_poppy_and_what_behaves_like_it_pass_forest_and_orchard_do_not():
    able = possible(cube(FALLOW, SPOTS))
    assert able[4, 4]
    assert able[4, 18], "mustard has the same calendar: its colour is the classifier's business"
    assert not able[18, 4]
    assert not able[18, 18]
    assert not able[10, 10], "ground that stays bare all winter carries no crop"


def test_what_was_not_seen_rules_nothing_out():
    blind = cube(EVERGREEN)
    blind.clear[:, 5, 5] = 0
    blind.clear[30, 5, 5] = 1
    able = possible(blind)
    assert able[5, 5], "one look proves nothing"
    assert not able[6, 6]


@given(seed=st.integers(0, 2**32 - 1), early=st.integers(20, 38))
@settings(max_examples=40, deadline=None)
def test_more_images_only_rule_out_more_once_every_field_could_be_seen(seed, early):
    random = np.random.default_rng(seed)
    seen = cube(size=6)
    shape = seen.clear.shape
    bands = {name: random.integers(1050, 5000, shape).astype(np.uint16) for name in ("blue", "red", "nir")}
    # Missed clouds among them: the newest look may turn out to be one.
    bands["blue"] = random.choice([1300, 1400, 2600], shape, p=[0.4, 0.4, 0.2]).astype(np.uint16)
    given_ = replace(seen, bands=bands, clear=(random.random(shape) < 0.7).astype(np.uint8))
    later = possible(given_)
    newest = Gate.of(features.Dates.of(given_.times[:early], 2025).days, 2025)
    assume(len(newest.spans) == len(SOWN))
    before = possible(until(given_, early))
    seen_at_all = until(given_, early).clear.any(axis=0)
    assert not (later & ~before & seen_at_all).any()


def test_a_field_sown_late_is_sought_from_the_day_on_which_its_canopy_can_be_seen():
    days = np.datetime64("2025-09-01").astype("datetime64[D]").astype(int)
    first, last = SOWN[0] + WINDOWS["canopy"][0], SOWN[-1] + WINDOWS["canopy"][0]
    assert [len(Gate.of(np.arange(days, days + n + 1), 2025).spans) for n in (first - 1, first, last - 1, last)] == [
        0,
        1,
        len(SOWN) - 1,
        len(SOWN),
    ]


def test_a_window_that_is_not_over_ends_nothing():
    seen = cube(EVERGREEN)
    september = until(seen, int((seen.times < np.datetime64("2025-09-20")).sum()))
    assert possible(september).all()


def test_hypotheses_cover_the_sowing_season_and_windows_follow_one_another():
    gate = Gate.of(np.arange(20_200, 20_700), 2025, "wide")
    assert gate.spans.shape == (len(SOWN), len(WINDOWS), 2)
    assert (gate.spans[:, :, 1] > gate.spans[:, :, 0]).all()
    assert (np.diff(gate.spans[:, :, 0], axis=0) == 10).all()


@pytest.mark.long
@pytest.mark.slow
def test_on_simulated_seasons_no_plot_that_fills_pixels_is_ruled_out_whole():
    lost, held, passed, land = 0, 0, 0, 0
    for seed in (31, 32, 33):
        world = simulation.build(simulation.Recipe(seed=seed, season=Season(2024), size_px=256))
        able = possible(simulation.cube(world)).ravel()
        poppy = np.zeros(able.size)
        for plot in world.plots:
            pixels, shares = pixel_fractions(plot.polygon, 256)
            poppy[pixels] += shares
            if (shares >= 0.5).any() and str(plot.klass) != "C":
                held += 1
                lost += not able[pixels[shares >= 0.25]].any()
        passed += int(able[poppy == 0].sum())
        land += int((poppy == 0).sum())
    assert held >= 20
    assert lost <= 0.05 * held
    assert passed < 0.5 * land
