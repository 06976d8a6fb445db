"""Where a model comes from: seasons put together, a box that hides places, an interval that is said."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_models import model, samples

from eradication import features, geo
from eradication.domain.schooling import Schooling
from eradication.pipeline import schooling


@given(
    st.floats(102.5, 106.5),
    st.floats(19.5, 23.5),
    st.lists(st.tuples(st.floats(0, 9e4), st.floats(0, 9e4)), min_size=1),
)
def test_the_box_holds_every_sample_in_whole_tenths_and_is_never_small(lon, lat, steps):
    ((x, y),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
    xy = np.array([(x + east, y + north) for east, north in steps])
    west, south, east, north = schooling._around(replace(samples(3), xy=xy), geo.UTM48)
    for at_lon, at_lat in geo.transform([tuple(p) for p in xy], geo.UTM48, geo.WGS84):
        assert west - 1e-9 <= at_lon <= east + 1e-9
        assert south - 1e-9 <= at_lat <= north + 1e-9
    edges = np.array([west, south, east, north])
    assert np.array_equal(np.round(edges, 1), edges)


def test_a_single_plot_is_hidden_in_eleven_kilometres():
    xy = np.array([geo.transform([(104.1234567, 21.3456789)], geo.WGS84, geo.UTM48)[0]])
    assert schooling._around(replace(samples(3), xy=xy), geo.UTM48) == (104.1, 21.3, 104.2, 21.4)


def test_no_sample_has_no_box():
    assert schooling._around(replace(samples(3), xy=np.zeros((0, 2))), geo.UTM48) is None


def test_lessons_are_put_together_by_the_season_of_their_images():
    one = Schooling(scenes={"2023-2024": {"b": "05.09"}, "2022-2023": {"a": ""}}, box=(103.8, 21.3, 104.0, 21.5))
    two = Schooling(scenes={"2024-2025": {"c": "05.11"}, "2023-2024": {"a": "05.10"}}, simulated=True)
    three = Schooling(box=(104.3, 20.9, 104.4, 21.4))
    told = schooling.told(replace(model(12)), [one, two, three]).schooling
    assert told.scenes == {
        "2022-2023": {"a": ""},
        "2023-2024": {"a": "05.10", "b": "05.09"},
        "2024-2025": {"c": "05.11"},
    }
    assert told.box == (103.8, 20.9, 104.4, 21.5)
    assert told.simulated
    assert told.definitions == features.definitions(("rise", "bare", "fall"))


@pytest.mark.slow
@pytest.mark.parametrize(("plots", "learner"), [(3, "rules"), (12, "logistic"), (30, "trees")])
def test_the_learner_is_explained(plots, learner):
    told = schooling.told(model(plots), [])
    assert told.learner == learner
    assert f"{plots}:" in told.schooling.reason
