"""Curves and counts of a list, by hand on lists small enough to count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.validation import FALSE, Kind, Searched, curves, operating
from eradication.validation.matching import match, paired

KIND = Kind.SEASON_OUT


def searched(area_m2, hits, visits, km2=100.0):
    keys = tuple(f"p{i}" for i in range(len(area_m2)))
    return Searched(keys, np.array(area_m2, float), np.array(hits, int), visits, km2)


SEASON = searched([3000, 500, 400, 100], [0, FALSE, 3, 1, FALSE, FALSE], 4)


def test_the_share_found_is_told_for_every_number_of_visits_and_for_the_budget():
    told = dict(curves.recall_by_visits([SEASON], KIND))
    assert {visits: round(figure.value * 3) for visits, figure in told.items()} == {
        1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2,
    }  # fmt: skip
    assert told[4].value == operating.recall([SEASON], KIND).value
    assert all(figure.n == 3 for figure in told.values())
    far = curves.recall_by_visits([searched([3000], [0], 50)], KIND)
    assert [visits for visits, _ in far] == [1, 50]


def test_a_long_list_is_told_by_few_points():
    long = searched([1000.0] * 200, [k if k % 3 == 0 else FALSE for k in range(200)], 77)
    told = curves.recall_by_visits([long], KIND, most=20)
    assert len(told) <= 21
    assert {1, 77, 200} <= {visits for visits, _ in told}
    assert len(curves.thin_froc([long], most=20)) <= 21


@given(st.lists(st.integers(-1, 30), unique_by=lambda k: k if k >= 0 else object(), max_size=40))
def test_every_point_of_the_thinned_curve_lies_on_the_whole_one(hits):
    season = searched([500.0] * 31, hits, 5)
    false, recall = operating.froc([season])
    whole = set(zip(false.tolist(), recall.tolist(), strict=True))
    thin = curves.thin_froc([season], most=5)
    assert set(thin) <= whole
    if hits:
        assert thin[-1] == (false[-1], recall[-1])
        assert [r for _, r in thin] == sorted(r for _, r in thin)


def test_no_candidate_has_no_curve():
    empty = searched([500.0], [], 5)
    assert curves.thin_froc([empty]) == []
    assert [(v, f.value) for v, f in curves.recall_by_visits([empty], KIND)] == [(5, 0.0)]


def test_candidates_that_count_are_those_of_the_matching():
    candidates = np.array([[1.0, 0], [2.0, 0], [90.0, 90.0], [201.0, 0.0]])
    plots, area = np.array([[0.0, 0.0], [200.0, 0.0]]), np.array([400.0, 400.0])
    counted, hits = paired(candidates, plots, area)
    assert counted.tolist() == [0, 2, 3]
    assert hits.tolist() == match(candidates, plots, area).tolist() == [0, FALSE, 1]


PLACES = np.array([[0.0, 0.0], [500.0, 0.0], [1000.0, 0.0], [1500.0, 0.0], [5.0, 0.0]])
POSITIVE = np.array([1, 0, 1, 0, 0])
AREA = np.full(5, 100.0)
LIST = np.array([[499.0, 0.0], [2000.0, 0.0], [4.0, 0.0], [1001.0, 0.0], [1500.0, 0.0]])


def test_only_visited_candidates_within_the_budget_are_checked_and_a_find_comes_first():
    told = curves.checked(LIST, PLACES, AREA, POSITIVE, 4)
    # The third lies nearest to a rejected place, but a find within reach takes it.
    assert told.place.tolist() == [1, 0, 2]
    assert told.positive.tolist() == [False, True, True]
    assert curves.checked(LIST, PLACES, AREA, POSITIVE, 1).place.tolist() == [1]
    assert len(curves.checked(LIST, PLACES[:0], AREA[:0], POSITIVE[:0], 4).place) == 0
    assert len(curves.checked(LIST[:0], PLACES, AREA, POSITIVE, 4).place) == 0


def test_precision_is_told_for_each_key_with_its_number():
    told = curves.precision_by(curves.checked(LIST, PLACES, AREA, POSITIVE, 4), ["jan", "jan", "feb", "feb", "x"], KIND)
    assert {key: (figure.value, figure.n) for key, figure in told.items()} == {"jan": (0.5, 2), "feb": (1.0, 1)}
    assert told["feb"].low == pytest.approx(0.025)
