from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scenes import SEASON, lonlat, score_map
from scipy import ndimage

from eradication import geo, plots
from eradication.config import Settings

SETTINGS = Settings()


def limits(**changed):
    return replace(SETTINGS, candidates=replace(SETTINGS.candidates, **changed))


def test_a_single_pixel_survives_with_its_own_outline():
    score = np.zeros((9, 9))
    score[4, 6] = 0.7
    (only,) = plots.outline(score_map(score), SETTINGS, run="r")
    assert only.score == pytest.approx(0.7)
    assert only.area_m2 == pytest.approx(100, abs=0.5)
    assert (only.lon, only.lat) == pytest.approx(lonlat(4, 6), abs=1e-6)
    assert only.clear_observations == 5
    assert (only.run, only.model, only.season) == ("r", "rules", SEASON)
    in_metres = geo.project(only.geometry, 4326, 32648)
    assert in_metres.bounds == pytest.approx((386_060, 2_357_950, 386_070, 2_357_960), abs=0.02)


@pytest.mark.parametrize(("best", "second", "score"), [(0.8, 0.5, 8 / 9), (0.8, 0.2, 0.8), (0.5, 0.5, 2 / 3)])
def test_the_second_pixel_multiplies_the_odds_by_the_root_of_its_own_over_those_of_a_pixel_that_just_joins(
    best, second, score
):
    """Odds 4, times the root of 1 over 1/4, are 8: a score of 8/9."""
    assert plots.evidence(np.array([best]), np.array([second]), 0.2) == pytest.approx([score])
    assert plots.score_of(np.array([0.1, second, best], np.float32), 0.2) == pytest.approx(score)


def test_a_lone_pixel_keeps_its_score_and_scores_of_0_and_1_stay_numbers():
    assert plots.score_of(np.array([0.8], np.float32), 0.35) == pytest.approx(0.8)
    assert plots.score_of(np.array([0.8, 0.1], np.float32), 0.35) == pytest.approx(0.8)
    assert 0.999 < plots.score_of(np.array([1.0, 1.0], np.float32), 0.0) <= 1.0


def test_of_two_candidates_with_the_same_best_pixel_the_one_with_the_better_second_comes_first():
    score = np.zeros((9, 9))
    score[2, 2] = score[6, 6] = 0.7
    score[6, 7] = 0.6
    first, second = plots.outline(score_map(score), SETTINGS, run="r")
    assert first.area_m2 == pytest.approx(200, abs=1)
    assert first.score > second.score == pytest.approx(0.7)


def test_it_grows_over_low_neighbours_but_never_starts_there():
    score = np.zeros((9, 9))
    score[2, 2], score[2, 3], score[3, 4] = 0.65, 0.4, 0.36
    score[7, 7] = 0.5
    (only,) = plots.outline(score_map(score), SETTINGS, run="r")
    assert only.area_m2 == pytest.approx(300, abs=1)


def test_pixels_that_touch_at_a_corner_are_one_candidate():
    score = np.zeros((9, 9))
    score[2, 2] = score[3, 3] = 0.8
    (only,) = plots.outline(score_map(score), SETTINGS, run="r")
    assert only.geometry.is_valid
    assert only.area_m2 == pytest.approx(200, abs=1)


def test_nan_never_joins():
    score = np.full((9, 9), np.nan)
    assert plots.outline(score_map(score), SETTINGS, run="r") == []
    score[2, 2] = 0.8
    (only,) = plots.outline(score_map(score), SETTINGS, run="r")
    assert only.area_m2 == pytest.approx(100, abs=1)


def test_a_group_over_the_largest_size_is_split_at_its_summits():
    columns, rows = np.meshgrid(np.arange(20), np.arange(6))
    two = np.maximum(np.exp(-((columns - 4) ** 2) / 30), 0.95 * np.exp(-((columns - 15) ** 2) / 30))
    score = two * np.exp(-((rows - 2.5) ** 2) / 100)
    assert len(plots.outline(score_map(score), limits(max_px=200), run="r")) == 1
    first, second = plots.outline(score_map(score), SETTINGS, run="r")
    assert first.score > second.score
    assert first.lon < second.lon
    assert first.geometry.intersection(second.geometry).area == 0


