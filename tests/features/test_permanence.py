import numpy as np
import pytest
from scenes import EVERGREEN, FALLOW, ORCHARD, POPPY, cube

from eradication import features
from eradication.features.permanence import BARE, NEVER_BARE, UNSEEN, bare_share, permanence


def judged(seen):
    return features.never_bare(features.look(seen), features.Dates.of(seen.times, seen.season.start_year))


def test_forest_is_never_bare_a_field_is_and_what_was_not_seen_is_unknown():
    seen = cube(FALLOW, {(3, 3): EVERGREEN, (3, 8): POPPY, (8, 3): EVERGREEN})
    seen.clear[:, 8, 3] = 0
    year = judged(seen)
    assert year[3, 3] == NEVER_BARE
    assert year[3, 8] == year[10, 10] == BARE
    assert year[8, 3] == UNSEEN


def test_the_share_counts_the_years_that_say_something():
    years = [
        np.array([[NEVER_BARE, BARE, UNSEEN, UNSEEN]], np.uint8),
        np.array([[NEVER_BARE, NEVER_BARE, BARE, 0]], np.uint8),
    ]
    share = permanence(years, np.arange(4))
    assert share[:3] == pytest.approx([1, 0.5, 0])
    assert np.isnan(share[3])
    assert np.isnan(permanence([], np.arange(2))).all()


def test_the_share_of_bare_years_is_of_those_that_say_something_too():
    years = [np.array([[said]], np.uint8) for said in (BARE, UNSEEN, NEVER_BARE)]
    assert bare_share(years).tolist() == [[0.5]]
    assert bare_share([years[0], years[1]]).tolist() == [[1.0]]
    assert np.isnan(bare_share([years[1]])).all()


def test_an_orchard_in_bloom_is_still_never_bare():
    assert (judged(cube(ORCHARD)) == NEVER_BARE).all()
