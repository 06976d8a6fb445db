"""Finds that something had led to do not raise what is expected elsewhere."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from pipeline.test_risk_season import NOW, grid, on, propose
from risk_world import at, finds, small, walk

from eradication.domain import EventKind, Season
from eradication.pipeline import main_path, projection
from eradication.pipeline.risk import evaluating, ground, knowing, season
from eradication.pipeline.risk.answers import told
from eradication.pipeline.risk.surface import Wish, surface

LED_TO = [(1.5, 3.5), (5.5, 3.5), (8.5, 3.5), (11.5, 3.5)]


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        walk(workspace, "BP01", [at(1.2, 3.5), at(14.8, 3.5)], on("2026-02-01"))
        finds(workspace, [(*at(3.5, 3.5), "2026-02-01", "BP01")])
        yield workspace


def visited(workspace, name, mode, places):
    """Record detections whose visits say why the place was visited."""
    head = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,selection_mode\n"
    rows = [
        f"{name}{n},{lon},{lat},2026-02-01T10:00+07:00,BP01,S1;S2,detected,900,tape,{mode}\n"
        for n, (lon, lat) in enumerate(places)
    ]
    table = workspace.folder / f"{name}.csv"
    table.write_text(head + "".join(rows), encoding="utf-8")
    assert {row["status"] for row in main_path.record_visits(workspace, table)["visits"]} == {"accepted"}


@pytest.mark.parametrize("mode", ["score", "tip", "follow_up"])
def test_what_a_visit_followed_is_no_find_of_the_search(office, mode):
    before = surface(office, Wish(NOW))
    visited(office, "led", mode, [at(*place) for place in LED_TO])
    after = surface(office, Wish(NOW))
    assert after.fit.finds == before.fit.finds == 1
    assert after.expected.mean == pytest.approx(before.expected.mean)
    assert after.area_m2 == pytest.approx(before.area_m2)
    assert grid(after.left.mean)[3] == pytest.approx(grid(before.left.mean)[3])  # a known plot is not left
    assert (after.found.sum(), after.foretold.sum(), after.finds_foretold) == (1, 4, 4)
    answer = told(after, knowing.known(office, after))
    assert (answer["finds"], answer["finds_foretold"], answer["total"]["found_foretold"]) == (1, 4, 4)


def test_the_same_finds_made_by_searching_raise_it(office):
    before = surface(office, Wish(NOW))
    visited(office, "own", "routine", [at(*place) for place in LED_TO])
    after = surface(office, Wish(NOW))
    assert after.fit.finds == 5
    assert after.expected.mean.sum() > 2 * before.expected.mean.sum()


def test_what_a_run_had_proposed_is_foretold_where_seasons_are_simulated(office):
    propose(office, "shown", at(8.5, 3.5))
    visited(office, "own", "routine", [at(8.5, 3.5)])
    assert surface(office, Wish(NOW)).foretold.sum() == 0  # it came after the find
    settings = replace(office.settings, workspace=replace(office.settings.workspace, simulated=True))
    assert surface(replace(office, settings=settings), Wish(NOW)).foretold.sum() == 1


def test_an_old_place_to_which_a_plan_had_led_is_foretold(office):
    (plot,) = {episode.plot.id for episode in projection.replayed(office).episodes}
    body = {"unit": "BP01", "season": NOW.label, "stops": [{"kind": "plot", "plot": plot}], "open": []}
    for day, led in (("2026-03-01", 0), ("2026-01-20", 1)):
        with office.store.transaction() as transaction:
            transaction.append(EventKind.PLAN_MADE, datetime.fromisoformat(f"{day}T00:00+07:00"), body)
        assert surface(office, Wish(NOW)).foretold.sum() == led


def test_finds_without_a_track_teach_nothing_of_what_a_search_finds(office):
    before = surface(office, Wish(NOW))
    finds(office, [(*at(12.5, 6.5), "2026-02-20", "CA02")])
    after = surface(office, Wish(NOW))
    assert after.fit.finds == before.fit.finds
    assert after.expected.mean == pytest.approx(before.expected.mean)
    assert after.found.sum() == 2


def test_held_out_seasons_are_judged_by_the_same_finds_and_tell_of_the_others(office):
    visited(office, "led", "score", [at(*place) for place in LED_TO])
    answer = evaluating.evaluate(office, NOW)
    (row,) = answer["seasons"]
    assert (row["finds"], row["finds_foretold"]) == (1, 4)
    assert "finds_of_searches_only" in answer["notes"]
    over = evaluating.course(office, Season(2026))
    rows = season.rows(office, over.seasons, ground.of_workspace(office))
    assert over.before(1).fit.finds == rows[0].finds.sum() == 1
    assert np.array_equal(over.rows[0].finds, rows[0].finds)
