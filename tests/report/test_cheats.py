"""Each of twelve cheats is marked, and its figure printed; honest work is not marked."""

import html
import re
from dataclasses import replace

import pytest
from report.cheats import CHEATS, FIGURES, honest, marked, report
from worlds import World, east, entries

from eradication.domain import AreaMethod
from eradication.report.signs import SENTENCES


def test_there_are_twelve_signs_and_each_has_its_words():
    world, beside = honest()
    assert [sign["code"] for sign in world.ledger(**beside)["signs"]] == list(CHEATS) == list(SENTENCES)


def test_honest_work_is_not_marked():
    assert marked(honest()) == set()


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_is_marked_and_its_figure_printed(cheat):
    played = CHEATS[cheat]()
    assert cheat in marked(played)
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", report(played))))
    assert f"▲ {SENTENCES[cheat][0]}" in text
    assert FIGURES[cheat] in text


def test_an_area_that_was_walked_but_only_typed_has_no_outline_on_record():
    world = World().visit("detected", area_m2=900.0, area_method=AreaMethod.GPS_TRACK)
    text = html.unescape(report((world, honest()[1])))
    assert "no outline of a detected plot is on record; 0.0 % of m² only guessed" in text
    assert "walked round" not in text


def test_units_stand_in_the_order_of_their_codes_whatever_they_detected():
    world = World().visit("detected", unit="B", area_m2=10.0).visit("detected", east(900), unit="A", area_m2=9.0)
    world.visit("detected", east(1800), unit="C", area_m2=9000.0)
    assert [row["key"] for row in world.ledger(by="unit")["rows"]] == ["A", "B", "C"]


def test_a_plot_that_is_moved_over_the_cut_in_several_ways_counts_once():
    world, beside = CHEATS["over_the_cut"]()
    (entry,) = entries(world.told())
    redated = replace(beside["context"], redated_photos=[entry.plot_id], late_days=0.0)
    for context in (beside["context"], redated):
        signs = {sign["code"]: sign for sign in world.ledger(**beside | {"context": context})["signs"]}
        told = signs["over_the_cut"]
        assert (told["value"], told["m2"], told["who"]) == (1, 300, [entry.code])


def test_a_plot_whose_photos_alone_lie_over_the_cut_counts_with_its_area_and_code():
    world, beside = World().visit("detected"), honest()[1]
    (entry,) = entries(world.told())
    context = replace(beside["context"], redated_photos=[entry.plot_id])
    signs = {sign["code"]: sign for sign in world.ledger(**beside | {"context": context})["signs"]}
    told = signs["over_the_cut"]
    assert (told["marked"], told["value"], told["m2"], told["who"]) == (True, 1, 300, [entry.code])
