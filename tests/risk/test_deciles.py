"""The curve of capture: counted by hand, its laws, and what it says of a surface that is worth nothing."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.risk import deciles
from eradication.risk.deciles import Searched, membership
from eradication.risk.reliability import exact_mean, reliability


def searched(risk, distance, p, finds, block=None, expected=None) -> Searched:
    """What was searched where every cell there is was searched or not (p = 0)."""
    risk, near, p = np.array(risk, float), deciles.nearness(np.array(distance, float)), np.array(p, float)
    mine = p > 0
    block = np.arange(len(p)) if block is None else np.array(block)
    expected = np.ones(len(p)) if expected is None else np.array(expected, float)
    own = membership(risk, risk[mine]), membership(near, near[mine])
    return Searched(*own, p[mine], np.array(finds, float)[mine], expected[mine], block[mine])


def test_twenty_cells_fall_two_by_two_and_equal_ones_share():
    risk = np.arange(20.0)
    assert membership(risk, np.array([19.0, 18.0, 17.0, 0.0])).argmax(axis=1).tolist() == [0, 0, 1, 9]
    tied = membership(np.zeros(20), np.zeros(1))
    assert np.allclose(tied, 0.1)
    half = membership(np.array([1.0] * 3 + [0.0] * 17), np.ones(1))[0]
    assert half.tolist() == pytest.approx([2 / 3, 1 / 3] + [0.0] * 8)


def test_an_unknown_distance_is_the_least_risk_and_an_unknown_cell_an_error():
    near = deciles.nearness(np.array([100.0, np.nan, 5000.0, np.inf]))
    assert np.argsort(-near, kind="stable").tolist()[:2] == [0, 2]
    with pytest.raises(ValueError, match="none of all cells"):
        membership(np.arange(10.0), np.array([3.5]))


def test_ten_cells_counted_by_hand():
    """Finds stand for 1/p plots: 2/0.5 + 3/0.2 + 5/1 + 2/0.02 (at most 20 each: 40) = 4 + 15 + 5 + 40 = 64."""
    risk = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    distance = [900, 10, 800, 20, 30, 40, 50, 60, 70, 80]
    p = [0.5, 0.2, 0, 0, 1.0, 0, 0, 0, 0, 0.02]
    finds = [2, 3, 7, 0, 5, 0, 0, 0, 0, 2]  # the 7 lie where nobody searched
    told = deciles.capture(searched(risk, distance, p, finds))
    assert (told["finds"], told["communes"], told["searched_cells"]) == (12, 4, 4)
    assert [row["captured"] for row in told["deciles"][:5]] == pytest.approx(
        [4 / 64, 19 / 64, 19 / 64, 19 / 64, 24 / 64], abs=1e-4
    )
    # By the distance the second cell comes first, the first last.
    assert told["deciles"][0]["by_distance"] == pytest.approx(15 / 64, abs=1e-4)
    assert told["deciles"][8]["by_distance"] == pytest.approx(60 / 64, abs=1e-4)
    # A useless order: every searched cell weighs the same, that with 1/p cut to 20 weighs 0.4.
    assert told["deciles"][0]["random"] == pytest.approx(1 / 3.4, abs=1e-4)
    assert told["deciles"][1]["search"] == pytest.approx(0.7 / 1.72, abs=1e-4)
    assert told["deciles"][1]["finds_per_p"] == pytest.approx(15.0)
    assert told["deciles"][2]["finds_per_p"] is None  # nobody searched there
    assert told["top"][1]["captured"]["value"] == pytest.approx(19 / 64, abs=1e-4)
    for row in told["top"]:  # what its shares rest on
        mine = told["deciles"][: row["deciles"]]
        assert row["finds"] == pytest.approx(sum(one["finds"] for one in mine), abs=0.02)
        assert row["cells"] == pytest.approx(sum(one["searched_cells"] for one in mine), abs=0.2)


def test_a_decile_that_holds_only_shares_of_tied_cells_or_hardly_any_search_has_no_rate_and_no_limits():
    """Of 110 tied cells one was searched: 0.9 of it lies in the ninth decile, the rest with p = 0.02 in the last."""
    risk = [*range(1000, 200, -1), *[150.0] * 110, *range(90, 0, -1)]
    p, finds = np.zeros(1000), np.zeros(1000)
    p[:600:20], finds[:600:20] = 0.5, 1
    p[800], p[985] = 0.3, 0.02  # one of the tied, and one of those after them
    told = deciles.capture(searched(risk, risk, p, finds, block=np.arange(1000) % 7))
    rows = told["deciles"]
    names = ("finds_per_p", "finds_per_p_low", "finds_per_p_high")
    for row in rows[6:]:
        assert [row[name] for name in names] == [None] * 3, row
    for row in rows[:6]:
        assert all(row[name] is not None for name in names)
    assert 0 < rows[8]["searched_cells"] < 1  # what is left of the tie
    assert rows[9]["searched_p"] > 0


def test_too_few_finds_give_no_share_and_say_so():
    told = deciles.capture(searched(range(10), range(10), [0.5] * 10, [1] * 9 + [0]))
    assert told["why"] == "too_few_finds"
    assert told["deciles"][0]["captured"] is None
    assert told["top"][0]["captured"] == {"value": None, "low": None, "high": None}
    assert told["deciles"][0]["finds_per_p"] is not None


def test_finds_in_two_communes_give_no_interval():
    told = deciles.capture(searched(range(10), range(10), [0.5] * 10, [2] * 10, block=[0] * 5 + [1] * 5))
    assert told["why"] == "too_few_communes"
    assert told["top"][0]["captured"]["value"] is not None
    assert told["top"][0]["captured"]["low"] is None


def province(seed: int, worth: float, cells: int = 20_000, communes: int = 40) -> tuple[dict[str, np.ndarray], ...]:
    """Cells of which the risk explains the plots as far as ``worth`` says; patrols search where the risk is high."""
    rng = np.random.default_rng(seed)
    risk, block = rng.normal(size=cells), rng.integers(0, communes, cells)
    clustered = rng.gamma(1.0, 1.0, communes)[block]
    plots = rng.poisson(0.02 * np.exp(worth * risk - worth**2 / 2) * clustered).astype(float)
    p = np.where(rng.random(cells) < 1 / (1 + np.exp(2.5 - 1.5 * risk)), rng.uniform(0.05, 0.6, cells), 0.0)
    finds = rng.binomial(plots.astype(int), p).astype(float)
    surface = {"risk": risk, "distance_m": rng.uniform(0, 9000, cells)}
    return surface, {"p": p, "finds": finds, "plots": plots, "block": block}


def test_a_useless_score_is_not_better_than_chance_although_patrols_searched_where_it_is_high():
    inside = 0
    for seed in range(20):
        surface, was = province(seed, worth=0.0)
        told = deciles.capture(searched(surface["risk"], surface["distance_m"], was["p"], was["finds"], was["block"]))
        over = told["top"][0]["over_random"]
        inside += over["low"] <= 0.0 <= over["high"]
        # The finds themselves fall where the search did: shares without the search beside them would praise the score.
        assert told["deciles"][0]["unweighted"] > 0.15
    assert inside >= 17  # 95 % intervals; 20 of 40 communes have few finds each


def test_a_good_score_is_better_than_chance_and_than_the_distance_here_and_on_ground_nobody_visited():
    surface, was = province(1, worth=1.2)
    told = deciles.capture(searched(surface["risk"], surface["distance_m"], was["p"], was["finds"], was["block"]))
    assert told["top"][0]["over_random"]["low"] > 0
    assert told["top"][0]["over_distance"]["low"] > 0
    truth = deciles.on_truth(surface, was["plots"], was["p"], was["block"])
    assert truth["unvisited"]["top"][0]["over_random"]["low"] > 0
    assert truth["unvisited"]["cells"] == int((was["p"] == 0).sum())
    assert truth["all"]["top"][0]["random"]["value"] == pytest.approx(0.1, abs=1e-3)


@pytest.mark.slow
def test_weighted_finds_tell_of_the_ground_searched_and_finds_per_search_of_all_ground():
    on_searched, on_all, at_face = 0, 0, []
    for seed in range(20):
        surface, was = province(seed, worth=0.8)
        told = deciles.capture(searched(surface["risk"], surface["distance_m"], was["p"], was["finds"], was["block"]))
        top, mine = told["top"][1], was["p"] > 0
        there = membership(surface["risk"], surface["risk"][mine])[:, :2].sum(axis=1) @ was["plots"][mine]
        on_searched += top["captured"]["low"] <= there / was["plots"][mine].sum() <= top["captured"]["high"]
        truth = deciles.on_truth(surface, was["plots"], was["p"], was["block"])["all"]["top"][1]["captured"]["value"]
        on_all += top["even"]["low"] <= truth <= top["even"]["high"]
        at_face.append(told["deciles"][1]["unweighted"] - truth)
    assert on_searched >= 16
    assert on_all >= 16
    assert np.mean(at_face) > 0.15  # finds taken at face value praise the surface for where patrols searched


_cells = st.integers(10, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(-5, 5), min_size=n, max_size=n),
        st.lists(st.sampled_from([0.0, 0.01, 0.2, 1.0]), min_size=n, max_size=n),
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
    )
)


@given(_cells)
def test_every_curve_rises_and_ends_at_one(cells):
    risk, p, finds = cells
    told = deciles.capture(searched(risk, range(len(risk)), p, finds))
    for name in ("captured", "even", "by_distance", "random", "unweighted", "search"):
        curve = [row[name] for row in told["deciles"]]
        if None in curve:
            assert told["why"] == "too_few_finds" or name == "even"  # a decile was not searched
            continue
        assert all(a <= b for a, b in pairwise(curve))
        assert curve[-1] == pytest.approx(1.0)
        assert curve[0] >= 0.0


@pytest.mark.slow
@given(_cells)
def test_any_rising_function_of_the_risk_gives_the_same_figures(cells):
    risk, p, finds = cells
    other = np.exp(np.array(risk) / 3.0) * 7.0 - 2.0
    assert deciles.capture(searched(risk, risk, p, finds)) == deciles.capture(searched(other, risk, p, finds))


def test_exact_intervals_of_a_count_are_those_of_the_table():
    # Garwood 1936: 0 → 3.689, 1 → 0.0253 to 5.572, 10 → 4.795 to 18.39
    assert exact_mean(0) == pytest.approx((0.0, 3.6889), abs=1e-3)
    assert exact_mean(1) == pytest.approx((0.0253, 5.5716), abs=1e-3)
    assert exact_mean(10) == pytest.approx((4.7954, 18.3904), abs=1e-3)


def test_reliability_of_a_surface_that_is_right_and_of_one_that_says_twice_too_much():
    rng = np.random.default_rng(3)
    predicted = rng.gamma(0.3, 0.05, 8000)
    finds = rng.poisson(predicted).astype(float)
    right = reliability(predicted, finds)
    assert right["found_per_predicted"]["low"] <= 1.0 <= right["found_per_predicted"]["high"]
    assert sum(row["found"] for row in right["bins"]) == finds.sum()
    assert sum(row["cells"] for row in right["bins"]) == 8000
    masses = [row["predicted"] for row in right["bins"]]
    assert len(masses) == 8
    assert max(masses) < 1.2 * min(masses)
    covered = sum(row["low"] <= row["predicted"] <= row["high"] for row in right["bins"])
    assert covered >= 7
    wrong = reliability(2.0 * predicted, finds)
    assert wrong["found_per_predicted"]["high"] < 1.0


def test_reliability_of_nothing_is_said_without_a_figure():
    told = reliability(np.zeros(3), np.zeros(3))
    assert told["found_per_predicted"]["value"] is None
    assert len(told["bins"]) == 1
