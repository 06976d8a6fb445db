"""Ten seasons, twelve units, five laptops: the books balance in whatever order and however often things arrive."""

import json
from datetime import timedelta
from random import Random

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rounds import rounds
from worlds import SETTINGS, entries, locate
from years import END, FIRST_YEAR, SEASONS, UNITS, years

from eradication import history, ledger
from eradication.domain import Period, Season
from eradication.geo import area_m2
from eradication.ledger import Scope, Wording

few, more = (
    settings(max_examples=n, deadline=None, suppress_health_check=[HealthCheck.too_slow]) for n in (2, rounds(12, 5))
)
QUANTITIES = ("detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots")


def told(events, until=None):
    return entries(history.replay(events, as_of=END, locate=locate, settings=SETTINGS, happened_until=until))


def totals(answer):
    return {name: answer["total"][name] for name in QUANTITIES}


@settings(few, max_examples=4)
@given(st.integers(0, 10_000))
def test_nothing_is_counted_twice_and_rows_add_up(seed):
    world = years(seed)
    books = told(world.events)
    assert {entry.unit for entry in books} <= set(UNITS)
    seasons = []
    for year in range(FIRST_YEAR, FIRST_YEAR + SEASONS):
        for by in ("commune", "unit", "class"):
            answer = ledger.account(books, Scope(Season(year)), as_of=END, wording=Wording(by))
            for name in (*QUANTITIES, "suspected_m2", "plants"):
                assert sum(row[name] or 0 for row in answer["rows"]) == (answer["total"][name] or 0)
            for row in (*answer["rows"], answer["total"]):
                assert 0 <= row["verified_m2"] <= row["claimed_m2"] <= row["detected_m2"]
                assert row["remaining_m2"] == row["detected_m2"] - row["verified_m2"]
        seasons.append(totals(answer))
        ground = [outline for (_, season), outline in world.outlines.items() if season == year]
        # Whole m² of each plot: at most half a metre off for each, and as much for what overlaps.
        assert answer["total"]["detected_m2"] == pytest.approx(area_m2(shapely.union_all(ground)), abs=len(ground) + 1)
    everything = totals(ledger.account(books, Scope(), as_of=END))
    assert everything == {name: sum(season[name] for season in seasons) for name in QUANTITIES}


@pytest.mark.slow
@few
@given(st.integers(0, 10_000))
def test_what_happened_in_forty_periods_adds_up_to_what_stands_in_the_end(seed):
    periods_add_up(seed)


@pytest.mark.slow
@more
@given(st.integers(0, 10_000))
def test_what_happened_in_forty_periods_of_more_decades_adds_up(seed):
    periods_add_up(seed)


def periods_add_up(seed: int) -> None:
    events = years(seed, plots=30).events
    periods = [Period(year, number) for year in range(FIRST_YEAR, FIRST_YEAR + SEASONS + 1) for number in range(4)]
    before, sums = [], dict.fromkeys(("detected_m2", "claimed_m2", "verified_m2"), 0)
    carried = 0
    for period in periods:
        after = told(events, period.last)
        flow = ledger.flows(before, after, (period.first, period.last), Wording())
        for row in (*flow["rows"], flow["total"]):
            balance = row["carried_in_m2"] + row["detected_m2"] - row["verified_m2"]
            assert row["carried_out_m2"] == balance
        assert flow["total"]["carried_in_m2"] == carried
        carried = flow["total"]["carried_out_m2"]
        for name in sums:
            sums[name] += flow["total"][name]
            assert sum(row[name] for row in flow["rows"]) == flow["total"][name]
        before = after
    end = ledger.account(told(events), Scope(), as_of=END)["total"]
    assert sums == {name: end[name] for name in sums}
    assert carried == end["remaining_m2"]


@pytest.mark.slow
@few
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_late_repeated_and_shuffled_events_of_five_laptops_end_in_the_same_ledger(seed, chance):
    shuffling_changes_nothing(seed, chance)


@pytest.mark.slow
@more
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_events_of_five_laptops_in_many_more_orders_end_in_the_same_ledger(seed, chance):
    shuffling_changes_nothing(seed, chance)


def shuffling_changes_nothing(seed: int, chance: Random) -> None:
    world = years(seed, plots=30)
    shuffled = [*world.events, *chance.sample(world.events, len(world.events) // 3)]
    chance.shuffle(shuffled)
    scopes = [Scope(), Scope(Season(2020)), Scope(period=Period(2021, 1))]
    cut = END - timedelta(days=700)
    for scope in scopes:
        first, second = (
            [ledger.account(told(events, moment), scope, as_of=END, before=told(events, cut)) for moment in (None, cut)]
            for events in (world.events, shuffled)
        )
        assert json.dumps(first) == json.dumps(second)
