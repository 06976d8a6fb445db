"""The arithmetic of one episode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box
from worlds import HERE

from eradication import geo
from eradication.domain import AreaMethod, CountMethod
from eradication.history.areas import Areas, Measurement, best_count, share, standard_error_m2, whole


def test_destroyed_areas_are_floored_exactly():
    assert share(1000, 0.29) == 290  # 0.29 · 1000 is 290.00000000000006 or 289.99999999999994 in binary
    assert share(333, 0.5) == 166
    assert share(100, 0.07) == 7
    assert (whole(0.5), whole(2.5), whole(2.4999)) == (1, 3, 2)


@pytest.mark.parametrize(
    ("method", "area", "error"),
    [
        (AreaMethod.TAPE, 400.0, 20.0),
        (AreaMethod.UAV, 400.0, 20.0),
        (AreaMethod.PACE, 400.0, 100.0),
        (AreaMethod.ESTIMATE, 400.0, 200.0),
        (AreaMethod.GPS_TRACK, 2000.0, 266.3),  # ±26 % (95 %) under canopy: domain knowledge, section 5
    ],
)
def test_an_area_says_how_sure_it_is(method, area, error):
    assert standard_error_m2(Measurement(area, method)) == pytest.approx(error, rel=1e-3)


def test_a_long_outline_is_less_sure_than_a_compact_one_of_the_same_area():
    side, height = 4e-4, 4e-4
    compact = box(HERE[0], HERE[1], HERE[0] + side, HERE[1] + height)
    long = box(HERE[0], HERE[1], HERE[0] + 8 * side, HERE[1] + height / 8)
    errors = [
        standard_error_m2(Measurement(geo.area_m2(shape), AreaMethod.GPS_VERTICES, shape)) for shape in (compact, long)
    ]
    assert errors[1] > 3 * errors[0]


def test_a_full_count_beats_a_later_quadrat_and_the_last_full_count_wins():
    full, quadrat = CountMethod.FULL, CountMethod.QUADRAT
    assert best_count([(900, quadrat), (812, full), (820, full), (1000, quadrat), (5, None)]) == 820
    assert best_count([(5, None), (7, None)]) == 7
    assert best_count([]) is None


STEPS = {
    "measure": lambda areas, x: areas.remeasured(1 + 2000 * x),
    "destroy": lambda areas, x: areas.eradicated(x),
    "verify": lambda areas, x: areas.confirmed(x),
    "regrow": lambda areas, x: areas.regrown(1500 * x),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.floats(0, 1)), max_size=12))
def test_no_sequence_of_steps_breaks_the_account(steps):
    areas = Areas().remeasured(1000.0)
    for step, x in steps:
        areas = STEPS[step](areas, x)
        assert 0 <= areas.verified <= areas.claimed <= areas.measured
