"""Round trips and places that come later, beside the whole table of times."""

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.config.planning import Plan
from eradication.routing import reach, walking
from eradication.routing.land import Covers, Land

WEST, NORTH, SIZE, ROWS, COLUMNS = 400_000.0, 2_370_000.0, 50.0, 25, 30
RIVER = shapely.LineString([(WEST + 700, NORTH - 2000), (WEST + 760, NORTH - 200)])


def ground(seed: int) -> Land:
    """Return hilly ground with a river that is passed by its northern end."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    heights = 300 + 60 * np.sin(rows / random.uniform(2, 6)) + 60 * np.cos(columns / random.uniform(2, 6))
    return walking.land(heights, Affine(SIZE, 0, WEST, 0, -SIZE, NORTH), Covers(rivers=RIVER), Plan())


def places(seed: int, count: int) -> np.ndarray:
    random = np.random.default_rng([seed, 7])
    return np.column_stack(
        [WEST + random.uniform(0, SIZE * COLUMNS, count), NORTH - random.uniform(0, SIZE * ROWS, count)]
    )


@given(st.integers(0, 1000), st.floats(600, 20000))
@settings(max_examples=15, deadline=None)
def test_a_round_trip_is_the_way_there_and_the_way_back(seed, limit):
    land, at = ground(seed), places(seed, 9)
    whole = walking.times(land, at, np.inf)
    wanted = whole[:2, 2:] + whole[2:, :2].T
    found = reach.round_trips(land, at[:2], at[2:], limit)
    assert np.isinf(found[wanted > limit + 1]).all()
    near = wanted < limit - 1
    assert found[near] == pytest.approx(wanted[near])


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_places_that_come_later_are_as_far_as_if_they_had_been_there(seed):
    land, at = ground(seed), places(seed, 8)
    whole = walking.times(land, at, 1e9)
    assert reach.joined(land, whole[:5, :5], at[:5], at[5:], 1e9) == pytest.approx(whole)
