import numpy as np
import pytest

from eradication.classify.linear import weighted_sums
from eradication.classify.scale import columns_scale, standardise


def test_a_weighted_sum_is_that_of_standardised_columns_with_the_unknown_at_the_centre():
    random = np.random.default_rng(0)
    x = random.normal(5, 3, (400, 6)).astype(np.float32)
    x[random.random(x.shape) < 0.2] = np.nan
    x[:6, 0] = [np.inf, -np.inf, 1e30, -1e30, 0.0, -0.0]
    columns, weights = [4, 0, 2], np.array([0.5, -2.0, 1.0])
    scaling = columns_scale(np.nan_to_num(x[:, columns], posinf=0, neginf=0))
    expected = 0.25 + standardise(x[:, columns], scaling).astype(float) @ weights
    found = weighted_sums(x, columns, scaling, weights, 0.25)
    assert found == pytest.approx(expected, abs=1e-12)
    assert np.array_equal(weighted_sums(np.asfortranarray(x), columns, scaling, weights, 0.25), found)


@pytest.mark.parametrize(
    ("columns", "scaling", "weights"),
    [
        ([0, 1], ((0, 1),), [1, 1]),
        ([0, 1], ((0, 1), (0, 1)), [1]),
        ([0, 9], ((0, 1), (0, 1)), [1, 1]),
        ([-1], ((0, 1),), [1]),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(columns, scaling, weights):
    with pytest.raises(ValueError, match="do not match"):
        weighted_sums(np.zeros((3, 4), np.float32), columns, scaling, weights, 0.0)
