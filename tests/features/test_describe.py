from dataclasses import replace

import numpy as np
import pytest
from scenes import EVERGREEN, FALLOW, GREEN, POPPY, SEASON, TIMES, YELLOW, Calendar, cube, described

from eradication import features
from eradication.config import Settings
from eradication.features.table import CONTEXT, INDICES, RINGED, SEASONS
from eradication.raster import BANDS, UNKNOWN

SETTINGS = Settings()
MONTH = TIMES.astype("datetime64[M]")


def test_every_feature_of_the_table_is_a_column_when_all_bands_are_there():
    stack = described(cube())
    assert stack.names == tuple(f.name for f in features.COMPUTED)
    assert stack.missing == ()
    assert stack.x.shape == (24 * 24, len(stack.names))
    assert stack.x.dtype == np.float32
    assert stack.pixels.tolist() == list(range(24 * 24))
    assert stack.observed.all()
    assert not stack.ruled_out.any()


def test_names_are_unique_and_every_band_is_known():
    assert len({f.name for f in features.COMPUTED}) == len(features.COMPUTED)
    assert {b for f in features.COMPUTED for b in f.bands} <= set(BANDS)


def test_every_feature_says_what_it_is_and_needs_only_bands_that_are_read():
    for feature in features.COMPUTED:
        assert feature.formula, feature.name
        assert feature.unit, feature.name
        assert feature.window, feature.name
        assert feature.source, feature.name
        assert feature.bands, feature.name
    assert {b for f in features.COMPUTED for b in f.bands} <= set(features.NEEDED)
    assert set(features.LOOK_BANDS) <= set(features.NEEDED)
    assert {f"{name}_ring" for name in RINGED} == {f.name for f in features.COMPUTED if f.name.endswith("_ring")}
    assert {f"{i}_{s}" for i in CONTEXT for s in SEASONS} <= {f.name for f in features.COMPUTED}
    assert set(CONTEXT) <= set(INDICES)


def test_a_month_without_a_clear_look_stays_unknown():
    given = cube()
    given.clear[MONTH == np.datetime64("2026-01")] = 0
    stack = described(given)
    for name in ("ndvi_jan", "ndmi_jan", "nir_jan", "bright_jan", "ndyi_jan", "ebi_jan"):
        assert np.isnan(stack.layer(name)).all(), name
    assert np.isfinite(stack.layer("ndvi_feb")).all()
    assert np.isfinite(stack.layer("nbr_winter")).all()


def test_a_contrast_of_months_without_a_clear_look_stays_unknown_and_neighbours_do_without_it():
    given = cube()
    autumn = np.isin(MONTH, np.array(["2025-08", "2025-09", "2025-10", "2025-11"], "datetime64[M]"))
    given.clear[autumn, 12, 12] = 0
    stack = described(given)
    for name in ("bare_ring", "rise_ring"):
        ring = stack.layer(name)
        assert np.isnan(ring[12, 12])
        assert np.isfinite(ring).sum() == 24 * 24 - 1
    assert np.isfinite(stack.layer("fall_ring")[12, 12])


def test_one_pixel_unseen_all_season_is_unobserved_and_not_described():
    given = cube()
    given.clear[:, 3, 4] = 0
    stack = described(given)
    assert not stack.observed[3, 4]
    assert stack.clear_observations[3, 4] == 0
    assert 3 * 24 + 4 not in stack.pixels
    assert all(np.isnan(stack.layer(name)[3, 4]) for name in stack.names)
    assert stack.observed.sum() == len(stack.pixels) == 24 * 24 - 1


def test_fewer_looks_than_the_setting_are_unobserved():
    given = cube()
    given.clear[2:, 0, 0] = 0
    one = replace(SETTINGS, imagery=replace(SETTINGS.imagery, min_clear=2))
    assert not described(given).observed[0, 0]
    assert described(given, one).observed[0, 0]
    assert described(given, one).clear_observations[0, 0] == 2


def test_a_look_with_a_band_of_the_first_look_missing_is_no_clear_look():
    given = cube()
    for number, name in enumerate(features.LOOK_BANDS):
        given.bands[name][: number + 1, 0, number] = UNKNOWN
    assert described(given).clear_observations[0, :4].tolist() == [len(TIMES) - k for k in (1, 2, 3, 0)]


def test_a_look_with_another_band_missing_stays_and_only_that_band_is_unknown():
    given = cube()
    given.bands["swir16"][MONTH == np.datetime64("2026-01"), 7, 7] = UNKNOWN
    stack = described(given)
    assert stack.clear_observations[7, 7] == len(TIMES)
    assert np.isnan(stack.layer("ndmi_jan")[7, 7])
    assert np.isfinite(stack.layer("nir_jan")[7, 7])
    assert np.isfinite(stack.layer("ndmi_jan")).sum() == 24 * 24 - 1


