"""A model is never judged by what it has seen: plots that straddle folds are found and refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from eradication.domain.model import Samples
from eradication.errors import CheckFailed, UnusableInput
from eradication.validation import Kind, splits
from eradication.validation.splits import APART_M, SAME_M, Split


def land(
    plots: int = 24, pixels: int = 4, seasons: int = 2, communes: int = 4, background: int = 200, seed: int = 0
) -> Samples:
    """Plots 400 m apart, each of one season and one commune, and background between them."""
    random = np.random.default_rng(seed)
    number = np.repeat(np.arange(plots), pixels)
    centre = np.column_stack([number % 6, number // 6]) * 400.0
    xy = np.concatenate([centre + random.uniform(-15, 15, centre.shape), random.uniform(0, 2000, (background, 2))])
    y = np.concatenate([number % 3 > 0, np.full(background, -1)]).astype(np.int8)
    blocks = [f"background/{int(x // 250)}/{int(v // 250)}" for x, v in xy[len(number) :]]
    years = np.concatenate([number % seasons, random.integers(0, seasons, background)])
    return Samples(
        names=("a",),
        x=random.normal(size=(len(y), 1)).astype(np.float32),
        y=y,
        weight=np.ones(len(y)),
        group=np.array([*(f"plot-{n}" for n in number), *blocks]),
        place=np.concatenate([number, np.full(background, -1)]).astype(np.int32),
        season=np.array([f"{2020 + s}-{2021 + s}" for s in years]),
        commune=np.array([*(f"0400{n % communes}" for n in number), *[""] * background]),
        xy=xy,
        share=np.where(y == -1, np.nan, 1.0),
    )


def sides_keep_apart(samples: Samples, split: Split) -> bool:
    """Labelled judges lie off every pixel that teaches: by 120 m in one season, by 20 m in another."""
    labelled = split.judge[samples.y[split.judge] != -1]
    apart = samples.xy[split.learn][:, None] - samples.xy[labelled][None]
    distance = np.hypot(apart[..., 0], apart[..., 1])
    same = samples.season[split.learn][:, None] == samples.season[labelled][None]
    return bool((distance >= np.where(same, APART_M, SAME_M)).all())


def test_every_season_judges_once_and_is_never_learned_from():
    samples = land(seasons=3)
    found = list(splits.season_out(samples))
    assert [s.name for s in found] == ["2020-2021", "2021-2022", "2022-2023"]
    for split in found:
        assert split.kind is Kind.SEASON_OUT
        assert set(samples.season[split.judge]) == {split.name}
        assert split.name not in samples.season[split.learn]
        assert (samples.y[split.learn] == 1).any()


def test_every_labelled_pixel_judges_once_and_no_commune_is_on_both_sides():
    samples = land()
    found = list(splits.by_commune(samples))
    judged = np.concatenate([s.judge for s in found])
    assert sorted(judged) == list(range(len(samples.y)))
    for split in found:
        assert split.kind is Kind.SPATIAL
        both = set(samples.commune[split.learn]) & set(samples.commune[split.judge])
        assert both <= {""}


def test_a_place_seen_in_two_seasons_is_not_learned_for_the_one_that_judges():
    samples = land(plots=12)
    again = replace(samples, xy=samples.xy.copy())
    again.xy[again.group == "plot-1"] = again.xy[again.group == "plot-2"] + 10.0
    for split in splits.season_out(again):
        assert sides_keep_apart(again, split)
        assert not {"plot-1", "plot-2"} & set(again.group[split.learn])


@examples(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    plots=st.integers(8, 40),
    communes=st.integers(2, 6),
    seasons=st.integers(2, 4),
)
def test_no_split_lets_a_pixel_near_the_judges_teach(seed, plots, communes, seasons):
    samples = land(plots=plots, communes=communes, seasons=seasons, seed=seed)
    moved = replace(samples, xy=samples.xy * np.random.default_rng(seed).uniform(0.1, 1.0))
    for split in [*splits.season_out(moved), *splits.by_commune(moved, seed=seed)]:
        assert splits.check(moved, split) is split
        assert not set(moved.group[split.learn]) & set(moved.group[split.judge])
        assert sides_keep_apart(moved, split)


def by_hand(samples: Samples, judged: np.ndarray) -> Split:
    return Split("by hand", Kind.SPATIAL, np.flatnonzero(~judged), np.flatnonzero(judged))


def test_a_split_through_a_plot_is_refused_and_the_plot_is_named():
    samples = land(background=0)
    judged = samples.group == "plot-3"
    judged[np.flatnonzero(judged)[0]] = False
    with pytest.raises(CheckFailed) as caught:
        splits.check(samples, by_hand(samples, judged))
    assert caught.value.kind == "split_leaks"
    assert caught.value.values["plots"] == "plot-3"


def test_one_field_under_two_names_is_refused():
    """A re-survey gave half of it another key: keys alone would not tell."""
    samples = land(background=0)
    rows = np.flatnonzero(samples.group == "plot-3")
    group = samples.group.copy()
    group[rows[:2]] = "plot-3b"
    renamed = replace(samples, group=group)
    with pytest.raises(CheckFailed) as caught:
        splits.check(renamed, by_hand(renamed, group == "plot-3b"))
    assert "plot-3" in str(caught.value.values["plots"])


def test_random_pixels_are_refused():
    samples = land()
    judged = np.random.default_rng(0).random(len(samples.y)) < 0.3
    with pytest.raises(CheckFailed, match="judged by"):
        splits.check(samples, by_hand(samples, judged))


def test_an_honest_split_by_hand_is_taken():
    samples = land(background=0)
    split = by_hand(samples, np.isin(samples.group, ["plot-3", "plot-4"]))
    assert splits.check(samples, split) is split


def test_one_season_or_one_commune_cannot_be_held_out():
    with pytest.raises(UnusableInput) as caught:
        list(splits.season_out(land(seasons=1)))
    assert caught.value.kind == "one_season_only"
    with pytest.raises(UnusableInput) as caught:
        list(splits.by_commune(land(communes=1)))
    assert caught.value.kind == "one_commune_only"
