"""Over-policing: what is side by side, and which places are left alone until something new is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.risk import policing, visited
from eradication.risk.policing import FIND, SCORE, TIP, Known, Rejection, Sign
from eradication.risk.visited import Check

DAY0 = datetime(2027, 1, 10, 2, tzinfo=UTC)
AT = (386_300.0, 2_358_600.0)
CELL = "386250_2358500"


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


def rejected(number: float, plot: str = "a", at=AT, cell: str = CELL, unit: str = "bp01") -> Rejection:
    return Rejection(plot, cell, at, day(number), unit, "2026-2027")


def plot(name: str = "a", at=AT, seen: float = -5.0) -> Known:
    return Known(name, at, day(seen))


def names(plots, rejections, signs=(), most=2) -> set[str]:
    return {one.name for one in policing.capped(plots, rejections, signs, most) if one.is_capped}


def test_a_place_rejected_twice_is_left_alone_and_one_rejected_once_is_not():
    assert names([plot()], [rejected(0)]) == set()
    assert names([plot()], [rejected(0), rejected(3, unit="ca02")]) == {"a", CELL}


def test_several_rejections_on_one_day_trouble_a_place_once():
    assert names([plot()], [rejected(0), rejected(0.1, unit="ca02")]) == set()


def test_what_is_told_of_a_place_names_its_days_units_and_seasons():
    (one, _) = sorted(
        policing.capped([plot()], [rejected(0), rejected(3, unit="ca02")], [], 2), key=lambda o: o.kind, reverse=True
    )
    assert one.told() == {
        "place": "a",
        "kind": "plot",
        "reason": "rejected_without_new_evidence",
        "times": 2,
        "days": ["2027-01-10", "2027-01-13"],
        "units": ["bp01", "ca02"],
        "seasons": ["2026-2027"],
        "evidence": [],
    }


@pytest.mark.parametrize(
    ("sign", "is_new"),
    [
        (Sign(TIP, AT, day(5)), True),
        (Sign(TIP, AT, day(2)), False),  # known when it was rejected again
        (Sign(TIP, (AT[0] + 500, AT[1]), day(5)), False),
        (Sign(TIP, (AT[0] + 500, AT[1]), day(5), reach_m=600.0), True),
        (Sign(FIND, (AT[0] + 400, AT[1]), day(5)), False),
        (Sign(FIND, (AT[0] - 100, AT[1]), day(5)), True),
    ],
)
def test_a_tip_or_a_find_since_the_last_rejection_is_new_evidence(sign, is_new):
    assert (names([plot()], [rejected(0), rejected(3)], [sign]) == set()) is is_new


def score(number: float, value: float, kind: str = "rule", name: str = "a") -> Sign:
    return Sign(SCORE, AT, day(number), name, CELL, value, kind)


@pytest.mark.parametrize(
    ("scores", "is_new"),
    [
        ([score(-5, 0.6), score(9, 0.7)], True),
        ([score(-5, 0.6), score(9, 0.6)], False),
        ([score(-5, 0.6), score(1, 0.9), score(9, 0.8)], False),  # 0.9 was known at the last rejection
        ([score(-5, 0.6), score(9, 0.9, "probability")], False),  # another kind cannot be called higher
        ([score(9, 0.1)], True),  # no run had seen anything there
        ([score(-5, 0.6)], False),
    ],
)
def test_only_a_higher_score_of_a_newer_run_is_new_evidence(scores, is_new):
    assert (names([plot()], [rejected(0), rejected(3)], scores) == set()) is is_new


def test_a_rejected_place_does_not_come_back_under_a_new_name():
    other = (AT[0] + 90.0, AT[1])
    rows = [rejected(0), rejected(3)]
    assert "b" in names([plot(), plot("b", other, seen=20)], rows)
    assert "b" not in names([plot(), plot("b", other, seen=-5)], rows)  # a neighbour that was there all along
    assert "b" not in names([plot(), plot("b", (AT[0] + 130.0, AT[1]), seen=20)], rows)
    raised = [score(-5, 0.6), Sign(SCORE, other, day(20), "b", "x", 0.8, "rule")]
    assert "b" not in names([plot(), plot("b", other, seen=20)], rows, raised)


_rows = st.lists(
    st.builds(
        rejected,
        st.integers(0, 30),
        st.sampled_from(["a", "b"]),
        st.sampled_from([AT, (AT[0] + 60, AT[1])]),
    ),
    max_size=6,
)


@given(_rows, st.integers(1, 4))
def test_a_laxer_limit_never_leaves_more_places_alone(rows, most):
    plots = [plot(), plot("b", (AT[0] + 60, AT[1]), seen=10)]
    assert names(plots, rows, most=most + 1) <= names(plots, rows, most=most)


@given(_rows, st.integers(31, 60))
def test_a_tip_after_all_rejections_frees_the_place(rows, number):
    assert names([plot()], rows, [Sign(TIP, AT, day(number))]) <= {"b"}


@given(_rows)
def test_the_order_in_which_rejections_arrive_does_not_matter(rows):
    assert policing.capped([plot()], rows, [], 2) == policing.capped([plot()], rows[::-1], [], 2)


def check(number: float, commune: str, result: str, name: str = "a", visit: str = "") -> Check:
    return Check(commune, "bp01", visit or f"v{number}{commune}", name, day(number), result)


def test_visits_of_communes_stand_side_by_side_counted_by_hand():
    rows = [
        check(0, "04048", "rejected"),
        check(1, "04048", "rejected"),
        check(2, "04048", "found", "b"),
        check(2, "04048", "other", "b", visit="v204048"),  # found and destroyed in one visit
        check(3, "04049", "not_reached", "c"),
    ]
    (first, second), whole = visited.side_by_side(rows, {"z"})
    assert (first.commune, first.visits, first.rejected, first.found, first.again) == ("04048", 3, 2, 1, 1)
    assert (second.visits, second.not_reached, second.share()) == (1, 1, None)
    assert (whole.visits, whole.decided) == (4, 3)
    value, low, high = first.share()
    # Clopper and Pearson of 1 of 3: by beta quantiles 0.0084 and 0.9057
    assert (round(value, 4), round(low, 4), round(high, 4)) == (0.3333, 0.0084, 0.9057)


def test_a_rejection_in_an_earlier_season_makes_a_visit_one_more():
    (row,), _ = visited.side_by_side([check(0, "04048", "rejected")], {"a"})
    assert row.again == 1


def test_a_commune_is_pointed_at_only_if_even_the_upper_limit_is_below_all():
    many = [check(n, "04048", "rejected", f"p{n}") for n in range(60)]
    some = [check(n, "04049", "found" if n % 2 else "rejected", f"q{n}") for n in range(40)]
    (first, second), whole = visited.side_by_side(many + some)
    assert visited.is_below(first, whole)
    assert not visited.is_below(second, whole)
    few = replace(first, rejected=5, visits=5)
    assert not visited.is_below(few, whole)
