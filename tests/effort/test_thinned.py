"""A search kept by sub-cells: every figure as it was, squares only as many and all over the cell."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.effort import thinned
from eradication.effort.search import Search, area_m2
from eradication.effort.strips import ROWS, SQUARE_M2

squares = st.integers(0, ROWS * ROWS)
cells = st.lists(
    st.tuples(st.integers(1, 10**9), st.floats(0, 1), squares, squares, st.floats(0, 1e5), st.integers(0, 300)),
    max_size=12,
    unique_by=lambda row: row[0],
)


def search_of(rows):
    rows = sorted(rows)
    cell, p, seen, flower, walked, days = (np.array([row[n] for row in rows], float) for n in range(6))
    whole = days.astype(np.int64)
    bits = [thinned.spread(count * SQUARE_M2) for count in (seen, flower)]
    return Search(cell.astype(np.int64), p, *bits, walked, walked / 3, whole, whole + 730_000)


def figures(found):
    return thinned.plain(found)


@given(cells)
def test_what_is_kept_is_read_again_to_the_last_figure(rows):
    found = search_of(rows)
    again = thinned.read(json.loads(json.dumps(thinned.plain(found))))
    assert figures(again) == figures(found)


@given(squares)
def test_squares_are_as_many_as_were_seen_and_lie_all_over_the_cell(count):
    (bits,) = thinned.spread(np.array([count * SQUARE_M2]))
    flags = (bits[:, None] >> np.arange(ROWS, dtype=np.uint64)) & np.uint64(1)
    assert flags.sum() == count
    quarters = flags.reshape(2, ROWS // 2, 2, ROWS // 2).sum(axis=(1, 3))
    assert np.abs(quarters.astype(float) - count / 4).max() <= 8


@given(cells, cells, cells)
def test_together_nothing_is_counted_twice_and_order_does_not_matter(one, two, three):
    a, b, c = map(search_of, (one, two, three))
    both = thinned.least(a, b)
    assert figures(both) == figures(thinned.least(b, a))
    assert figures(thinned.least(both, c)) == figures(thinned.least(a, thinned.least(b, c)))
    assert figures(thinned.least(a, a)) == figures(a)
    for part in (a, b):
        at = np.searchsorted(both.cell, part.cell)
        assert (both.p[at] >= part.p).all()
        assert (area_m2(both.seen)[at] >= area_m2(part.seen)).all()


def test_a_damaged_record_is_not_taken_for_a_search():
    whole = thinned.plain(search_of([(5, 0.5, 10, 5, 100.0, 2)]))
    for damaged in ({**whole, "p": []}, {k: v for k, v in whole.items() if k != "days"}, {**whole, "cell": ["x"]}):
        with pytest.raises(ValueError, match="damaged"):
            thinned.read(damaged)
