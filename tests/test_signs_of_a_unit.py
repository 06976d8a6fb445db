"""Signs in the account of one unit: what it did is its own wherever the plot belongs; no mark of it is lost there."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SEASON, World, east, entries

from eradication import ledger
from eradication.domain import EventKind
from eradication.ledger import Beside, Context

UNITS = ("BP-1", "CA-2")
BOTH = st.sampled_from(UNITS)
STORIES = st.tuples(BOTH, BOTH, BOTH, st.sampled_from((0.05, 2.0)), st.sampled_from((0.5, 1.0)), st.booleans())
"""Who finds, who destroys after so many days and how much of it, and who verifies, insisting on it if need be."""


def world_of(stories: list[tuple[str, str, str, float, float, bool]]) -> World:
    world = World()
    for number, (finder, destroyer, verifier, days, share, is_checked) in enumerate(stories):
        spot = east(300.0 * number)
        world.candidate(f"c{number}", spot).wait(1).visit("detected", spot, unit=finder, officers=(f"{finder}-S",))
        world.wait(days).visit("eradicated", spot, unit=destroyer, officers=("D",), destroyed_fraction=share)
        if is_checked:
            world.wait(1).visit("verified", spot, unit=verifier, officers=(f"{verifier}-K",))
            payload = dict(world.events.pop().payload) | {"forced": verifier}
            world.append(EventKind.VISIT_RECORDED, payload, world.clock - timedelta(minutes=1))
    return world


def signs(world: World, unit: str = "") -> dict[str, dict[str, Any]]:
    every = entries(world.told())
    mine, elsewhere = ([e for e in every if (unit in ("", e.unit)) is own] for own in (True, False))
    beside = Beside(context=Context(unit=unit), elsewhere=elsewhere)
    told = ledger.account(mine, ledger.Scope(SEASON), as_of=world.clock, beside=beside)
    return {sign["code"]: sign for sign in told["signs"]}


def named(sign: dict[str, Any]) -> set[str]:
    """The units a sign names: alone, or behind a plot."""
    return {name.rpartition(": ")[2] for name in sign["who"]} & set(UNITS)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(STORIES, min_size=1, max_size=4), st.integers(1, 6))
def test_a_unit_named_for_a_mark_in_the_province_s_account_is_marked_in_its_own(stories, times):
    world = world_of(stories * times)
    told, own = signs(world), {unit: signs(world, unit) for unit in UNITS}
    for code, sign in told.items():
        for unit in named(sign) if sign["marked"] else ():
            assert own[unit][code]["marked"], (unit, sign, own[unit][code])
    whole = [one["always_whole"] for one in own.values()]
    assert (sum(s["value"] for s in whole), sum(s["of"] for s in whole)) == (
        told["always_whole"]["value"],
        told["always_whole"]["of"],
    )


def test_twelve_whole_destructions_half_of_them_at_another_unit_s_plots_are_the_destroyer_s():
    crossing = [(UNITS[number % 2], UNITS[0], "", 2.0, 1.0, False) for number in range(12)]
    world = world_of(crossing)
    told = {unit: signs(world, unit)["always_whole"] for unit in ("", *UNITS)}
    assert [(one["value"], one["of"], one["marked"], one["who"]) for one in told.values()] == [
        (12, 12, True, ["BP-1"]),
        (12, 12, True, ["BP-1"]),
        (0, 0, False, []),
    ]


@pytest.mark.parametrize("unit", UNITS)
def test_a_verification_by_whoever_destroyed_stands_with_the_plot_and_with_the_verifier(unit):
    world = world_of([("CA-2", "BP-1", "BP-1", 2.0, 1.0, True)])
    told = signs(world, unit)["forced_verification"]
    assert (told["marked"], told["value"], told["m2"], told["pct"]) == (True, 1, 300, 100.0)


def test_a_unit_of_whose_own_finds_no_habit_holds_is_not_named_for_found_and_destroyed_in_one_visit():
    quick, slow = ("BP-1", "BP-1", "", 0.05, 1.0, False), ("CA-2", "CA-2", "", 2.0, 1.0, False)
    other = ("CA-2", "CA-2", "", 0.05, 1.0, False)
    told = signs(world_of([*[quick] * 6, slow, other]))["same_day_pair"]
    assert (told["marked"], told["value"], told["who"]) == (True, 7, ["BP-1"])
    few = signs(world_of([*[quick] * 3, *[other] * 3]))["same_day_pair"]
    assert (few["marked"], few["value"], few["who"]) == (True, 6, [])


def test_two_spellings_of_one_unit_are_one_unit():
    world = world_of([(UNITS[number % 2], UNITS[number % 2], "", 2.0, 1.0, False) for number in range(12)])
    beside = Beside(context=Context(answering=lambda unit: "ONE"))
    told = ledger.account(entries(world.told()), ledger.Scope(SEASON), as_of=world.clock, beside=beside)
    (sign,) = (one for one in told["signs"] if one["code"] == "always_whole")
    assert (sign["marked"], sign["who"]) == (True, ["ONE"])
