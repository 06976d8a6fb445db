"""Cells described by factors: bands, doublings, the floor round earlier plots, what is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eradication.errors import UnusableInput
from eradication.risk.factors import BY_NAME, FACTORS, RAW, STRIDE, describe

SOME = {
    "elevation_m": np.array([300.0, 900.0, 1400.0, 2600.0]),
    "road_m": np.array([0.0, 500.0, 1500.0, 3500.0]),
    "past_near_m": np.array([0.0, 60.0, 400.0, 50_000.0]),
}


def column(design, name):
    return design.x[:, design.names.index(name)]


def test_factors_are_named_once_and_say_why():
    assert len({f.name for f in FACTORS}) == len({f.raw for f in FACTORS}) == len(FACTORS) == 18
    for factor in FACTORS:
        assert factor.spread > 0
        assert "ssumed" in factor.why or "National Research Council" in factor.why
        assert factor.sign in (-1, 0, 1)
        assert factor.weight * factor.sign >= 0


def test_no_factor_is_of_persons():
    said = " ".join(f"{f.name} {f.raw} {f.words}" for f in FACTORS).lower()
    assert not any(word in said for word in ("household", "ethnic", "person", "name of", "people", "population"))


def test_the_band_of_heights_is_flat_inside_and_falls_off_outside():
    low, inside, high, far = column(describe(SOME), "elevation")
    assert inside == high == 0.5
    assert -0.5 <= far < low < inside


def test_a_distance_counts_in_doublings():
    near, half, two, three = column(describe(SOME), "road") + BY_NAME["road"].centre
    assert (near, half, two, three) == (0.0, 1.0, 2.0, 3.0)


def test_ground_within_the_floor_is_the_plots_own():
    inside, beside, further, far = column(describe(SOME, 100.0), "past_near")
    assert inside == beside
    assert further == inside + 2.0
    assert far == inside + 7.0
    inside, beside, further, _ = column(describe(SOME, 400.0), "past_near")
    assert inside == beside == further


def test_what_is_not_supplied_is_named_and_left_out():
    design = describe(SOME | {"village_m": None, "river_m": np.full(4, np.nan)})
    assert design.names == ("elevation", "road", "past_near")
    assert set(design.missing) == {f.name for f in FACTORS} - set(design.names)
    assert design.x.shape == (4, 3)


def test_without_any_data_there_are_cells_without_factors():
    design = describe({"river_m": np.full(4, np.nan)})
    assert design.names == ()
    assert design.x.shape == (4, 0)
    assert len(design.missing) == len(FACTORS)


def test_roughness_stands_for_limestone_only_where_no_map_of_it_is():
    rough = {"roughness_m": np.array([1.0, 80.0])}
    assert describe(rough).names == ("roughness",)
    assert "karst" in describe(rough).missing
    mapped = describe(rough | {"karst": np.array([0.0, 1.0])})
    assert mapped.names == ("karst",)
    assert "roughness" not in mapped.missing
    unknown = describe(rough | {"karst": np.full(2, np.nan)})
    assert unknown.names == ("roughness",)
    assert "karst" in unknown.missing


def test_an_unknown_cell_takes_the_mean_of_the_known():
    design = describe({"road_m": np.array([0.0, 1500.0, np.nan, np.inf])})
    assert column(design, "road") + BY_NAME["road"].centre == pytest.approx([0.0, 2.0, 1.0, 1.0])


def test_an_unknown_measure_is_refused():
    with pytest.raises(UnusableInput) as caught:
        describe({"households": np.zeros(3)})
    assert caught.value.kind == "unknown_factor"
    assert caught.value.hint
    str(caught.value)


def test_a_cell_is_described_the_same_whichever_others_are():
    whole = describe(SOME)
    part = describe({name: values[1:3] for name, values in SOME.items()})
    assert np.array_equal(whole.x[1:3], part.x)


def test_columns_of_other_seasons_are_neutral_where_they_are_not_there():
    first = describe({"road_m": SOME["road_m"]})
    x = first.of(("past_near", "road", "tips_density"))
    assert np.array_equal(x[:, 1], column(first, "road"))
    assert not x[:, [0, 2]].any()


@given(arrays(float, 6, elements=st.floats(-1e9, 1e9)))
def test_every_transform_is_finite_wherever_its_measure_is(values):
    with np.errstate(all="raise", under="ignore"):
        design = describe(dict.fromkeys((r for r in RAW if r != "roughness_m"), values))
    assert np.isfinite(design.x).all()


@given(st.data())
def test_a_cell_that_holds_an_earlier_plot_is_never_lower_than_one_beside_it(data):
    side = 6
    rows, columns = np.divmod(np.arange(side * side), side)
    cells = rows * STRIDE + columns
    density = data.draw(arrays(float, side * side, elements=st.floats(0, 5)))
    away = data.draw(arrays(float, side * side, elements=st.sampled_from([0.0, 90.0, 150.0, 700.0, 9000.0])))
    design = describe({"past_near_m": away, "past_density": density}, 100.0, cells=cells)
    near, dense = column(design, "past_near"), column(design, "past_density")
    for cell in np.flatnonzero(away <= 100.0):
        beside = (abs(rows - rows[cell]) <= 1) & (abs(columns - columns[cell]) <= 1)
        assert (near[cell] <= near[beside]).all()
        assert (dense[cell] >= dense[beside]).all()
    out = away > 100.0
    assert np.array_equal(dense[out], np.log2(1.0 + density[out]))


def test_cells_far_apart_do_not_raise_one_another():
    cells = np.array([0, 5, STRIDE * 7])
    raw = {"past_near_m": np.array([0.0, 500.0, 0.0]), "past_density": np.array([1.0, 3.0, 0.0])}
    assert column(describe(raw, cells=cells), "past_density") == pytest.approx([1.0, 2.0, 0.0])
