import importlib
from dataclasses import replace

import dask.array
import numpy as np
import pytest
from scenes import FALLOW, GREEN, POPPY, SEASON, TIMES, YELLOW, cube, layer

from eradication import features
from eradication.config import Settings
from eradication.features.windows import median_of_dates, ring_median
from eradication.raster import BANDS

SETTINGS = Settings()


def test_every_feature_of_the_table_is_a_layer_when_all_bands_are_there():
    stack = features.describe(cube(), SETTINGS)
    assert stack.names == tuple(f.name for f in features.FEATURES)
    assert stack.missing == ()
    assert stack.values.shape == (len(stack.names), 24, 24)


def test_names_are_unique_and_every_band_is_known():
    assert len({f.name for f in features.FEATURES}) == len(features.FEATURES)
    assert {b for f in features.FEATURES for b in f.bands} <= set(BANDS)


def test_a_month_without_a_clear_look_stays_unknown():
    given = cube()
    january = TIMES.astype("datetime64[M]") == np.datetime64("2026-01")
    for band in given.bands.values():
        band[january] = np.nan
    stack = features.describe(given, SETTINGS)
    assert np.isnan(layer(stack, "ndvi_jan")).all()
    assert np.isnan(layer(stack, "ndvi_jan_ring")).all()
    assert np.isfinite(layer(stack, "ndvi_feb")).all()


def test_one_pixel_unseen_all_season_is_unobserved_and_nan_everywhere():
    given = cube()
    for band in given.bands.values():
        band[:, 3, 4] = np.nan
    stack = features.describe(given, SETTINGS)
    assert not stack.observed[3, 4]
    assert stack.clear_observations[3, 4] == 0
    assert np.isnan(stack.values[:, 3, 4]).all()
    assert stack.observed.sum() == 24 * 24 - 1


def test_fewer_looks_than_the_setting_are_unobserved():
    given = cube()
    for band in given.bands.values():
        band[2:, 0, 0] = np.nan
    assert not features.describe(given, SETTINGS).observed[0, 0]
    one = replace(SETTINGS, imagery=replace(SETTINGS.imagery, min_clear=2))
    assert features.describe(given, one).observed[0, 0]


def test_features_of_a_missing_band_are_named_and_left_out():
    given = cube()
    without = replace(given, bands={b: v for b, v in given.bands.items() if b != "swir16"})
    stack = features.describe(without, SETTINGS)
    assert "ndmi_jan" in stack.missing
    assert "ndti_winter" in stack.missing
    assert set(stack.names).isdisjoint(stack.missing)
    assert "ndvi_jan" in stack.names


def test_a_cube_with_none_of_the_bands_has_no_features_and_nothing_observed():
    stack = features.describe(replace(cube(), bands={}), SETTINGS)
    assert stack.names == ()
    assert not stack.observed.any()


def test_season_features_tell_the_calendar_of_a_poppy_pixel():
    stack = features.describe(cube(FALLOW, {(12, 12): POPPY}), SETTINGS)

    def value(name):
        return layer(stack, name)[12, 12]

    green = (GREEN["nir"] - GREEN["red"]) / (GREEN["nir"] + GREEN["red"])
    assert value("ndvi_max") == pytest.approx(green, abs=1e-4)
    assert value("bare") == pytest.approx((0.22 - 0.13) / 0.35, abs=1e-4)
    assert value("rise") == pytest.approx(green - value("bare"), abs=1e-4)
    assert value("bloom") == pytest.approx((0.31 - 0.13) / 3, abs=1e-4)
    assert value("bloom_month") == 6  # February
    assert value("rise_ring") > 0.3
    assert layer(stack, "rise_ring")[2, 2] == pytest.approx(0, abs=1e-5)


def test_yellow_petals_show_in_ndyi_at_bloom():
    mustard = {**POPPY, "2026-02": YELLOW}
    stack = features.describe(cube(FALLOW, {(5, 5): POPPY, (18, 18): mustard}), SETTINGS)
    assert layer(stack, "bloom_ndyi")[18, 18] > 0.5 > 0.15 > layer(stack, "bloom_ndyi")[5, 5]


def test_blocks_lazy_or_eager_give_the_same_bits(monkeypatch):
    given = cube(FALLOW, {(12, 12): POPPY, (0, 23): POPPY})
    whole = features.describe(given, SETTINGS)
    step = importlib.import_module("eradication.features.describe")
    monkeypatch.setattr(step, "BLOCK_BYTES", 8 * len(TIMES) * 24 * 4 * 9)  # 8 bands are used, 9 rows fit
    ticks = []
    small = features.describe(given, SETTINGS, lambda done, total: ticks.append((done, total)))
    lazy = replace(given, bands={b: dask.array.from_array(v, chunks=(1, 8, 8)) for b, v in given.bands.items()})
    assert np.array_equal(whole.values, small.values, equal_nan=True)
    assert np.array_equal(whole.values, features.describe(lazy, SETTINGS).values, equal_nan=True)
    assert ticks == [(9, 24), (18, 24), (24, 24)]


def test_months_are_cut_in_local_time():
    # 31 December 20:00 UTC is already January in Sơn La.
    late = np.array(["2025-12-31T20:00"], "datetime64[m]")
    given = replace(cube(), times=late, bands={b: v[:1] for b, v in cube().bands.items()})
    stack = features.describe(given, replace(SETTINGS, imagery=replace(SETTINGS.imagery, min_clear=1)))
    assert np.isfinite(layer(stack, "ndvi_jan")).all()
    assert np.isnan(layer(stack, "ndvi_dec")).all()
    assert stack.season == SEASON


def test_median_skips_nan_and_agrees_with_numpy():
    values = np.random.default_rng(1).random((9, 6, 7)).astype(np.float32)
    values[np.random.default_rng(2).random(values.shape) < 0.4] = np.nan
    values[:, 0, 0] = np.nan
    values[1:, 0, 1] = np.nan
    ours = median_of_dates(values.copy())
    assert np.isnan(ours[0, 0])
    seen = np.isfinite(values).any(axis=0)
    assert ours[seen] == pytest.approx(np.nanmedian(values[:, seen], axis=0))


def test_the_ring_leaves_out_the_plot_itself_and_the_outside():
    values = np.zeros((15, 15), np.float32)
    values[6:9, 6:9] = 1
    ring = ring_median(values)
    assert ring[7, 7] == 0
    assert ring_median(np.full((4, 4), 2.0, np.float32))[0, 0] == 2
