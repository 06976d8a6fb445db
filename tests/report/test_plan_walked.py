"""Planned against walked: counts that add up, a page without script and coordinates, no blame for what was unsafe."""

import io
import re
from functools import cache

import numpy as np
import pytest
from PIL import Image
from report import planned

from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.i18n import translator
from eradication.report import plan_facts, plan_words, walked_picture
from eradication.report.plan_walked import STATUS, Walked, facts, share_near, walked_page


@cache
def record():
    return planned.plan(12)


@cache
def page(language="en"):
    told = planned.walked(record())
    return walked_page(record(), told, planned.ground(record()), language=language)


def test_what_became_of_the_stops_adds_up():
    plan, told = plan_facts.of(record()), planned.walked(record())
    rows = facts(plan, told, "en", translator("en"))
    counted = [int(walked.split()[0]) for label, _, walked in rows if label in ("Stops", "")]
    assert counted == [7, 3, 1, 1]
    assert sum(counted) == len(plan.stops)
    assert ("Length (km)", "19.4") in [row[:2] for row in rows]


def test_the_share_of_the_way_that_was_walked_is_that_which_was_walked():
    plan = plan_facts.of(record())
    assert share_near(plan, Walked()) is None
    assert share_near(plan, Walked((plan.way,))) == pytest.approx(1.0)
    half = plan.way[: np.searchsorted(plan.along_m, plan.along_m[-1] / 2)]
    assert share_near(plan, Walked((half,))) == pytest.approx(0.5, abs=0.02)
    far = plan.way + np.array([0.2, 0, 0])
    assert share_near(plan, Walked((far,))) == 0.0


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_has_every_stop_whose_it_is_and_the_sentences(language):
    _, told = translator(language), page(language)
    for said in (plan_words.VETO_RESPECTED, NO_ACCUSATION, NO_PERSONS, *STATUS.values()):
        assert _(said).replace("'", "&#39;") in told
    assert plan_words.stamp(plan_facts.of(record()), language, _) in told
    for code in planned.codes(record()).values():
        assert code in told
    assert 'class="banner"' in told


def test_the_page_needs_no_script_and_nothing_from_outside_and_names_no_place():
    told = page()
    assert "<script" not in told
    assert not re.search(r"(?:src|href)=\"(?!#)", told)
    assert "default-src 'none'" in told.replace("&#39;", "'")
    for stop in record()["stops"]:
        assert f"{stop['lat']:.4f}" not in told
    assert not [canary for canary in planned.CANARIES if canary in told]


def test_the_same_walk_gives_the_same_bytes():
    again = walked_page(record(), planned.walked(record()), planned.ground(record()), language="en")
    assert again == page()


def test_the_picture_shows_both_lines_and_each_kind_of_stop():
    plan, told = plan_facts.of(record()), planned.walked(record())
    picture = walked_picture.png(plan, told, planned.ground(record()), "en", translator("en"), 60)
    seen = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), int)
    for colour in ((0, 114, 178), (0, 158, 115), (230, 159, 0), (213, 94, 0)):
        assert (np.abs(seen - colour).sum(axis=2) < 40).sum() > 8


def test_a_plan_that_nobody_walked_is_a_page_too():
    told = walked_page(record(), Walked(), language="vi")
    assert told.count("<tr>") > 12
