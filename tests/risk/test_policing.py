"""Over-policing: what is side by side, and which places are left alone until something new is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.risk import policing, rising, visited
from eradication.risk.policing import FIND, READING, SCORE, TIP, Known, Rejection, Sign
from eradication.risk.visited import Check

DAY0 = datetime(2027, 1, 10, 2, tzinfo=UTC)
AT = (386_300.0, 2_358_600.0)
CELL, FAR = "386250_2358500", "391250_2358500"


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


def score(number: float, value: float, kind: str = "rule", name: str = "a", **words) -> Sign:
    """A score by a run whose newest image is of a day; each day gives one more clear look unless told otherwise."""
    words = {"model": "rules", "season": "2026-2027", "looks": 20 + int(number)} | words
    return Sign(SCORE, AT, day(number), name, CELL, value, kind, **words)


TWICE = [rejected(0), rejected(3)]


def is_freed(*signs: Sign, rows=TWICE) -> bool:
    """Whether a place rejected twice, and its cell, are planned again; never one without the other here."""
    left = names([plot()], rows, signs)
    assert left in (set(), {"a", CELL})
    return not left


@pytest.mark.parametrize(
    ("scores", "is_new"),
    [
        ([score(-5, 0.6), score(9, 0.7)], True),
        ([score(-5, 0.6), score(9, 0.6)], False),
        ([score(-5, 0.6), score(9, 0.69)], False),  # by less than the margin
        ([score(-5, 0.6), score(1, 0.9), score(9, 0.8)], False),  # 0.9 was known at the last rejection
        ([score(-5, 0.6), score(9, 0.9, "probability")], False),  # another kind cannot be called higher
        ([score(-5, 0.6), score(9, 0.9, model="m/2")], False),  # nor another model
        ([score(9, 0.9)], False),  # nobody knows that it rose
        ([score(9, 0.4), score(9, 0.9)], False),  # two outlines of that one run
        ([score(9, 0.4), score(15, 0.9)], True),
        ([score(-5, 0.6)], False),
        ([score(-5, 0.6), score(3.2, 0.9)], False),  # an image of the day of the visit
        ([score(-5, 0.6), score(9, 0.9, looks=15)], False),  # clouds hid the place on all later images
        ([score(-5, 0.6, season="2025-2026"), score(9, 0.9, looks=2)], True),  # another season begins to count anew
    ],
)
def test_only_a_clear_rise_of_a_model_that_saw_later_images_is_new_evidence(scores, is_new):
    assert is_freed(*scores) is is_new


_values = st.floats(0, 1)
_days = st.floats(4, 40)  # after the last rejection


@given(_values, _days, st.floats(0, 0.0999))
def test_an_epsilon_is_no_evidence(value, number, epsilon):
    assert not is_freed(score(-5, value), score(number, min(value + epsilon, 1.0)))


@given(st.lists(st.tuples(_values, st.sampled_from(["rules", "m/1", "m/2"])), max_size=5), st.floats(-5, 40))
def test_the_same_images_scored_again_by_any_model_are_no_evidence(again, number):
    """Whenever the images are from, also if they are later than the visits: one set of images shows no rise."""
    assert not is_freed(*(score(number, value, model=model) for value, model in again))


@given(_values, _values, _days)
def test_another_model_is_no_evidence_on_later_images_either(before, after, number):
    assert not is_freed(score(-5, before), score(number, after, model="m/2"))


@given(_values, st.lists(_days, min_size=1, max_size=5))
def test_later_images_with_the_same_score_are_no_evidence(value, numbers):
    assert not is_freed(score(-5, value), *(score(number, value) for number in numbers))


@given(st.floats(0, 0.85), st.floats(0.1001, 1), st.integers(4, 40))
def test_a_later_image_with_a_clearly_higher_score_frees_the_place(value, rise, number):
    after = score(number, min(value + rise, 1.0))
    assert is_freed(score(-5, value), after)
    assert is_freed(score(-5, value), after, score(number + 5, 0.0))  # and goes on doing so
    assert not is_freed(score(-5, value), after, rows=[*TWICE, rejected(number + 1)])  # until it is rejected once more


def test_the_margin_is_the_noise_of_the_model_where_rejected_places_tell_it():
    assert policing.margins(TWICE, [score(-5, 0.2), score(9, 0.6)])["rules", "rule"] == rising.Margin(0.1, 1)
    others = [f"q{n}" for n in range(rising.LEAST_PLACES)]
    rows = [*TWICE, *(rejected(0, name, (AT[0] + 5000, AT[1]), FAR) for name in others)]
    noise = [s for name in others for s in (score(-5, 0.2, name=name), score(9, 0.5, name=name))]
    noise = [replace(one, at_m=(AT[0] + 5000, AT[1]), cell=FAR) for one in noise]
    margin = policing.margins(rows, noise)["rules", "rule"]
    assert (round(margin.least, 3), margin.places, margin.is_measured) == (0.3, 20, True)
    for value, left in ((0.45, True), (0.55, False)):
        told = policing.capped([plot()], rows, [*noise, score(-5, 0.2), score(9, value)], 2)
        assert (told[-1].name, told[-1].is_capped) == ("a", left)


def test_a_reading_counts_from_the_day_after_the_rejection():
    assert not is_freed(Sign(READING, AT, day(3.2)))
    assert is_freed(Sign(READING, AT, day(4)))


def test_a_rejected_place_does_not_come_back_under_a_new_name():
    other = (AT[0] + 90.0, AT[1])
    rows = [rejected(0), rejected(3)]
    assert "b" in names([plot(), plot("b", other, seen=20)], rows)
    assert "b" not in names([plot(), plot("b", other, seen=-5)], rows)  # a neighbour that was there all along
    assert "b" not in names([plot(), plot("b", (AT[0] + 130.0, AT[1]), seen=20)], rows)
    first = replace(score(20, 0.8, name="b"), at_m=other, cell="x")
    assert "b" not in names([plot(), plot("b", other, seen=20)], rows, [score(-5, 0.6), first])
    assert "b" in names([plot(), plot("b", other, seen=20)], rows, [score(-5, 0.75), first])


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


@given(_rows, st.floats(-60, 0))
def test_a_tip_known_before_a_rejection_frees_nothing_it_led_to(rows, number):
    plots = [plot(), plot("b", (AT[0] + 60, AT[1]), seen=10)]
    assert names(plots, rows, [Sign(TIP, AT, day(number))]) == names(plots, rows)


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