def test_no_candidate_exceeds_the_largest_size_even_on_a_plateau():
    found = plots.outline(score_map(np.full((20, 20), 0.9)), limits(max_px=50), run="r")
    assert max(c.area_m2 for c in found) <= 50 * 100 * 1.001
    covered = shapely.union_all([c.geometry for c in found])
    assert sum(c.area_m2 for c in found) == pytest.approx(geo.area_m2(covered), rel=1e-3)
    assert sum(c.area_m2 for c in found) == pytest.approx(400 * 100, rel=1e-2)


def test_best_first_and_cut_at_the_longest_list():
    score = np.zeros((9, 30))
    score[4, ::3] = np.linspace(0.61, 0.99, 10)
    found = plots.outline(score_map(score), limits(most=4), run="r")
    assert [round(c.score, 2) for c in found] == [0.99, 0.95, 0.91, 0.86]


def test_the_same_scores_give_the_same_ids_and_another_model_others():
    score = np.random.default_rng(3).random((40, 40))
    first = plots.outline(score_map(score), SETTINGS, run="a")
    again = plots.outline(score_map(score.copy()), SETTINGS, run="b")
    other = plots.outline(score_map(score, model="m/1"), SETTINGS, run="a")
    assert len(first) > 5
    assert [c.id for c in first] == [c.id for c in again]
    assert len({c.id for c in first}) == len(first)
    assert {c.id for c in first}.isdisjoint(c.id for c in other)
    assert all(len(c.id) == 16 for c in first)
    assert all(a.geometry.equals_exact(b.geometry, 0) for a, b in zip(first, again, strict=True))


def test_the_centre_leans_towards_the_higher_score():
    score = np.zeros((9, 9))
    score[4, 4], score[4, 5] = 0.9, 0.45
    (only,) = plots.outline(score_map(score), SETTINGS, run="r")
    ((east, _),) = geo.transform([(only.lon, only.lat)], 4326, 32648)
    assert east == pytest.approx(386_045 + 10 / 3, abs=0.05)


def test_the_end_of_a_row_is_no_neighbour_of_the_next_rows_beginning():
    score = np.zeros((9, 9))
    score[3, 8] = score[4, 0] = score[5, 8] = 0.8
    found = plots.outline(score_map(score), SETTINGS, run="r")
    assert len(found) == 3
    assert all(c.area_m2 == pytest.approx(100, abs=1) for c in found)


def test_looks_are_the_median_over_the_candidates_own_pixels():
    score = np.zeros((9, 9))
    score[2, 2], score[2, 3], score[3, 3] = 0.9, 0.5, 0.7
    scored = score_map(score)
    looks = np.arange(81, dtype=np.uint8)
    (only,) = plots.outline(replace(scored, clear_observations=looks), SETTINGS, run="r")
    assert only.clear_observations == 2 * 9 + 3


@examples(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 14),
    columns=st.integers(1, 14),
    share=st.sampled_from([0.1, 0.3, 0.6]),
)
def test_a_sparse_map_gives_the_groups_that_a_dense_one_has(seed, rows, columns, share):
    random = np.random.default_rng(seed)
    score = np.where(random.random((rows, columns)) < share, random.uniform(0.36, 1, (rows, columns)), 0.1)
    labels, count = ndimage.label(score >= 0.35, np.ones((3, 3)))
    sizes = [int((labels == n).sum()) for n in range(1, count + 1) if score[labels == n].max() >= 0.6]
    whole = score_map(score)
    high = whole.score >= 0.35
    sparse = replace(
        whole,
        pixels=whole.pixels[high],
        score=whole.score[high],
        clear_observations=whole.clear_observations[high],
    )
    found = plots.outline(sparse, limits(max_px=10_000), run="r")
    assert sorted(round(c.area_m2 / 100) for c in found) == sorted(sizes)
    assert [c.id for c in found] == [c.id for c in plots.outline(whole, limits(max_px=10_000), run="r")]
