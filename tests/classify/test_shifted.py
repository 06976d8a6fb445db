"""Labelled pixels at other times of the year teach, and never judge."""

from dataclasses import replace

import numpy as np
import pytest
from classify.test_classify import made_up

from eradication import classify
from eradication.classify import held_out
from eradication.classify.fitting import COPY_WEIGHT, Fitter
from eradication.domain.model import join


def with_copies(plots: int = 30, copies: int = 2):
    samples = made_up(plots)
    again = np.repeat(samples.x[None], copies, axis=0) + np.arange(1, copies + 1, dtype=np.float32)[:, None, None]
    again[:, samples.y == -1] = np.nan
    return replace(samples, shifted=again)


@pytest.mark.parametrize("learner", ["trees", "logistic"])
def test_copies_of_the_rows_learned_from_are_learned_from_and_no_others(learner, monkeypatch):
    samples = with_copies()
    seen = {}

    def noted(x, y, weight, *rest):
        seen.update(x=x, y=y, weight=weight)
        return (None,)

    monkeypatch.setattr(f"eradication.classify.fitting.fit_{learner}", noted)
    monkeypatch.setattr("eradication.classify.fitting.standardise", lambda x, scaling: x)
    monkeypatch.setattr("eradication.classify.fitting.fit_networks", lambda *given: ())
    fitter = Fitter.of(samples, learner)
    rows = np.flatnonzero(np.arange(len(samples.y)) % 3 > 0)
    fitter.fit(rows, 0)
    labelled = rows[samples.y[rows] != -1]
    assert len(seen["y"]) == len(rows) + 2 * len(labelled)
    first = slice(len(rows), len(rows) + len(labelled))
    assert np.array_equal(seen["x"][first], fitter.x[labelled] + 1, equal_nan=True)
    assert np.array_equal(seen["y"][first], fitter.y[labelled])
    assert seen["weight"][first] == pytest.approx(COPY_WEIGHT * fitter.weight[labelled])


@pytest.mark.slow
def test_copies_change_what_is_learned_and_neither_counts_nor_envelopes():
    plain, more = (classify.train(s, name="m") for s in (made_up(30), with_copies()))
    assert plain.model_hash != more.model_hash
    assert plain.data_hash != more.data_hash
    assert plain.counts == more.counts
    assert plain.envelopes == more.envelopes


@pytest.mark.slow
def test_only_the_pixels_themselves_are_judged():
    samples = with_copies()
    raw = held_out.scores(samples, held_out.by_plot(samples, 0), Fitter.of(samples, "trees"), 0)
    assert raw.shape == samples.y.shape


def test_copies_follow_their_pixels_and_are_kept_where_all_parts_have_them():
    samples = with_copies()
    some = samples.only(samples.y != 0)
    assert np.array_equal(some.shifted, samples.shifted[:, samples.y != 0], equal_nan=True)
    both = join([samples, with_copies(copies=3)])
    assert both.shifted.shape == (2, 2 * len(samples.y), len(samples.names))
    assert len(join([samples, made_up(12)]).shifted) == 0
