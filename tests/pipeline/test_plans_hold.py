"""A plan is given again only while it holds: the same ground, nothing vetoed, nothing claimed meanwhile."""

import geopandas
import pytest
from plan_ground import NOW, later, planned_ground, wish

from eradication import geo
from eradication.domain import EventKind
from eradication.errors import UnusableInput
from eradication.pipeline import planned
from eradication.pipeline.plans import following, planning, record
from eradication.pipeline.workspace import opened


@pytest.fixture
def office(tmp_path):
    """Ground with a file of dangers that is far away from it."""
    danger(tmp_path, (0.0, 0.0))
    with planned_ground(tmp_path / "ground", hazards=str(tmp_path / "hazards.geojson")) as workspace:
        yield workspace


def danger(folder, place):
    """Write a mine that lies at a place."""
    ((east, north),) = geo.transform([place], geo.WGS84, geo.UTM48) if any(place) else ((400_000.0, 2_200_000.0),)
    spot = geopandas.points_from_xy([east], [north], crs=f"EPSG:{geo.UTM48}")
    row = geopandas.GeoDataFrame({"kind": ["mine"], "buffer_m": [60.0]}, geometry=spot)
    row.to_crs(geo.WGS84).to_file(folder / "hazards.geojson", driver="GeoJSON")


def names(route):
    return {record.names_of(stop)[1] for stop in route["stops"]}


def planned_by(office, unit, when=NOW, **more):
    (route,) = planning.plan(office, wish(unit, **more), now=when)["routes"]
    return route


@pytest.mark.slow
def test_a_danger_that_is_told_later_makes_another_plan_that_keeps_out_of_it(office, tmp_path):
    first = planned_by(office, "BP01")
    stop = next(stop for stop in first["stops"] if stop["selection_mode"] != "random")
    danger(tmp_path, (stop["lon"], stop["lat"]))
    with opened(office.folder) as morning:
        second = planned_by(morning, "BP01", later(0.2))
        assert second["plan"] != first["plan"]
        assert record.names_of(stop)[1] not in names(second)
        assert second["hazards"]
        states = {one["plan"]: one["state"] for one in following.listed(morning, "BP01", later(0.3))["plans"]}
        assert states == {first["plan"]: "superseded", second["plan"]: "open"}
        assert planned_by(morning, "BP01", later(0.4))["plan"] == second["plan"]


@pytest.mark.slow
def test_what_was_vetoed_is_not_in_the_plan_that_is_given_again(office):
    first = planned_by(office, "BP01")
    told = record.veto(office, first["plan"], "1", "BP01")
    gone = told["stop"]
    assert told["code"] == first["stops"][0]["code"]
    second = planned_by(office, "BP01", later(0.1))
    assert gone not in names(second)
    assert second["plan"] != first["plan"]


@pytest.mark.slow
def test_the_wish_of_before_counts_again_after_another_for_the_same_day(office):
    first = planned_by(office, "BP01")
    other = planned_by(office, "BP01", later(0.1), hours=2.0)
    again = planned_by(office, "BP01", later(0.2))
    assert len({first["plan"], other["plan"], again["plan"]}) == 3
    assert [one.is_superseded for one in record.plans(office)] == [True, True, False]


@pytest.mark.slow
def test_who_plans_while_another_plans_sees_what_the_other_claimed(office, monkeypatch):
    whole = planning.surface.surface
    between = []

    def meanwhile(*asked):
        if not between:
            between.append(True)
            with opened(office.folder) as neighbour:
                between.append(planned_by(neighbour, "BP02"))
        return whole(*asked)

    monkeypatch.setattr(planning.surface, "surface", meanwhile)
    mine = planned_by(office, "BP01")
    assert names(mine)
    assert names(mine).isdisjoint(names(between[1]))


@pytest.mark.slow
def test_a_plan_that_came_twice_is_one_and_so_are_its_draws(office):
    mine = planned_by(office, "BP01", random_share=0.5)
    season = wish().season
    count = len(planned.draws(office, season))
    with office.store.transaction() as transaction:
        for event in office.store.events(kinds=[EventKind.PLAN_MADE, EventKind.CELLS_DRAWN]):
            transaction.append(event.kind, event.happened_at, dict(event.payload))
    assert [one.id for one in record.plans(office)] == [mine["plan"]]
    assert following.show(office, mine["plan"], "BP01", NOW)["stops"] == mine["stops"]
    assert count == len(planned.draws(office, season)) > 0


@pytest.mark.slow
def test_a_plan_without_a_unit_is_told_to_nobody(office, tmp_path):
    mine = planned_by(office, "BP01")
    for ask in (following.walked, following.show, lambda *a: record.veto(a[0], a[1], "1", a[2])):
        for unit, kind in (("", "unit_missing"), ("BP02", "unknown_plan")):
            with pytest.raises(UnusableInput) as refused:
                ask(office, mine["plan"], unit)
            assert refused.value.kind == kind
    assert following.walked(office, mine["plan"], "BP01", later(0.5))["stops"]
    told = following.walked(office, mine["plan"], "BP01", later(4))
    assert (told["stops"], told["hidden"]) == ([], True)


@pytest.mark.slow
def test_files_of_a_plan_are_for_their_owner_alone(office, tmp_path):
    told = planning.plan(office, wish(), tmp_path / "out", now=NOW)
    assert told["written"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}
