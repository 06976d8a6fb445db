"""Visits tell what is really there, in the words of the visit form."""

import csv
from datetime import datetime

import pytest

from eradication import simulation
from eradication.domain import LookAlike, NotReachedReason, Outcome, SelectionMode, Stage, parse_code
from eradication.domain import Season as S
from eradication.simulation.visits import Shares

ALWAYS = Shares(not_reached=0.0, partial=0.0, eradicated=1.0, verified=1.0, regrown=0.0)


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(simulation.Recipe(seed=8, season=S(2025), size_px=96, plots=10))


def at_plot(world, number: int, **more) -> dict:
    lon, lat = world.to_lonlat(*world.plots[number].polygon.representative_point().coords[0])
    return {"lon": lon, "lat": lat, "radius_m": 5.0, **more}


def away_from_plots(world) -> dict:
    for x in range(100, 860, 20):
        lon, lat = world.to_lonlat(float(x), 480.0)
        place = {"lon": lon, "lat": lat, "radius_m": 5.0}
        if not any(r["outcome"] == "detected" for r in simulation.visits_for(world, [place], shares=ALWAYS)):
            return place
    raise AssertionError("poppy everywhere")


def outcomes(rows) -> list[str]:
    return [row["outcome"] for row in rows]


def test_poppy_is_detected_destroyed_and_checked(world):
    rows = simulation.visits_for(world, [at_plot(world, 0, plot_id="P-1")], shares=ALWAYS)
    assert outcomes(rows) == ["detected", "eradicated", "verified"]
    assert all(row["plot_id"] == "P-1" for row in rows)
    times = [datetime.fromisoformat(row["visited_at"]) for row in rows]
    assert times == sorted(times)
    assert all(t.utcoffset() is not None for t in times)


def test_the_checker_is_another_unit_with_other_officers(world):
    for number in range(10):
        rows = simulation.visits_for(world, [at_plot(world, number)], seed=number, shares=ALWAYS)
        destroyed, check = (next(r for r in rows if r["outcome"] == o) for o in ("eradicated", "verified"))
        assert check["unit"] != destroyed["unit"]
        assert not set(check["officers"].split(";")) & set(destroyed["officers"].split(";"))
        gap = datetime.fromisoformat(check["visited_at"]) - datetime.fromisoformat(destroyed["visited_at"])
        assert 13 <= gap.days <= 29


def test_a_partial_destruction_is_followed_by_a_full_one(world):
    shares = Shares(not_reached=0.0, partial=1.0, eradicated=1.0, verified=0.0)
    rows = simulation.visits_for(world, [at_plot(world, 1)], shares=shares)
    assert [r.get("destroyed_fraction") for r in rows if r["outcome"] == "eradicated"] == ["0.5", "1"]


def test_regrowth_is_destroyed_again(world):
    shares = Shares(not_reached=0.0, partial=0.0, eradicated=1.0, verified=1.0, regrown=1.0)
    rows = simulation.visits_for(world, [at_plot(world, 1)], shares=shares)
    assert outcomes(rows) == ["detected", "eradicated", "regrown", "eradicated"]
    assert float(rows[2]["area_m2"]) < float(rows[0]["area_m2"])


def test_a_place_without_poppy_is_rejected_with_the_look_alike_that_grows_there(world):
    place = away_from_plots(world)
    (row,) = simulation.visits_for(world, [place], shares=ALWAYS)
    cover = world.cover_at(*world.to_chip(place["lon"], place["lat"]))
    assert row["outcome"] == "rejected"
    assert row["look_alike"] == (cover if cover in {c.value for c in LookAlike} else "other")


def test_some_places_are_not_reached_and_say_why(world):
    (row,) = simulation.visits_for(world, [at_plot(world, 2)], shares=Shares(not_reached=1.0))
    assert row["outcome"] == "not_reached"
    assert parse_code(NotReachedReason, row["not_reached_reason"])


def test_two_places_at_one_plot_find_it_once(world):
    twice = [at_plot(world, 3, plot_id="near"), at_plot(world, 3, plot_id="far", radius_m=30.0)]
    rows = simulation.visits_for(world, twice, shares=ALWAYS)
    assert outcomes(rows).count("detected") == 1


def test_measured_area_is_close_to_the_truth_and_plants_go_with_poppy(world):
    for number, plot in enumerate(world.plots):
        row = simulation.visits_for(world, [at_plot(world, number)], seed=number, shares=ALWAYS)[0]
        assert float(row["area_m2"]) == pytest.approx(max(plot.area_m2, 8.0), rel=0.4)
        assert 3 < int(row["plant_count"]) / float(row["area_m2"]) < 40
        assert parse_code(Stage, row["stage"])


def test_a_patrol_stumbles_on_small_plots_that_no_candidate_foretold(world):
    given = [at_plot(world, 0), at_plot(world, 1)]
    finds = simulation.chance_finds(world, given, count=3)
    rows = simulation.visits_for(world, finds, seed=2, shares=ALWAYS)
    assert outcomes(rows).count("detected") == 3
    assert all("plot_id" not in row for row in rows)
    assert all(row["selection_mode"] in {"routine", "follow_up"} for row in rows)


def test_the_same_seed_gives_the_same_visits(world):
    places = [at_plot(world, 0), away_from_plots(world)]
    assert simulation.visits_for(world, places, seed=3) == simulation.visits_for(world, places, seed=3)
    assert simulation.visits_for(world, places, seed=3) != simulation.visits_for(world, places, seed=4)


def test_training_visits_hold_finds_look_alikes_and_a_random_share(world):
    rows = simulation.training_visits(world)
    first = {row["visit_id"]: row for row in reversed(rows) if "-K" not in row["visit_id"]}
    modes = [row["selection_mode"] for row in first.values() if not row["visit_id"].endswith("-2")]
    assert outcomes(rows).count("detected") >= 5
    assert outcomes(rows).count("rejected") > 3 * outcomes(rows).count("detected")
    assert modes.count("random") / len(modes) >= 0.15


def test_a_written_table_has_the_columns_and_only_known_codes(world, tmp_path):
    path = simulation.write_table(simulation.training_visits(world), tmp_path / "visits.csv")
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert tuple(rows[0]) == simulation.COLUMNS
    for row in rows:
        assert parse_code(Outcome, row["outcome"])
        assert parse_code(SelectionMode, row["selection_mode"])
        assert row["note"] == "mô phỏng / simulated"
        if row["outcome"] == "detected":
            assert row["area_m2"]
            assert row["area_method"]
        if row["outcome"] == "eradicated":
            assert row["photo_before"]
            assert row["photo_after"]
            assert row["minutes_no"]
            assert len(row["officers"].split(";")) == 2


def test_visits_lie_in_the_season(world):
    season = world.recipe.season
    for row in simulation.training_visits(world):
        assert season.first_day <= datetime.fromisoformat(row["visited_at"]).date() <= season.last_day