def test_a_doubtful_look_counts_like_a_clear_one():
    given = cube(FALLOW, {(12, 12): POPPY})
    doubtful = replace(given, clear=given.clear * 2)
    assert doubtful.suspect.all()
    np.testing.assert_array_equal(described(doubtful).x, described(given).x)


@pytest.mark.parametrize("gone", features.NEEDED)
def test_features_of_a_missing_band_are_named_and_left_out_and_no_others(gone):
    given = cube(FALLOW, {(12, 12): POPPY})
    without = replace(given, bands={b: v for b, v in given.bands.items() if b != gone})
    stack, whole = described(without), described(given)
    assert stack.missing == tuple(f.name for f in features.COMPUTED if gone in f.bands)
    assert stack.names == tuple(f.name for f in features.COMPUTED if gone not in f.bands)
    assert stack.missing
    for name in stack.names:
        np.testing.assert_array_equal(stack.layer(name), whole.layer(name))


def test_a_cube_with_none_of_the_bands_has_no_features_and_nothing_observed():
    stack = described(replace(cube(), bands={}))
    assert stack.names == ()
    assert not stack.observed.any()
    assert stack.x.shape == (0, 0)


def test_a_season_without_any_date_has_nothing_observed():
    given = cube()
    none = replace(given, times=TIMES[:0], clear=given.clear[:0], bands={b: v[:0] for b, v in given.bands.items()})
    stack = described(none)
    assert not stack.observed.any()
    assert len(stack.pixels) == 0


def test_season_features_tell_the_calendar_of_a_poppy_pixel():
    stack = described(cube(FALLOW, {(12, 12): POPPY}))

    def value(name):
        return stack.layer(name)[12, 12]

    green = (GREEN["nir"] - GREEN["red"]) / (GREEN["nir"] + GREEN["red"])
    half_a_step = 0.0025 + 1e-6
    assert value("ndvi_max") == pytest.approx(green, abs=half_a_step)
    assert value("bare") == pytest.approx((0.22 - 0.13) / 0.35, abs=half_a_step)
    assert value("rise") == pytest.approx(green - value("bare"), abs=half_a_step)
    assert value("bloom") == pytest.approx((0.31 - 0.13) / 3, abs=1e-6)
    assert value("whitening") == pytest.approx(0.09 - 0.03, abs=0.002)
    assert value("bloom_month") == 6  # February
    assert value("rise_ring") > 0.3
    assert stack.layer("rise_ring")[2, 2] == pytest.approx(0, abs=1e-5)


def test_yellow_petals_show_in_ndyi_at_bloom():
    mustard = {**POPPY, "2026-02": YELLOW}
    stack = described(cube(FALLOW, {(5, 5): POPPY, (18, 18): mustard}))
    assert stack.layer("bloom_ndyi")[18, 18] > 0.5 > 0.15 > stack.layer("bloom_ndyi")[5, 5]


def test_months_are_cut_in_local_time():
    # 31 December 20:00 UTC is already January in Sơn La.
    late = np.array(["2025-12-31T20:00"], "datetime64[m]")
    whole = cube()
    given = replace(whole, times=late, clear=whole.clear[:1], bands={b: v[:1] for b, v in whole.bands.items()})
    stack = described(given, replace(SETTINGS, imagery=replace(SETTINGS.imagery, min_clear=1)))
    assert np.isfinite(stack.layer("ndvi_jan")).all()
    assert np.isnan(stack.layer("ndvi_dec")).all()
    assert stack.season == SEASON


def test_the_gate_lets_poppy_through_and_rules_out_what_is_never_bare_or_never_green():
    rock: Calendar = {"2025-05": dict.fromkeys(BANDS, 0.2)}
    given = cube(FALLOW, {(4, 4): POPPY, (4, 18): EVERGREEN, (18, 4): rock})
    stack = features.describe(given, SETTINGS)
    assert 4 * 24 + 4 in stack.pixels
    assert [stack.ruled_out[spot] for spot in ((4, 4), (4, 18), (18, 4))] == [False, True, True]
    assert stack.observed.all()
    assert stack.pixels.tolist() == np.flatnonzero(~stack.ruled_out).tolist()
    whole = described(given)
    np.testing.assert_array_equal(stack.x, whole.x[np.isin(whole.pixels, stack.pixels)])
