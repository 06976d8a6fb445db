"""Compiled networks score as scikit-learn's do, and hold nothing but numbers."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from eradication.classify.network import HIDDEN, NETWORKS, fit_networks, logits
from eradication.classify.scale import columns_scale, standardise


def taught():
    random = np.random.default_rng(4)
    x = random.normal(3, 2, (900, 5)).astype(np.float32)
    y = (x[:, 1] + x[:, 3] > 8).astype(float)
    x[random.random(x.shape) < 0.1] = np.nan
    scaling = columns_scale(x)
    background = np.arange(900) > 500
    networks = fit_networks(standardise(x, scaling), y, np.where(background, 0.5, 1.0), background, 3)
    return x, y, scaling, networks


def of_scikit_learn(networks, z):
    shares = [n.predict_proba(z)[:, 1].astype(float) for n in networks]
    return np.mean([np.log(s / (1 - s)) for s in shares], axis=0)


def test_logits_are_the_mean_of_scikit_learns_whatever_the_strides():
    x, _, scaling, networks = taught()
    assert len(networks) == NETWORKS
    found = logits(networks, x, range(5), scaling)
    assert found == pytest.approx(of_scikit_learn(networks, standardise(x, scaling)), rel=1e-3, abs=1e-4)
    wide = np.full((900, 9), np.nan, np.float32)
    wide[:, [8, 2, 4, 0, 6]] = x
    assert np.array_equal(logits(networks, np.asfortranarray(wide), [8, 2, 4, 0, 6], scaling), found)
    assert np.array_equal(logits(networks, x[100:103], range(5), scaling), found[100:103])


def test_they_learn_and_are_the_same_each_time():
    x, y, scaling, networks = taught()
    score = logits(networks, x, range(5), scaling)
    assert score[y == 1].mean() > score[y == 0].mean() + 0.7
    again = taught()[3]
    for one, other in zip(networks, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.coefs_, other.coefs_, strict=True))
    assert not np.array_equal(networks[0].coefs_[0], networks[1].coefs_[0])


def test_what_the_fit_needed_is_gone():
    for network in taught()[3]:
        assert isinstance(network, MLPClassifier)
        assert network.coefs_[0].shape == (5, HIDDEN)
        assert network._optimizer is network._random_state is None
        assert network.loss_curve_ == []


def test_columns_that_do_not_fit_are_refused():
    x, _, scaling, networks = taught()
    for columns, pairs in ((range(4), scaling[:4]), (range(5), scaling[:4]), ([0, 1, 2, 3, 5], scaling)):
        with pytest.raises(ValueError, match="do not match"):
            logits(networks, x, columns, pairs)
