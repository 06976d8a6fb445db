"""What held-out scores of samples say, and what is strange among samples."""

from dataclasses import replace

import numpy as np
import pytest
from validation.test_splits import land

from eradication.validation import Kind, held_out, oddities, splits


def test_plots_pass_where_they_score_above_the_background_of_their_side():
    samples = land(plots=24)
    parts = list(splits.season_out(samples))
    raw = np.where(samples.y == 1, 0.9, 0.1)
    raw[samples.y == -1] = np.linspace(0, 0.5, int((samples.y == -1).sum()))
    figures = {f.name: f for f in held_out.figures(samples, parts, raw)}
    assert (figures["poppy_plots_that_pass"].value, figures["poppy_plots_that_pass"].n) == (1.0, 16)
    assert (figures["rejected_places_that_pass"].value, figures["rejected_places_that_pass"].n) == (0.0, 8)
    assert {f.kind for f in figures.values()} == {Kind.SEASON_OUT}
    assert all(0 <= f.low <= f.value <= f.high <= 1 for f in figures.values())


def test_what_nobody_judged_is_not_counted():
    samples = land(plots=24)
    parts = list(splits.season_out(samples))
    raw = np.full(len(samples.y), np.nan)
    judged = parts[0].judge
    raw[judged] = 0.5
    figures = {f.name: f for f in held_out.figures(samples, parts, raw)}
    plots = np.unique(samples.group[judged][samples.y[judged] == 1])
    assert figures["poppy_plots_that_pass"].n == len(plots)
    assert figures["poppy_plots_that_pass"].value == 0.0
    assert held_out.figures(samples, [], raw) == []


def twice(samples, key, new, **change):
    """Add the pixels of a plot once more under another name."""
    rows = np.flatnonzero(samples.group == key)
    both = samples.only(np.concatenate([np.arange(len(samples.y)), rows]))
    both.group[-len(rows) :] = new
    for name, value in change.items():
        getattr(both, name)[-len(rows) :] = value
    return both


def test_one_place_under_two_names_is_found():
    samples = twice(land(), "plot-1", "plot-x")
    found = oddities.check(samples)
    assert found.duplicates == (("plot-1", "plot-x"),)
    assert found.contradicting == ()


def test_places_that_contradict_one_another_are_found_in_one_season_only():
    samples = land()
    there = samples.y[samples.group == "plot-1"][0]
    assert oddities.check(twice(samples, "plot-1", "plot-x", y=1 - there)).contradicting == (("plot-1", "plot-x"),)
    elsewhen = twice(samples, "plot-1", "plot-x", y=1 - there, season="2030-2031")
    assert oddities.check(elsewhen).contradicting == ()


def test_a_plot_unlike_its_class_is_named():
    samples = land(plots=60, seed=3)
    wide = replace(samples, names=("a", "b"), x=np.repeat(samples.x, 2, axis=1) * 0.1)
    poppy = np.unique(wide.group[wide.y == 1])
    wide.x[wide.group == poppy[4]] += 8
    assert poppy[4] in oddities.check(wide).odd
    assert len(oddities.check(wide).odd) < 6


def test_unknown_features_and_few_plots_are_no_error():
    samples = land(plots=6)
    samples.x[:] = np.nan
    assert oddities.check(samples).odd == ()
    many = land(plots=60)
    many.x[many.y == 1] = np.nan
    assert isinstance(oddities.check(many).told["odd"], list)


def test_pixels_hardly_inside_their_place_are_counted():
    samples = land(plots=4, pixels=3)
    samples.share[:5] = 0.3
    found = oddities.check(samples)
    assert (found.on_the_edge, found.labelled) == (5, 12)
    assert found.told["pixels_on_the_edge"] == 5


@pytest.mark.parametrize("seed", [0, 1])
def test_the_check_is_the_same_twice(seed):
    samples = land(plots=60, seed=seed)
    assert oddities.check(samples, seed=7) == oddities.check(samples, seed=7)
