"""Each of twelve cheats is marked, and its figure printed; honest work is not marked."""

import html
import re

import pytest
from report.cheats import CHEATS, FIGURES, honest, marked, report
from worlds import World, east

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


def test_units_stand_in_the_order_of_their_codes_whatever_they_detected():
    world = World().visit("detected", unit="B", area_m2=10.0).visit("detected", east(900), unit="A", area_m2=9.0)
    world.visit("detected", east(1800), unit="C", area_m2=9000.0)
    assert [row["key"] for row in world.ledger(by="unit")["rows"]] == ["A", "B", "C"]
