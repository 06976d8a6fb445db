"""The clock of plots in a workspace: heights from a model, signs from the events."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import rasterio
from affine import Affine
from worlds import HERE, START, World, east

from eradication.domain import Stage
from eradication.pipeline import created, harvesting, settings_for

FAR = (104.80, 20.90)
DAY = date(2027, 1, 10)


@pytest.fixture
def office(tmp_path):
    """A workspace with a height model of 1 300 m that knows HERE and not FAR."""
    shape, step = np.full((40, 40), 1300.0, np.float32), 1 / 3600
    transform = Affine(step, 0, HERE[0] - 20 * step, 0, -step, HERE[1] + 20 * step)
    words = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": transform}
    plain = settings_for("Sơn La", language="en")
    with created(tmp_path / "ws", replace(plain, terrain=replace(plain.terrain, dem="dem.tif"))) as workspace:
        with rasterio.open(workspace.folder / "dem.tif", "w", height=40, width=40, **words) as file:
            file.write(shape, 1)
        yield workspace


def told(office, world: World, day: date = DAY):
    return harvesting.rows(office, [harvesting.Growing.of(e) for e in world.told().episodes], day)


def test_a_place_of_known_height_has_a_later_calendar_and_one_of_unknown_height_the_plain_one(office):
    world = World().candidate("a").candidate("b", FAR)
    rows = {row["elevation_m"]: row for row in told(office, world)}
    assert rows.keys() == {1300, None}
    assert (rows[1300]["lancing_from"], rows[1300]["lancing_shift_days"]) == ("2027-01-25", 10)
    assert (rows[None]["lancing_from"], rows[None]["days_to_lancing"]) == ("2027-01-15", 5)
    assert {row["lancing_basis"] for row in rows.values()} == {"calendar"}


def test_signs_are_used_the_best_first_and_only_what_may_stand_has_a_clock(office):
    world = World().candidate("a", sown_on=date(2026, 11, 16)).visit("detected", FAR, stage=Stage.ROSETTE)
    world.candidate("c", east(900.0)).dismiss("c")
    by_state = {e.state: row for e, row in zip(world.told().episodes, told(office, world), strict=True)}
    assert by_state["dismissed"] == harvesting.NOTHING
    sown = by_state["candidate"]
    assert (sown["lancing_basis"], sown["lancing_from"], sown["sown_on"]) == ("sowing", "2027-03-01", "2026-11-16")
    assert (by_state["detected"]["lancing_basis"], by_state["detected"]["lancing_from"]) == ("stage", "2027-03-01")
    world.visit("harvested")
    after = {e.state: row for e, row in zip(world.told().episodes, told(office, world), strict=True)}
    assert after["harvested"] == harvesting.NOTHING


def test_on_a_day_of_its_season_an_expired_place_was_open_and_has_its_clock(office):
    world = World().candidate("a", sown_on=date(2026, 11, 16))
    [episode] = world.told(as_of=START.replace(year=2028)).episodes
    assert episode.state == "expired"
    assert harvesting.of_day(office, [episode], date(2027, 1, 10))[0]["days_to_lancing"] == 50
    [shown] = harvesting.shown(office, [episode], date(2027, 1, 10))
    assert (shown.first, shown.days_left, shown.basis) == (date(2027, 3, 1), 50, "sowing")
    assert harvesting.shown(office, [episode], date(2027, 6, 1)) == [None]
    assert harvesting.of_day(office, [episode], date(2027, 6, 1)) == [harvesting.NOTHING]


def test_a_height_model_that_is_gone_leaves_the_list_of_plots(office):
    (office.folder / "dem.tif").unlink()
    (row,) = told(office, World().candidate("a"))
    assert (row["elevation_m"], row["lancing_from"]) == (None, "2027-01-15")


def test_what_is_due_is_counted_for_the_ledger(office):
    world = World().candidate("a").candidate("b", FAR).visit("detected", east(900.0))
    counts = harvesting.due(office, world.told().episodes, DAY)
    assert [counts[name] for name in ("soon", "begun", "over", "later")] == [1, 0, 0, 1]


def test_the_most_urgent_comes_first_and_what_is_over_after_what_is_begun(office):
    day = date(2027, 4, 20)
    world = World().candidate("a", sown_on=date(2026, 10, 2)).candidate("b", FAR)
    world.candidate("c", east(900.0)).dismiss("c").candidate("d", east(1800.0), sown_on=date(2027, 1, 20))
    rows = sorted(told(office, world, day), key=lambda row: harvesting.urgency(row, day))
    assert [row["lancing_from"] for row in rows] == ["2027-01-15", "2027-05-05", "2027-01-15", None]
