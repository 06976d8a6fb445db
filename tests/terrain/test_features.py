"""What the ground tells a classifier."""

import numpy as np
import pytest
from terrain.test_relief import plane

from eradication.sun import Sun
from eradication.terrain import FEATURES, features, january_sun, relief

JANUARY = january_sun(2026, 104.0, 21.3)
HIGH = Sun(np.radians(5.0), np.radians(90.0))


def test_every_feature_of_the_table_is_given_in_its_order():
    given = features(relief(plane(30.0, 315.0), 10.0), JANUARY, [HIGH])
    assert list(given) == list(FEATURES)
    assert all(values.shape == (8, 9) and values.dtype == np.float32 for values in given.values())


def test_a_north_west_slope_is_described():
    given = features(relief(plane(30.0, 315.0), 10.0), JANUARY, [HIGH, JANUARY])
    middle = {name: float(values[4, 4]) for name, values in given.items()}
    assert middle["slope"] == pytest.approx(30.0, abs=0.01)
    assert middle["northness"] == pytest.approx(0.5 * np.sqrt(0.5), abs=1e-3)
    assert middle["eastness"] == pytest.approx(-0.5 * np.sqrt(0.5), abs=1e-3)
    assert middle["cos_i_january"] == pytest.approx(0.21, abs=0.04)
    assert middle["cos_i_min"] == pytest.approx(middle["cos_i_january"])
    assert middle["cos_i_min"] < middle["cos_i_mean"] < 0.9
    assert 700.0 < middle["elevation"] < 900.0


def test_unknown_ground_and_no_scenes_are_unknown_not_zero():
    z = plane(30.0, 315.0)
    z[3, 3] = np.nan
    given = features(relief(z, 10.0), JANUARY, [HIGH])
    assert all(np.isnan(values[2, 2]) for values in given.values())
    bare = features(relief(plane(30.0, 315.0), 10.0), JANUARY, [])
    assert np.isnan(bare["cos_i_mean"]).all()
    assert np.isnan(bare["cos_i_min"]).all()
    assert np.isfinite(bare["slope"]).all()
